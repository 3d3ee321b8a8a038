"""Every query about answers kept under idempotency keys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from backend.http.models import IdempotentAnswerRow

_KEPT = text("interval '30 days'")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it is kept: whose, of which operation, for which request, and sealed."""

    lookup: bytes
    tenant_id: uuid.UUID
    principal_id: uuid.UUID
    operation: str
    fingerprint: bytes
    sealed: bytes


def try_claim(session: Session, lookup: bytes) -> bool:
    """Take the lock on a key until the transaction ends, however it ends; False while another request has it."""
    number = int.from_bytes(lookup[:8], "big", signed=True)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(number))))


def find(session: Session, lookup: bytes) -> KeptAnswer | None:
    """The answer kept under a key, at most 30 days old."""
    row = session.scalar(
        select(IdempotentAnswerRow).where(
            IdempotentAnswerRow.lookup == lookup, IdempotentAnswerRow.created_at > func.now() - _KEPT
        )
    )
    if row is None:
        return None
    return KeptAnswer(row.lookup, row.tenant_id, row.principal_id, row.operation, row.fingerprint, row.sealed)


def add(session: Session, answer: KeptAnswer) -> None:
    """Keep an answer, in place of one that is too old to count."""
    session.execute(delete(IdempotentAnswerRow).where(IdempotentAnswerRow.lookup == answer.lookup))
    session.execute(
        insert(IdempotentAnswerRow).values(
            lookup=answer.lookup, tenant_id=answer.tenant_id, principal_id=answer.principal_id,
            operation=answer.operation, fingerprint=answer.fingerprint, sealed=answer.sealed,
        )
    )  # fmt: skip


def forget_old(session: Session, limit: int) -> int:
    """Delete answers older than 30 days, at most `limit`. Returns how many."""
    old = select(IdempotentAnswerRow.lookup).where(IdempotentAnswerRow.created_at <= func.now() - _KEPT).limit(limit)
    gone = delete(IdempotentAnswerRow).where(IdempotentAnswerRow.lookup.in_(old))
    return len(session.scalars(gone.returning(IdempotentAnswerRow.lookup)).all())


def forget_principal(session: Session, tenant_id: uuid.UUID, principal_id: uuid.UUID) -> int:
    """Delete all answers given to one person or machine. Returns how many."""
    gone = delete(IdempotentAnswerRow).where(
        IdempotentAnswerRow.tenant_id == tenant_id, IdempotentAnswerRow.principal_id == principal_id
    )
    return len(session.scalars(gone.returning(IdempotentAnswerRow.lookup)).all())
