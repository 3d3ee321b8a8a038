"""Use cases of signing in and of stepping up.

Whoever does not get in is told nothing: names that exist and names that do not take the same work, the same words and
the same delays. Each step that has to last (a counted attempt, a used nonce) is a transaction of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import service as audit
from backend.identity.attempts import service as attempts
from backend.identity.attempts.service import Attempt
from backend.identity.desk import Desk
from backend.identity.grants import service as grants
from backend.identity.oidc import service as oidc
from backend.identity.passkeys import service as passkeys
from backend.identity.passwords import service as passwords
from backend.identity.people import service as people
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Ended, Method, Opened, Visit
from backend.identity.totp import service as totp
from backend.identity.wallets import service as wallets
from backend.problems import Problem
from backend.tenants import service as tenants

log = structlog.get_logger()
_OUTLAST_RECOVERY = frozenset({Method.WALLET, Method.OIDC})
"""Ways to sign in that a recovery leaves as they were: each is one factor, which may be the one that was stolen."""


class Factor(StrEnum):
    """A second factor a person has."""

    TOTP = "totp"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A code of the app, or a recovery code."""

    code: str
    recovery: bool = False


@dataclass(frozen=True, slots=True)
class PasskeyShown:
    """What a device answered to the challenge of a step-up."""

    credential: dict[str, Any]


def tenant_of(desk: Desk, slug: str) -> uuid.UUID:
    """The insurer somebody signs in at. Insurers are public, so an unknown one is said to be.

    Raises:
        Problem: `tenant_unknown`.
    """
    with desk.every_tenant() as session:
        return tenants.find(session, slug).tenant_id


def by_password(desk: Desk, slug: str, email: str, password: str, *, client: str) -> Opened:
    """Sign in by e-mail and password. With a second factor, the session is pending until it is shown.

    Args:
        client: Address the request comes from.
    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`, `sign_in_refused`.
    """
    tenant_id = tenant_of(desk, slug)
    buckets = attempts.sign_in_buckets(desk, people.account_name(email), client)
    attempt = attempts.begin(desk, tenant_id, buckets)
    with desk.tenant_scope(tenant_id) as session:
        person_id = people.find_active(session, desk, tenant_id, email)
        hashed = passwords.stored_hash(session, tenant_id, person_id)
    right = passwords.is_right(desk, hashed, password)
    if not right or person_id is None or hashed is None:
        raise _refused()
    fresh = passwords.rehashed(desk, hashed, password)
    with desk.tenant_scope(tenant_id) as session:
        if fresh is not None:
            passwords.refresh(session, desk, tenant_id, person_id, hashed, fresh)
        return _open(session, desk, tenant_id, person_id, Method.PASSWORD, attempt=attempt)


def passkey_options(desk: Desk, slug: str, *, client: str) -> dict[str, Any]:
    """A challenge for any passkey of this insurer's people.

    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`.
    """
    tenant_id = tenant_of(desk, slug)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    with desk.tenant_scope(tenant_id) as session:
        return passkeys.authentication_options(session, desk, tenant_id, None)


def by_passkey(desk: Desk, slug: str, credential: dict[str, Any], *, client: str) -> Opened:
    """Sign in by passkey alone: a key the device gives only to its user is two factors.

    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`, `passkey_refused`, `sign_in_refused`.
    """
    tenant_id = tenant_of(desk, slug)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    person_id = passkeys.person_of_assertion(desk, tenant_id, credential, stepping_up=None)
    with desk.tenant_scope(tenant_id) as session:
        people.note_factor(session, tenant_id, person_id)
        return _open(session, desk, tenant_id, person_id, Method.PASSKEY, strong_at=desk.clock())


def wallet_nonce(desk: Desk, slug: str, *, client: str) -> str:
    """A nonce for a message that signs somebody in.

    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`.
    """
    tenant_id = tenant_of(desk, slug)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    with desk.tenant_scope(tenant_id) as session:
        return wallets.make_nonce(session, desk, tenant_id, None)


def by_wallet(desk: Desk, slug: str, message: str, signature: bytes, *, client: str) -> Opened:
    """Sign in by a wallet that was linked before.

    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`, `wallet_refused`, `sign_in_refused`.
    """
    tenant_id = tenant_of(desk, slug)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    address = wallets.proved_address(desk, tenant_id, message, signature, linking=None)
    with desk.tenant_scope(tenant_id) as session:
        person_id = wallets.person_of(session, tenant_id, address)
        if person_id is None:
            raise _refused()
        return _open(session, desk, tenant_id, person_id, Method.WALLET, address=address)


def oidc_start(desk: Desk, slug: str, *, client: str) -> oidc.Started:
    """Begin a sign-in at the insurer's provider.

    Raises:
        Problem: `tenant_unknown`, `too_many_attempts`, `oidc_absent`, `oidc_unavailable`.
    """
    tenant_id = tenant_of(desk, slug)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    return oidc.start(desk, tenant_id)


