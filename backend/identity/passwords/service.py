"""Use cases of passwords."""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy.orm import Session

from backend.identity.desk import Desk
from backend.identity.events import SecurityEvent
from backend.identity.passwords import repository
from backend.identity.passwords.rules import PasswordUnfit, check, normalise
from backend.identity.people import service as people
from backend.identity.people.service import Person
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Ended
from backend.identity.tickets import service as tickets
from backend.identity.tickets.service import Purpose
from backend.problems import Problem
from backend.tenants import service as tenants

log = structlog.get_logger()
_NOBODY = uuid.UUID(int=0)


def stored_hash(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID | None) -> str | None:
    """What is kept of a person's password; None where there is no person or no password. Looked for either way."""
    return repository.get(session, tenant_id, person_id or _NOBODY)


def is_right(desk: Desk, hashed: str | None, password: str) -> bool:
    """Whether a password belongs to the hash. Takes as long without one. Hold no transaction while it works."""
    return desk.hasher.matches(hashed, normalise(password))


def refresh(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, hashed: str, new: str) -> None:
    """Keep a hash made at today's cost instead of `hashed`, unless the password was changed meanwhile."""
    if repository.get(session, tenant_id, person_id) == hashed:
        repository.put(session, tenant_id, person_id, new, now=desk.clock())
        log.info("password.rehashed", person_id=str(person_id))


def rehashed(desk: Desk, hashed: str, password: str) -> str | None:
    """A hash at today's cost, None where it has that already."""
    return desk.hasher.hash(normalise(password)) if desk.hasher.outdated(hashed) else None


def make_invitation(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """A token by which a person sets the first password."""
    return tickets.issue_token(
        session, tenant_id, Purpose.INVITATION, now=desk.clock(), valid_seconds=desk.rules.invitation_seconds,
        person_id=person_id,
    )  # fmt: skip


def make_reset(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """A token by which a person sets another password."""
    return tickets.issue_token(
        session, tenant_id, Purpose.PASSWORD_RESET, now=desk.clock(), valid_seconds=desk.rules.reset_seconds,
        person_id=person_id,
    )  # fmt: skip


def set_by_token(desk: Desk, tenant_id: uuid.UUID, token: str, password: str) -> None:
    """Set a password by an invitation or a reset. Every session of the person ends, and every other token.

    An account that was recovered takes the link made then, an invitation, and none that was mailed: who reads the
    person's mail would otherwise get in without a second factor.

    The token is used up together with the change: a password that is not taken leaves it good for another try.

    Raises:
        Problem: `ticket_invalid`, `password_unfit`.
    """
    now = desk.clock()
    with desk.tenant_scope(tenant_id) as session:
        ticket = tickets.redeem_token(session, token, (Purpose.INVITATION, Purpose.PASSWORD_RESET), now=now)
        if (
            ticket is None
            or ticket.person_id is None
            or not _may_set(session, tenant_id, ticket.person_id, ticket.purpose)
        ):
            raise Problem("ticket_invalid", "token is unknown, used or too old. Ask for a new one.")
        _put(session, desk, people.get(session, desk, tenant_id, ticket.person_id), password)
        people.end_recovery(session, tenant_id, ticket.person_id)
        tickets.forget(session, tenant_id, ticket.person_id)
        sessions.end_all(session, tenant_id, ticket.person_id, Ended.PASSWORD_CHANGED, now=now)
        if ticket.purpose is Purpose.PASSWORD_RESET:
            desk.tell(session, tenant_id, ticket.person_id, SecurityEvent.PASSWORD_SET_BY_LINK)
    log.info("password.set", person_id=str(ticket.person_id))


def _may_set(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, purpose: Purpose) -> bool:
    if purpose is Purpose.PASSWORD_RESET and people.is_recovering(session, tenant_id, person_id):
        return False
    return people.is_active(session, tenant_id, person_id)


def change(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, password: str, *, but: uuid.UUID
) -> None:
    """Change a password; the caller has checked the one before. Every session but this one ends.

    Raises:
        Problem: `password_unfit`.
    """
    _put(session, desk, people.get(session, desk, tenant_id, person_id), password)
    tickets.forget(session, tenant_id, person_id)
    sessions.end_all(session, tenant_id, person_id, Ended.PASSWORD_CHANGED, now=desk.clock(), but=but)
    desk.tell(session, tenant_id, person_id, SecurityEvent.PASSWORD_CHANGED)
    log.info("password.changed", person_id=str(person_id))


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget a person's password."""
    repository.remove(session, tenant_id, person_id)


def _put(session: Session, desk: Desk, person: Person, password: str) -> None:
    tenant = tenants.get(session, person.tenant_id)
    about = (person.email, person.name, tenant.name, tenant.slug, desk.rules.house_name)
    try:
        wanted = check(password, about)
    except PasswordUnfit as error:
        raise Problem("password_unfit", str(error)) from None
    repository.put(session, person.tenant_id, person.person_id, desk.hasher.hash(wanted), now=desk.clock())
