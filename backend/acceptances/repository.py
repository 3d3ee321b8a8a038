"""Every query about acceptances."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.acceptances.models import BindIntentRow
from backend.observability.carried import NOTHING_CARRIED, Carried
from backend.policies.models import PolicyRow


@dataclass(frozen=True, slots=True)
class BindIntent:
    """An acceptance. `policy_id` once the chain has the policy."""

    intent_id: uuid.UUID
    quote_id: int
    acceptance: bytes
    permit: dict[str, Any] | None
    status: str
    attempts: int
    failure_code: str | None = None
    failure_detail: str | None = None
    policy_id: int | None = None
    carried: Carried = NOTHING_CARRIED


def add_intents(session: Session, intents: Sequence[BindIntent]) -> int:
    """Keep acceptances. Returns how many were new: a quote is accepted once, whoever comes first."""
    rows = [
        {
            "intent_id": i.intent_id, "quote_id": i.quote_id, "acceptance": i.acceptance, "permit": i.permit,
            "status": "accepted", "attempts": 0, "carried": i.carried.as_json(),
        }
        for i in intents
    ]  # fmt: skip
    statement = insert(BindIntentRow).values(rows).on_conflict_do_nothing(index_elements=["quote_id"])
    return len(session.scalars(statement.returning(BindIntentRow.intent_id)).all())


def intents_by_quote(session: Session, quote_ids: Sequence[int]) -> dict[int, BindIntent]:
    """Acceptances of these quotes."""
    rows = session.execute(_intents().where(BindIntentRow.quote_id.in_(quote_ids)))
    return {row[0].quote_id: _intent(*row) for row in rows}


def intent(session: Session, intent_id: uuid.UUID) -> BindIntent | None:
    """One acceptance."""
    row = session.execute(_intents().where(BindIntentRow.intent_id == intent_id)).first()
    return _intent(*row) if row else None


def accepted(session: Session, limit: int) -> Sequence[BindIntent]:
    """Acceptances waiting to be sent, oldest first."""
    query = _intents().where(BindIntentRow.status == "accepted")
    query = query.order_by(BindIntentRow.created_at, BindIntentRow.quote_id).limit(limit)
    return [_intent(*row) for row in session.execute(query)]


def mark_sending(session: Session, quote_ids: Sequence[int], intent_key: str) -> int:
    """Tie acceptances to the transaction that will bind them. Returns how many were still waiting."""
    statement = (
        update(BindIntentRow)
        .where(BindIntentRow.quote_id.in_(quote_ids), BindIntentRow.status == "accepted")
        .values(status="sending", intent_key=intent_key, attempts=BindIntentRow.attempts + 1)
    )
    return len(session.scalars(statement.returning(BindIntentRow.quote_id)).all())


def mark_failed(session: Session, quote_id: int, code: str, detail: str) -> None:
    """An acceptance cannot be bound; the reason stays with it."""
    session.execute(
        update(BindIntentRow)
        .where(BindIntentRow.quote_id == quote_id, BindIntentRow.status == "accepted")
        .values(status="failed", failure_code=code, failure_detail=detail)
    )


def mark_bound(session: Session, quote_ids: Sequence[int]) -> None:
    """The chain has these policies already, whoever brought them."""
    session.execute(
        update(BindIntentRow)
        .where(BindIntentRow.quote_id.in_(quote_ids))
        .values(status="bound", failure_code=None, failure_detail=None)
    )


def intent_counts(session: Session) -> dict[str, int]:
    """How many acceptances there are in each status."""
    query = select(BindIntentRow.status, func.count()).group_by(BindIntentRow.status)
    return {status: count for status, count in session.execute(query)}


def _intents() -> Select[BindIntentRow, int]:
    return select(BindIntentRow, PolicyRow.policy_id).outerjoin(
        PolicyRow, PolicyRow.application_id == BindIntentRow.quote_id
    )


def _intent(row: BindIntentRow, policy_id: int | None) -> BindIntent:
    return BindIntent(
        row.intent_id, row.quote_id, row.acceptance, row.permit, row.status, row.attempts, row.failure_code,
        row.failure_detail, policy_id, Carried.of(row.carried),
    )  # fmt: skip


def tenant_of(session: Session, quote_ids: Sequence[int]) -> uuid.UUID | None:
    """Whose acceptances these are: a batch's are one insurer's."""
    query = select(BindIntentRow.tenant_id).where(BindIntentRow.quote_id.in_(quote_ids)).limit(1)
    return session.scalar(query)


def carried(session: Session, intent_key: str) -> tuple[int, int]:
    """How many acceptances a transaction carries, and how many of those are policies already."""
    query = (
        select(func.count(), func.count(PolicyRow.policy_id))
        .select_from(BindIntentRow)
        .outerjoin(PolicyRow, PolicyRow.application_id == BindIntentRow.quote_id)
        .where(BindIntentRow.intent_key == intent_key, BindIntentRow.status.in_(["sending", "bound"]))
    )
    acceptances, bound = session.execute(query).one()
    return acceptances, bound


def close_bound(session: Session, intent_key: str) -> None:
    """The transaction that carried them is in a block."""
    session.execute(
        update(BindIntentRow)
        .where(BindIntentRow.intent_key == intent_key)
        .values(status="bound", failure_code=None, failure_detail=None)
    )


def try_again(session: Session, intent_key: str, code: str, detail: str) -> None:
    """The transaction that carried them came to nothing: they wait for another."""
    session.execute(
        update(BindIntentRow)
        .where(BindIntentRow.intent_key == intent_key, BindIntentRow.status == "sending")
        .values(status="accepted", failure_code=code, failure_detail=detail)
    )


def reopen(session: Session, intent_keys: Sequence[str]) -> None:
    """The blocks that bound them are gone: their transactions are on their way again."""
    session.execute(
        update(BindIntentRow)
        .where(BindIntentRow.intent_key.in_(intent_keys), BindIntentRow.status == "bound")
        .values(status="sending")
    )