def by_oidc(desk: Desk, state: str, code: str, binding: str) -> Opened:
    """End a sign-in at the insurer's provider.

    Raises:
        Problem: `oidc_refused`, `oidc_unavailable`, `sign_in_refused`.
    """
    arrived = oidc.finish(desk, state, code, binding)
    now = desk.clock()
    with desk.tenant_scope(arrived.tenant_id) as session:
        _require_admitted(session, arrived.tenant_id, arrived.person_id)  # before roles are locked, as in shutting out
        until = now + desk.rules.staff_absolute_seconds
        grants.follow_groups(session, arrived.tenant_id, arrived.person_id, arrived.roles, now=now, until=until)
        return _open(session, desk, arrived.tenant_id, arrived.person_id, Method.OIDC, strong_at=arrived.strong_at)


def step_up_options(desk: Desk, visit: Visit) -> dict[str, Any]:
    """A challenge for the passkeys of whoever is signed in."""
    with desk.tenant_scope(visit.tenant_id) as session:
        return passkeys.authentication_options(session, desk, visit.tenant_id, visit.person_id)


def step_up(desk: Desk, visit: Visit, token: str, shown: CodeShown | PasskeyShown) -> Opened:
    """Show a second factor: the session becomes strong and gets another token.

    Raises:
        Problem: `too_many_attempts`, `second_factor_refused`, `passkey_refused`, `session_expired`.
    """
    tenant_id, person_id = visit.tenant_id, visit.person_id
    attempt = attempts.begin(desk, tenant_id, attempts.factor_bucket(desk, person_id))
    if isinstance(shown, PasskeyShown):
        passkeys.person_of_assertion(desk, tenant_id, shown.credential, stepping_up=person_id)
    with desk.tenant_scope(tenant_id) as session:
        if isinstance(shown, CodeShown):
            known = totp.shows_recovery_code if shown.recovery else totp.shows_code
            if not known(session, desk, tenant_id, person_id, shown.code):
                raise Problem("second_factor_refused", "code is not taken. Wait for the next one and try again.")
        attempts.succeed(session, attempt, now=desk.clock())
        people.note_factor(session, tenant_id, person_id)
        opened = sessions.renew(session, desk, visit, token, roles=_roles(session, desk, tenant_id, person_id))
        _record(session, opened.visit, "sessions.step_up")
    return opened


def close(desk: Desk, visit: Visit) -> None:
    """Sign out of one session.

    Raises:
        Problem: `session_unknown` when another request was faster.
    """
    with desk.tenant_scope(visit.tenant_id) as session:
        sessions.end(
            session, visit.tenant_id, visit.person_id, visit.session_id, Ended.SIGNED_OUT, now=desk.clock()
        )  # fmt: skip
        _record(session, visit, "sessions.close")


def confirm_password(desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, password: str) -> None:
    """Check the password of somebody who is signed in, before it is changed.

    Raises:
        Problem: `too_many_attempts`, `sign_in_refused`.
    """
    attempt = attempts.begin(desk, tenant_id, attempts.factor_bucket(desk, person_id))
    with desk.tenant_scope(tenant_id) as session:
        hashed = passwords.stored_hash(session, tenant_id, person_id)
    if not passwords.is_right(desk, hashed, password):
        raise Problem("sign_in_refused", "current_password is not right. Try again.")
    with desk.tenant_scope(tenant_id) as session:
        attempts.succeed(session, attempt, now=desk.clock())


def factors_of(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> frozenset[Factor]:
    """Second factors a person has."""
    found = {Factor.TOTP} if totp.has_app(session, tenant_id, person_id) else set()
    if passkeys.of_person(session, tenant_id, person_id):
        found.add(Factor.PASSKEY)
    return frozenset(found)


def _open(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, method: Method, *,
    strong_at: int | None = None, address: str | None = None, attempt: Attempt | None = None,
) -> Opened:  # fmt: skip
    _require_admitted(session, tenant_id, person_id)
    if attempt is not None:
        attempts.succeed(session, attempt, now=desk.clock())
    pending = strong_at is None and bool(factors_of(session, tenant_id, person_id))
    alone = strong_at is None and not pending and method in _OUTLAST_RECOVERY
    if alone and people.lacks_factors(session, tenant_id, person_id):
        raise _refused()
    roles = _roles(session, desk, tenant_id, person_id)
    opened = sessions.open_new(
        session, desk, tenant_id, person_id, method, roles=roles, pending=pending, strong_at=strong_at, address=address
    )
    _record(session, opened.visit, "sessions.open")
    return opened


def _require_admitted(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Pass for somebody who may sign in, until the transaction ends: a session is never opened past who shuts out, or
    past a recovery whose link was not used yet.
    """
    if not people.hold_admitted(session, tenant_id, person_id):
        raise _refused()


def _record(session: Session, visit: Visit, operation: str) -> None:
    principal = Principal(PrincipalKind.PERSON, visit.person_id, visit.tenant_id, strong_at=visit.strong_at)
    facts = {"method": visit.method.value, "pending": int(visit.pending)}
    audit.record(session, principal, operation=operation, subject=f"sessions/{visit.session_id}", facts=facts)


def _roles(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> frozenset[Role]:
    return grants.roles_of(session, tenant_id, person_id, now=desk.clock())


def _refused() -> Problem:
    return Problem("sign_in_refused", "The sign-in is refused. Check what you entered, or ask for a new password.")
