"""What happens to a person's whole account: invited, shut out, let in again, recovered after losing a second factor.

Who does it never learns a password: tokens for one use are told once and set the password, nothing else.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.database import as_worker
from backend.identity.api_keys import service as api_keys
from backend.identity.attempts import service as attempts
from backend.identity.desk import Desk
from backend.identity.events import SecurityEvent
from backend.identity.grants import service as grants
from backend.identity.oidc import service as oidc
from backend.identity.passkeys import service as passkeys
from backend.identity.passwords import service as passwords
from backend.identity.people import service as people
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Ended
from backend.identity.tickets import service as tickets
from backend.identity.totp import service as totp
from backend.identity.wallets import service as wallets
from backend.problems import Problem

INVITATION_PATH = "/sign-in/password"


@dataclass(frozen=True, slots=True)
class Invited:
    """A token for one use, told once. `link` opens the page that takes it; the token is behind `#`, so no log has it.

    `expires_at` in unix seconds.
    """

    person_id: uuid.UUID
    token: str
    link: str
    expires_at: int


def invite(session: Session, desk: Desk, principal: Principal, *, email: str, name: str, language: str) -> Invited:
    """Add a person to the insurer of `principal`, with a token to set the first password.

    Raises:
        Problem: `request_invalid`, `email_taken`.
    """
    tenant_id = _tenant(principal)
    person_id = people.add(session, desk, tenant_id, email=email, name=name, language=language)
    audit.record(session, principal, operation="people.invite", subject=f"people/{person_id}")
    return _invited(session, desk, tenant_id, person_id)


def disable(session: Session, desk: Desk, principal: Principal, person_id: uuid.UUID) -> None:
    """Shut a person out at once: sessions, grants, tokens and the keys of machines that were told to it end.

    Linked wallets stay on record, for policies are held by them; nobody signs in by them any more.

    Raises:
        Problem: `person_unknown`; `grant_refused` for oneself and for the last administrator.
    """
    tenant_id, now = _tenant(principal), desk.clock()
    by = _other_than(principal, person_id)
    people.disable(session, tenant_id, person_id, now=now)
    grants.revoke_all(session, tenant_id, person_id, by=by, now=now)
    sessions.end_all(session, tenant_id, person_id, Ended.DISABLED, now=now)
    tickets.forget(session, tenant_id, person_id)
    facts = {"api_keys": api_keys.revoke_made_by(session, tenant_id, person_id, now=now)}
    audit.record(session, principal, operation="people.disable", subject=f"people/{person_id}", facts=facts)


def enable(session: Session, desk: Desk, principal: Principal, person_id: uuid.UUID) -> None:
    """Let somebody in again who was shut out, by what they signed in with before.

    Nothing that ended comes back: no session, no token, no key of a machine, no role. Roles are granted anew, those of
    two administrators by two.

    Raises:
        Problem: `person_unknown`; `grant_refused` for oneself.
    """
    tenant_id = _tenant(principal)
    _other_than(principal, person_id)
    people.enable(session, desk, tenant_id, person_id)
    audit.record(session, principal, operation="people.enable", subject=f"people/{person_id}")


def erase(session: Session, desk: Desk, principal: Principal, person_id: uuid.UUID) -> None:
    """Shut a person out and forget who it was: name, e-mail, password, factors, wallets, links to a provider.

    The person's id stays, for what it did is on record. The caller has seen to it that nothing must be kept.

    Raises:
        Problem: `person_unknown`; `grant_refused` for oneself and for the last administrator.
    """
    tenant_id = _tenant(principal)
    _other_than(principal, person_id)
    with as_worker(session, tenant_id, principal):
        if people.is_active(session, tenant_id, person_id):
            disable(session, desk, principal, person_id)
        people.erase(session, desk, tenant_id, person_id)
        passwords.remove(session, tenant_id, person_id)
        totp.forget(session, tenant_id, person_id)
        passkeys.remove_all(session, tenant_id, person_id)
        sessions.forget_addresses(session, tenant_id, person_id)
        oidc.unlink(session, tenant_id, person_id)
        for wallet in wallets.of_person(session, tenant_id, person_id):
            wallets.unlink(session, tenant_id, person_id, wallet.address, now=desk.clock())
    audit.record(session, principal, operation="people.erase", subject=f"people/{person_id}")


def recover(session: Session, desk: Desk, principal: Principal, person_id: uuid.UUID) -> Invited:
    """Let somebody in again who lost the second factor or the password: both go, sessions end, a token is made.

    The password before counts no more: without the factors it would let in alone whoever had guessed it. So would a
    linked wallet or the insurer's provider: they stay linked, and let in again once this link has set the password
    and, where second factors were taken away, another was shown.

    Roles that take two administrators wait for a second one, unless the operator does it.

    Raises:
        Problem: `person_unknown`; `grant_refused` for oneself, and for the only other administrator.
    """
    tenant_id, now = _tenant(principal), desk.clock()
    by = _other_than(principal, person_id)
    if not people.is_active(session, tenant_id, person_id):
        raise Problem("person_unknown", f"person_id {person_id} is not known here. See GET /v1/people.")
    had_factors = totp.has_app(session, tenant_id, person_id) or passkeys.has_any(session, tenant_id, person_id)
    people.begin_recovery(session, tenant_id, person_id, had_factors=had_factors, now=now)
    totp.forget(session, tenant_id, person_id)
    passkeys.remove_all(session, tenant_id, person_id)
    passwords.remove(session, tenant_id, person_id)
    tickets.forget(session, tenant_id, person_id)
    sessions.end_all(session, tenant_id, person_id, Ended.FACTOR_CHANGED, now=now)
    held_back = [] if by is None else grants.hold_back(session, tenant_id, person_id, by=by, now=now)
    attempts.raise_alert(session, tenant_id, "account_recovered", now=now, person_id=person_id)
    desk.tell(session, tenant_id, person_id, SecurityEvent.ACCOUNT_RECOVERED)
    facts = {"grants_waiting": len(held_back)}
    audit.record(session, principal, operation="people.recover", subject=f"people/{person_id}", facts=facts)
    return _invited(session, desk, tenant_id, person_id)


def _invited(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Invited:
    token = passwords.make_invitation(session, desk, tenant_id, person_id)
    link = f"{desk.rules.origin}{INVITATION_PATH}#{token}"
    return Invited(person_id, token, link, desk.clock() + desk.rules.invitation_seconds)


def _tenant(principal: Principal) -> uuid.UUID:
    if principal.tenant_id is None:
        raise Problem("forbidden", "Only somebody of an insurer may do this. Sign in.")
    return principal.tenant_id


def _other_than(principal: Principal, person_id: uuid.UUID) -> uuid.UUID | None:
    """Who does it; None: the operator on the host."""
    if principal.principal_id == person_id:
        raise Problem("grant_refused", "person_id is your own. Ask another administrator.")
    return principal.principal_id
