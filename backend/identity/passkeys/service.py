"""Use cases of passkeys. The device checks its user (PIN, finger, face) every time, or the passkey is not taken.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import InvalidCBORData, WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.identity.attempts import service as attempts
from backend.identity.desk import Desk
from backend.identity.passkeys import repository
from backend.identity.passkeys.repository import Passkey
from backend.identity.tickets import service as tickets
from backend.identity.tickets.service import Purpose
from backend.problems import Problem

log = structlog.get_logger()
CHALLENGE_BYTES = 32
MAX_PASSKEYS = 20


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Passkey]:
    """A person's passkeys, oldest first."""
    return repository.of_person(session, tenant_id, person_id)


def registration_options(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, *, shown_name: str
) -> dict[str, Any]:
    """What `navigator.credentials.create` takes.

    Args:
        shown_name: What the device shows; it stays there.
    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    _issue(session, desk, tenant_id, Purpose.PASSKEY_REGISTRATION, challenge, person_id)
    known = repository.of_person(session, tenant_id, person_id)
    options = generate_registration_options(
        rp_id=desk.rules.host, rp_name=desk.rules.house_name, user_id=person_id.bytes, user_name=shown_name,
        challenge=challenge, timeout=desk.rules.ticket_seconds * 1000,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return _as_json(options_to_json(options))


def register(
    desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, credential: dict[str, Any], *, label: str
) -> Passkey:
    """Keep a passkey a device just made. The challenge is used up whatever comes of it.

    Raises:
        Problem: `passkey_refused`.
    """
    challenge, ticket_person = _redeem(desk, tenant_id, Purpose.PASSKEY_REGISTRATION, credential)
    if ticket_person != person_id:
        raise _refused("the challenge was made for somebody else")
    try:
        verified = verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=desk.rules.host,
            expected_origin=desk.rules.origin, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, InvalidCBORData, ValueError, KeyError, TypeError) as error:
        raise _refused(_reason(error)) from error
    passkey = Passkey(
        verified.credential_id, tenant_id, person_id, verified.credential_public_key, verified.sign_count, label,
        verified.credential_backed_up, desk.clock(),
    )  # fmt: skip
    with desk.tenant_scope(tenant_id) as session:
        if len(repository.of_person(session, tenant_id, person_id)) >= MAX_PASSKEYS:
            raise _refused(f"there are {MAX_PASSKEYS} already; remove one")
        if not repository.add(session, passkey):
            raise _refused("it is known already")
    log.info("passkey.registered", person_id=str(person_id))
    return passkey


def authentication_options(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID | None
) -> dict[str, Any]:
    """What `navigator.credentials.get` takes.

    Args:
        person_id: Who steps up; None at sign-in: then the device offers what it has, and we tell nothing.
    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    purpose = Purpose.PASSKEY_SIGN_IN if person_id is None else Purpose.PASSKEY_STEP_UP
    _issue(session, desk, tenant_id, purpose, challenge, person_id)
    known = [] if person_id is None else repository.of_person(session, tenant_id, person_id)
    options = generate_authentication_options(
        rp_id=desk.rules.host, challenge=challenge, timeout=desk.rules.ticket_seconds * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return _as_json(options_to_json(options))


def person_of_assertion(
    desk: Desk, tenant_id: uuid.UUID, credential: dict[str, Any], *, stepping_up: uuid.UUID | None
) -> uuid.UUID:
    """Whose passkey signed the challenge.

    Args:
        stepping_up: The person whose session is made stronger; None at sign-in.
    Raises:
        Problem: `passkey_refused`; with an alarm when the counter went back, which a copied passkey's does.
    """
    purpose = Purpose.PASSKEY_SIGN_IN if stepping_up is None else Purpose.PASSKEY_STEP_UP
    challenge, ticket_person = _redeem(desk, tenant_id, purpose, credential)
    if ticket_person != stepping_up:
        raise _refused("the challenge was made for somebody else")
    with desk.tenant_scope(tenant_id) as session:
        passkey = repository.get(session, tenant_id, _credential_id(credential))
        if passkey is None or (stepping_up is not None and passkey.person_id != stepping_up):
            raise _refused("it is not known here")
        _require_owner(passkey, credential, named=stepping_up is None)
        sign_count = _verified_count(desk, passkey, credential, challenge)
        copied = passkey.sign_count > 0 and sign_count <= passkey.sign_count
        if copied:
            attempts.raise_alert(session, tenant_id, "passkey_copied", now=desk.clock(), person_id=passkey.person_id)
        else:
            repository.use(session, passkey, sign_count, now=desk.clock())
    if copied:
        raise _refused("its counter went back, as a copy's does; remove it and register anew")
    return passkey.person_id


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, credential_id: str) -> None:
    """Forget a passkey.

    Raises:
        Problem: `passkey_unknown`.
    """
    try:
        raw = _decoded(credential_id)
    except ValueError:
        raw = b""
    if not repository.remove(session, tenant_id, person_id, raw):
        raise Problem("passkey_unknown", "credential_id is none of your passkeys. See GET /v1/passkeys.")
    log.info("passkey.removed", person_id=str(person_id))


