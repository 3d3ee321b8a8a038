"""Use cases of sessions. Whoever opens one has proved who the person is; see `backend.identity.sign_in`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity import tokens
from backend.identity.desk import Desk, Rules
from backend.identity.sessions import repository
from backend.identity.sessions.repository import Ended, Method, Visit
from backend.identity.tokens import TokenKind
from backend.problems import Problem

__all__ = [
    "Ended", "Method", "Opened", "Visit", "end", "end_all", "end_of_address", "find", "forget_addresses", "of_person",
    "open_new", "renew", "require_staffs", "see",
]  # fmt: skip
log = structlog.get_logger()
SEEN_EVERY_SECONDS = 30
_CUSTOMER_ROLES = frozenset({Role.POLICYHOLDER})
KEPT_SECONDS = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its token, which is told once."""

    visit: Visit
    token: str

    @property
    def csrf_token(self) -> str:
        """What a page sends beside the cookie."""
        return tokens.csrf_of(self.token)


def open_new(
    session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID, method: Method, *,
    roles: frozenset[Role], pending: bool, strong_at: int | None, address: str | None = None,
) -> Opened:  # fmt: skip
    """Open a session.

    Args:
        roles: What the person may be: decides how long the session lasts.
        pending: A second factor is still to be shown.
        strong_at: When one was shown, unix seconds.
    """
    now = desk.clock()
    repository.remove_old(session, tenant_id, before=now - KEPT_SECONDS)
    idle, absolute = _limits(desk.rules, roles, pending=pending)
    token = tokens.make(TokenKind.SESSION, tenant_id)
    visit = Visit(
        uuid.uuid4(), tenant_id, person_id, method, pending, address, now, now, idle, now + absolute,
        strong_at,
    )  # fmt: skip
    repository.add(session, visit, tokens.digest(token.encode("ascii")))
    log.info("session.opened", session_id=str(visit.session_id), method=method.value, pending=pending)
    return Opened(visit, token)


def find(session: Session, token: str, *, now: int) -> Visit:
    """The session of a token.

    Raises:
        Problem: `unauthenticated` where the text is none of ours, `session_expired`.
    """
    parsed = tokens.read(token)
    if parsed is None or parsed.kind is not TokenKind.SESSION:
        raise Problem("unauthenticated", "The session token cannot be read. Sign in again.")
    visit = repository.by_digest(session, parsed.tenant_id, parsed.digest)
    if visit is None or not visit.open_at(now):
        raise Problem("session_expired", "The session is over. Sign in again.")
    return visit


def require_staffs(visit: Visit, rules: Rules, *, now: int) -> None:
    """Pass for a session that staff may still have: one begun as a customer's lasts no longer than theirs.

    Raises:
        Problem: `session_expired`.
    """
    idle = now - visit.last_seen_at > rules.staff_idle_seconds
    if idle or now >= visit.created_at + rules.staff_absolute_seconds:
        raise Problem("session_expired", "The session is over. Sign in again.")


def see(session: Session, visit: Visit, *, now: int) -> bool:
    """Remember that a session was used; False where that is written already."""
    if now - visit.last_seen_at < SEEN_EVERY_SECONDS:
        return False
    repository.see(session, visit.session_id, now=now)
    return True


def renew(session: Session, desk: Desk, visit: Visit, token: str, *, roles: frozenset[Role]) -> Opened:
    """Another token for a session in which a second factor was just shown. The old token is worthless from now on.

    Raises:
        Problem: `session_expired` when another request was faster.
    """
    now = desk.clock()
    idle, absolute = _limits(desk.rules, roles, pending=False)
    # Time already spent counts: stepping up never makes a session longer than one of its kind.
    stronger = replace(
        visit, pending=False, strong_at=now, last_seen_at=now, idle_seconds=idle, expires_at=visit.created_at + absolute
    )
    fresh = tokens.make(TokenKind.SESSION, visit.tenant_id)
    old = tokens.digest(token.encode("ascii"))
    if not repository.renew(session, stronger, tokens.digest(fresh.encode("ascii")), replaces=old):
        raise Problem("session_expired", "The session is over. Sign in again.")
    log.info("session.stepped_up", session_id=str(visit.session_id))
    return Opened(stronger, fresh)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> Sequence[Visit]:
    """Sessions of a person that hold now, newest first."""
    return repository.of_person(session, tenant_id, person_id, now=now)


def end(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, session_id: uuid.UUID, why: Ended, *, now: int
) -> None:
    """End one session of a person.

    Raises:
        Problem: `session_unknown`.
    """
    if not repository.end(session, tenant_id, person_id, session_id, why, now=now):
        raise Problem("session_unknown", f"session_id {session_id} is not open. See GET /v1/sessions.")
    log.info("session.ended", session_id=str(session_id), why=why.value)


def end_all(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, why: Ended, *, now: int,
    but: uuid.UUID | None = None,
) -> int:  # fmt: skip
    """End every session of a person, except `but`; how many."""
    ended = repository.end_all(session, tenant_id, person_id, why, now=now, but=but)
    log.info("sessions.ended", person_id=str(person_id), why=why.value, sessions=ended)
    return ended


def end_of_address(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str, *, now: int
) -> None:  # fmt: skip
    """End every session a person opened by a wallet, which may be in other hands."""
    repository.end_of_address(session, tenant_id, person_id, address, Ended.FACTOR_CHANGED, now=now)


def forget_addresses(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget by which wallets a person signed in."""
    repository.forget_addresses(session, tenant_id, person_id)


def _limits(rules: Rules, roles: frozenset[Role], *, pending: bool) -> tuple[int, int]:
    if pending:
        return rules.pending_seconds, rules.pending_seconds
    if roles <= _CUSTOMER_ROLES:
        return rules.idle_seconds, rules.absolute_seconds
    return rules.staff_idle_seconds, rules.staff_absolute_seconds
