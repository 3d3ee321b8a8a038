"""Use cases of one-time codes. Source: RFC 6238; drift of one step (RFC 6238, section 5.2); a code never twice."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

import pyotp
import structlog
from sqlalchemy.orm import Session

from backend.identity.attempts import service as attempts
from backend.identity.desk import Desk
from backend.identity.totp import repository
from backend.problems import Problem

log = structlog.get_logger()
STEP_SECONDS = 30
DRIFT_STEPS = 1
SECRET_CHARACTERS = 32
RECOVERY_CODES = 10
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs, told once. `uri` is what its camera reads."""

    secret: str
    uri: str


def has_app(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether a person has an app that counts."""
    found = repository.get(session, tenant_id, person_id)
    return found is not None and found.confirmed


def codes_left(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """How many recovery codes a person still has."""
    return repository.codes_left(session, tenant_id, person_id)


def enrol(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, *, label: str) -> Enrolment:
    """Make a secret. It counts once a code of it was shown.

    Args:
        label: What the app shows beside the code.
    Raises:
        Problem: `factor_present`.
    """
    secret = pyotp.random_base32(SECRET_CHARACTERS)
    if not repository.put(session, tenant_id, person_id, desk.data.seal(_about(tenant_id, person_id), secret.encode())):
        raise Problem("factor_present", "There is an app already. Remove it before you set up another.")
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=desk.rules.house_name))


def confirm(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, code: str) -> list[str]:
    """Let the app count, and give recovery codes, told once.

    Raises:
        Problem: `factor_absent`, `factor_present`, `second_factor_refused`.
    """
    found = repository.get(session, tenant_id, person_id)
    if found is None:
        raise Problem("factor_absent", "There is no app to confirm. Ask for a secret first.")
    if found.confirmed:
        raise Problem("factor_present", "The app is confirmed already.")
    if not shows_code(session, desk, tenant_id, person_id, code, unconfirmed=True):
        raise Problem("second_factor_refused", "code is not the app's. Check the clock of the device and try again.")
    repository.confirm(session, tenant_id, person_id, now=desk.clock())
    log.info("totp.confirmed", person_id=str(person_id))
    return renew_codes(session, desk, tenant_id, person_id)


def shows_code(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, code: str, *, unconfirmed: bool = False
) -> bool:
    """Whether a code is the app's, now or one step off, and was not used before. Uses it up."""
    found = repository.get(session, tenant_id, person_id)
    if found is None or not (found.confirmed or unconfirmed):
        return False
    app = pyotp.TOTP(desk.data.open(_about(tenant_id, person_id), found.secret_sealed).decode())
    now_step = desk.clock() // STEP_SECONDS
    for step in range(now_step - DRIFT_STEPS, now_step + DRIFT_STEPS + 1):
        if app.verify(code, for_time=step * STEP_SECONDS):
            return repository.take_step(session, tenant_id, person_id, step)
    return False


def shows_recovery_code(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, code: str) -> bool:
    """Whether a code is one of the recovery codes. Uses it up and raises an alarm."""
    if not repository.take_code(session, tenant_id, person_id, _lookup(desk, person_id, code)):
        return False
    attempts.raise_alert(session, tenant_id, "recovery_code_used", now=desk.clock(), person_id=person_id)
    return True


def renew_codes(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> list[str]:
    """New recovery codes instead of all before, told once: 99 bits each."""
    codes = ["".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    repository.replace_codes(session, tenant_id, person_id, [_lookup(desk, person_id, code) for code in codes])
    return ["-".join(code[i : i + 5] for i in range(0, _CODE_CHARACTERS, 5)) for code in codes]


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget a person's app and recovery codes.

    Raises:
        Problem: `factor_absent`.
    """
    if not forget(session, tenant_id, person_id):
        raise Problem("factor_absent", "There is no app to remove.")


def forget(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Forget a person's app, one that was never confirmed too, and recovery codes. False where there was none."""
    found = repository.remove(session, tenant_id, person_id)
    repository.replace_codes(session, tenant_id, person_id, [])
    if found:
        log.info("totp.removed", person_id=str(person_id))
    return found


def _about(tenant_id: uuid.UUID, person_id: uuid.UUID) -> str:
    return f"totp/{tenant_id}/{person_id}"


def _lookup(desk: Desk, person_id: uuid.UUID, code: str) -> bytes:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return desk.data.lookup(f"recovery/{person_id}", plain)
