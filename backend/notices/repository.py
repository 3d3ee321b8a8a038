"""Every query about notices."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.notices.models import NoticeAttemptRow, NoticeRow
from backend.notices.states import NoticeState


def by_cause(session: Session, tenant_id: uuid.UUID, cause: str) -> NoticeRow | None:
    """The notice of a cause."""
    query = select(NoticeRow).where(NoticeRow.tenant_id == tenant_id, NoticeRow.cause == cause)
    return session.scalars(query).first()


def add(session: Session, row: NoticeRow) -> None:
    """Keep a notice."""
    session.add(row)
    session.flush()


def get(session: Session, notice_id: uuid.UUID, *, lock: bool = False) -> NoticeRow | None:
    """One notice, as far as this transaction may see it."""
    query = select(NoticeRow).where(NoticeRow.notice_id == notice_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def by_token(session: Session, token_hash: bytes) -> NoticeRow | None:
    """The notice whose receipt a token confirms, locked."""
    return session.scalars(select(NoticeRow).where(NoticeRow.token_hash == token_hash).with_for_update()).first()


def page(
    session: Session, *, after: tuple[int, uuid.UUID] | None, limit: int, subject: str | None, state: str | None,
    only_of: uuid.UUID | None = None,
) -> Sequence[NoticeRow]:  # fmt: skip
    """Notices, newest first."""
    query = select(NoticeRow).order_by(NoticeRow.created_at.desc(), NoticeRow.notice_id.desc()).limit(limit)
    if after is not None:
        at, notice_id = after
        earlier = (NoticeRow.created_at == at) & (NoticeRow.notice_id < notice_id)
        query = query.where((NoticeRow.created_at < at) | earlier)
    if only_of is not None:
        query = query.where(NoticeRow.person_id == only_of)
    if subject is not None:
        query = query.where(NoticeRow.subject == subject)
    if state is not None:
        query = query.where(NoticeRow.state == state)
    return session.scalars(query).all()


def of_subject(session: Session, tenant_id: uuid.UUID, subject: str) -> Sequence[NoticeRow]:
    """Every notice about one thing, oldest first."""
    query = select(NoticeRow).where(NoticeRow.tenant_id == tenant_id, NoticeRow.subject == subject)
    return session.scalars(
        query.order_by(NoticeRow.created_at, NoticeRow.follows.is_not(None), NoticeRow.notice_id)
    ).all()


def take_due(session: Session, now: int, lease_seconds: int, limit: int) -> Sequence[NoticeRow]:
    """Notices to be sent now, which nobody else takes meanwhile: the next attempt is due once the lease is over."""
    query = (
        select(NoticeRow.notice_id)
        .where(NoticeRow.state == NoticeState.QUEUED, NoticeRow.due_at <= now)
        .order_by(NoticeRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(NoticeRow)
        .where(NoticeRow.notice_id.in_(query.scalar_subquery()))
        .values(attempts=NoticeRow.attempts + 1, due_at=now + lease_seconds)
        .returning(NoticeRow)
    )
    return session.scalars(statement).all()


def note_attempt(session: Session, row: NoticeRow, *, at: int, outcome: str, code: str | None) -> None:
    """Keep what came of an attempt; told twice, it is kept once."""
    values = {
        "notice_id": row.notice_id, "attempt": row.attempts, "tenant_id": row.tenant_id, "person_id": row.person_id,
        "at": at, "outcome": outcome, "code": code,
    }  # fmt: skip
    statement = insert(NoticeAttemptRow).values(values)
    session.execute(statement.on_conflict_do_nothing(index_elements=["notice_id", "attempt"]))


def attempts(session: Session, notice_id: uuid.UUID) -> Sequence[NoticeAttemptRow]:
    """Attempts of a notice, in order."""
    query = select(NoticeAttemptRow).where(NoticeAttemptRow.notice_id == notice_id)
    return session.scalars(query.order_by(NoticeAttemptRow.attempt)).all()


def counts(session: Session) -> dict[str, int]:
    """How many notices there are in each state."""
    return {state: n for state, n in session.execute(select(NoticeRow.state, func.count()).group_by(NoticeRow.state))}
