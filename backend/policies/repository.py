"""Every query about policies, insured events and acceptances."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.policies.models import BindIntentRow, InsuredEventRow, PolicyRow
from backend.settlements.models import EventClosureRow, HeldPayoutRow, PaymentRow, SettlementStepRow
from domain.money import Bps, TokenUnits
from domain.policy import Outcome
from domain.settlement import InsuredEvent


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its event's outcome and its payment. Amounts in token units, times in unix seconds."""

    row: PolicyRow
    insured_event: str
    occurs_at: int
    outcome: Outcome
    value: int | None
    share_bps: int | None
    settled: bool
    paid: int
    paid_at: int | None
    payment_transaction: bytes | None
    held: bool


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


def page(
    session: Session, *, after_id: int | None, limit: int, holder: str | None, event_id: int | None, product: str | None
) -> Sequence[Policy]:
    """Policies by id; `after_id` is the keyset cursor.

    At most `limit`, and one more for each further product that has the last one's id: no page cuts an id in two.
    """
    query = _policies()
    if holder is not None:
        query = query.where(PolicyRow.holder == holder)
    if event_id is not None:
        query = query.where(PolicyRow.event_id == event_id)
    if product is not None:
        query = query.where(PolicyRow.product == product)
    after = query if after_id is None else query.where(PolicyRow.policy_id > after_id)
    found = _found(session, after.order_by(PolicyRow.policy_id, PolicyRow.product).limit(limit))
    if len(found) < limit:
        return found
    last = found[-1].row
    twins = query.where(PolicyRow.policy_id == last.policy_id, PolicyRow.product > last.product)
    return found + _found(session, twins.order_by(PolicyRow.product))


def with_id(session: Session, policy_id: int, product: str | None) -> Sequence[Policy]:
    """Policies of this id, one for each product that has it."""
    query = _policies().where(PolicyRow.policy_id == policy_id)
    return _found(session, query.where(PolicyRow.product == product) if product else query)


def _policies() -> Select[Any]:
    same_event = and_(PolicyRow.product == EventClosureRow.product, PolicyRow.event_id == EventClosureRow.event_id)
    settled_to = (
        select(func.max(SettlementStepRow.end_ordinal))
        .where(SettlementStepRow.product == PolicyRow.product, SettlementStepRow.event_id == PolicyRow.event_id)
        .scalar_subquery()
    )
    held = (
        select(HeldPayoutRow.block_number)
        .where(HeldPayoutRow.product == PolicyRow.product, HeldPayoutRow.policy_id == PolicyRow.policy_id)
        .exists()
    )
    return (
        select(PolicyRow, InsuredEventRow, EventClosureRow, PaymentRow, settled_to, held)
        .join(
            InsuredEventRow,
            and_(InsuredEventRow.product == PolicyRow.product, InsuredEventRow.event_id == PolicyRow.event_id),
        )
        .outerjoin(EventClosureRow, same_event)
        .outerjoin(
            PaymentRow, and_(PaymentRow.product == PolicyRow.product, PaymentRow.policy_id == PolicyRow.policy_id)
        )
    )


def _found(session: Session, query: Select[Any]) -> list[Policy]:
    return [_policy(*row) for row in session.execute(query)]


def _policy(
    row: PolicyRow, event: InsuredEventRow, closure: EventClosureRow | None, payment: PaymentRow | None,
    settled_to: int | None, held: bool,
) -> Policy:  # fmt: skip
    outcome = Outcome(closure.outcome) if closure else Outcome.OPEN
    return Policy(
        row=row, insured_event=event.insured_event, occurs_at=event.occurs_at, outcome=outcome,
        value=closure.value if closure and outcome is Outcome.MEASURED else None,
        share_bps=closure.share_bps if closure else None, settled=row.ordinal < (settled_to or 0),
        paid=payment.amount if payment else 0, paid_at=payment.paid_at if payment else None,
        payment_transaction=payment.transaction_hash if payment else None, held=held,
    )  # fmt: skip


def event_states(session: Session, product: str, event_ids: Sequence[int]) -> dict[int, InsuredEvent]:
    """States of insured events, as far as binding needs them; those nobody insured are left out."""
    query = (
        select(
            PolicyRow.event_id, func.count(), func.sum(PolicyRow.sum_insured), InsuredEventRow.occurs_at,
            EventClosureRow.outcome, EventClosureRow.share_bps,
        )
        .join(
            InsuredEventRow,
            and_(InsuredEventRow.product == PolicyRow.product, InsuredEventRow.event_id == PolicyRow.event_id),
        )
        .outerjoin(
            EventClosureRow,
            and_(EventClosureRow.product == PolicyRow.product, EventClosureRow.event_id == PolicyRow.event_id),
        )
        .where(PolicyRow.product == product, PolicyRow.event_id.in_(event_ids))
        .group_by(
            PolicyRow.event_id, InsuredEventRow.occurs_at, EventClosureRow.outcome, EventClosureRow.share_bps
        )
    )  # fmt: skip
    return {
        event_id: InsuredEvent(
            policies=count, exposure=TokenUnits(int(exposure)), occurs_at=occurs_at,
            outcome=Outcome(outcome or 0), share_bps=Bps(share or 0),
        )
        for event_id, count, exposure, occurs_at, outcome, share in session.execute(query)
    }  # fmt: skip


def add_intents(session: Session, intents: Sequence[BindIntent]) -> int:
    """Keep acceptances. Returns how many were new: a quote is accepted once, whoever comes first."""
    rows = [
        {
            "intent_id": i.intent_id, "quote_id": i.quote_id, "acceptance": i.acceptance, "permit": i.permit,
            "status": "accepted", "attempts": 0,
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


def mark_sending(session: Session, quote_ids: Sequence[int], submission_key: str) -> int:
    """Tie acceptances to the transaction that will bind them. Returns how many were still waiting."""
    statement = (
        update(BindIntentRow)
        .where(BindIntentRow.quote_id.in_(quote_ids), BindIntentRow.status == "accepted")
        .values(status="sending", submission_key=submission_key, attempts=BindIntentRow.attempts + 1)
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
        row.failure_detail, policy_id,
    )  # fmt: skip
