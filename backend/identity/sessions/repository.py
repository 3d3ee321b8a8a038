"""Every query about sessions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from backend.identity.sessions.models import SessionRow


class Method(StrEnum):
    """How a session began."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    WALLET = "wallet"
    OIDC = "oidc"


class Ended(StrEnum):
    """Why a session was ended."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password_changed"
    FACTOR_CHANGED = "factor_changed"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Visit:
    """One session; times in unix seconds of the wall clock.

    Args:
        pending: A second factor is still to be shown: nothing else can be done with it.
        strong_at: When a second factor was last shown.
    """

    session_id: uuid.UUID
    tenant_id: uuid.UUID
    person_id: uuid.UUID
    method: Method
    pending: bool
    address: str | None
    created_at: int
    last_seen_at: int
    idle_seconds: int
    expires_at: int
    strong_at: int | None = None
    ended_at: int | None = None

    def open_at(self, now: int) -> bool:
        """Whether it still holds at unix second `now`."""
        return self.ended_at is None and now < self.expires_at and now - self.last_seen_at <= self.idle_seconds


def add(session: Session, visit: Visit, digest: bytes) -> None:
    """Keep a new session."""
    values = {
        "session_id": visit.session_id, "tenant_id": visit.tenant_id, "person_id": visit.person_id, "digest": digest,
        "method": visit.method.value, "pending": visit.pending, "address": visit.address,
        "created_at": visit.created_at, "last_seen_at": visit.last_seen_at, "idle_seconds": visit.idle_seconds,
        "expires_at": visit.expires_at, "strong_at": visit.strong_at,
    }  # fmt: skip
    session.execute(insert(SessionRow).values(values))


def by_digest(session: Session, tenant_id: uuid.UUID, digest: bytes) -> Visit | None:
    """The session of a token."""
    row = session.scalar(select(SessionRow).where(SessionRow.tenant_id == tenant_id, SessionRow.digest == digest))
    return None if row is None else _visit(row)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> Sequence[Visit]:
    """Sessions of a person that hold at `now`, newest first."""
    statement = (
        select(SessionRow)
        .where(
            SessionRow.tenant_id == tenant_id, SessionRow.person_id == person_id, SessionRow.ended_at.is_(None),
            SessionRow.expires_at > now,
        )
        .order_by(SessionRow.created_at.desc(), SessionRow.session_id)
    )  # fmt: skip
    return [visit for visit in map(_visit, session.scalars(statement)) if visit.open_at(now)]


def see(session: Session, session_id: uuid.UUID, *, now: int) -> None:
    """Remember that a session was used."""
    session.execute(update(SessionRow).where(SessionRow.session_id == session_id).values(last_seen_at=now))


def renew(session: Session, visit: Visit, digest: bytes, *, replaces: bytes) -> bool:
    """Give a session another token and what changed with it. False when another request was faster."""
    statement = (
        update(SessionRow)
        .where(SessionRow.session_id == visit.session_id, SessionRow.digest == replaces, SessionRow.ended_at.is_(None))
        .values(
            digest=digest, pending=visit.pending, strong_at=visit.strong_at, last_seen_at=visit.last_seen_at,
            idle_seconds=visit.idle_seconds, expires_at=visit.expires_at,
        )
        .returning(SessionRow.session_id)
    )  # fmt: skip
    return session.scalar(statement) is not None


def end(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, session_id: uuid.UUID, why: Ended, *, now: int
) -> bool:
    """End one session of a person. False when there is none that holds."""
    statement = (
        update(SessionRow)
        .where(
            SessionRow.tenant_id == tenant_id, SessionRow.person_id == person_id,
            SessionRow.session_id == session_id, SessionRow.ended_at.is_(None),
        )
        .values(ended_at=now, ended_why=why.value)
        .returning(SessionRow.session_id)
    )  # fmt: skip
    return session.scalar(statement) is not None


def end_all(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, why: Ended, *, now: int, but: uuid.UUID | None
) -> int:
    """End the sessions of a person, except `but`; how many."""
    statement = (
        update(SessionRow)
        .where(
            SessionRow.tenant_id == tenant_id, SessionRow.person_id == person_id, SessionRow.ended_at.is_(None)
        )
        .values(ended_at=now, ended_why=why.value)
        .returning(SessionRow.session_id)
    )  # fmt: skip
    if but is not None:
        statement = statement.where(SessionRow.session_id != but)
    return len(session.scalars(statement).all())


def end_of_address(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str, why: Ended, *, now: int
) -> None:  # fmt: skip
    """End the sessions a person opened by a wallet."""
    session.execute(
        update(SessionRow)
        .where(
            SessionRow.tenant_id == tenant_id, SessionRow.person_id == person_id, SessionRow.address == address,
            SessionRow.ended_at.is_(None),
        )
        .values(ended_at=now, ended_why=why.value)
    )  # fmt: skip


def forget_addresses(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget the wallets of a person's sessions."""
    mine = (SessionRow.tenant_id == tenant_id) & (SessionRow.person_id == person_id)
    session.execute(update(SessionRow).where(mine).values(address=None))


def remove_old(session: Session, tenant_id: uuid.UUID, *, before: int) -> None:
    """Forget sessions that could not be used since `before`."""
    session.execute(delete(SessionRow).where(SessionRow.tenant_id == tenant_id, SessionRow.expires_at < before))


def _visit(row: SessionRow) -> Visit:
    return Visit(
        row.session_id, row.tenant_id, row.person_id, Method(row.method), row.pending, row.address, row.created_at,
        row.last_seen_at, row.idle_seconds, row.expires_at, row.strong_at, row.ended_at,
    )  # fmt: skip