def has_any(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether a person has a passkey."""
    return bool(repository.of_person(session, tenant_id, person_id))


def remove_all(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget all passkeys of a person who lost them."""
    for passkey in repository.of_person(session, tenant_id, person_id):
        repository.remove(session, tenant_id, person_id, passkey.credential_id)


def _issue(
    session: Session, desk: Desk, tenant_id: uuid.UUID, purpose: Purpose, challenge: bytes, person_id: uuid.UUID | None
) -> None:
    valid = desk.rules.ticket_seconds
    tickets.issue(
        session, tenant_id, purpose, challenge, now=desk.clock(), valid_seconds=valid, person_id=person_id
    )  # fmt: skip


def _redeem(
    desk: Desk, tenant_id: uuid.UUID, purpose: Purpose, credential: dict[str, Any]
) -> tuple[bytes, uuid.UUID | None]:
    """The challenge a device signed, used up in a transaction of its own."""
    try:
        challenge = _decoded(json.loads(_decoded(credential["response"]["clientDataJSON"]))["challenge"])
    except (KeyError, TypeError, ValueError) as error:
        raise _refused("credential.response.clientDataJSON cannot be read") from error
    with desk.tenant_scope(tenant_id) as session:
        ticket = tickets.redeem(session, tenant_id, purpose, challenge, now=desk.clock())
    if ticket is None:
        raise _refused("the challenge is unknown, used or too old; ask for a new one")
    return challenge, ticket.person_id


def _require_owner(passkey: Passkey, credential: dict[str, Any], *, named: bool) -> None:
    """Pass where the device says it made the passkey for its owner here.

    Args:
        named: The device has to say so: nobody told it beforehand who signs in. Source: section 7.2, step 6.
    Raises:
        Problem: `passkey_refused`.
    """
    handle = credential["response"].get("userHandle")
    if handle is None and not named:
        return
    try:
        owner = _decoded(handle)
    except ValueError as error:
        raise _refused("credential.response.userHandle cannot be read") from error
    if owner != passkey.person_id.bytes:
        raise _refused("credential.response.userHandle names somebody else")


def _verified_count(desk: Desk, passkey: Passkey, credential: dict[str, Any], challenge: bytes) -> int:
    """The counter of a signature that holds. The counter itself is judged by the caller, who raises the alarm."""
    try:
        verified = verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=desk.rules.host,
            expected_origin=desk.rules.origin, credential_public_key=passkey.public_key,
            credential_current_sign_count=0, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, InvalidCBORData, ValueError, KeyError, TypeError) as error:
        raise _refused(_reason(error)) from error
    return int(verified.new_sign_count)


def _credential_id(credential: dict[str, Any]) -> bytes:
    try:
        return _decoded(credential["rawId"])
    except (KeyError, TypeError, ValueError) as error:
        raise _refused("credential.rawId cannot be read") from error


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, TypeError, AttributeError) as error:
        raise ValueError("not base64url") from error


def _as_json(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options


def _reason(error: Exception) -> str:
    return str(error)[:120] if isinstance(error, WebAuthnException) else "it cannot be read"


def _refused(reason: str) -> Problem:
    return Problem("passkey_refused", f"credential is not taken: {reason}.")
