"""Every query about policies and insured events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session

from backend.policies.models import InsuredEventRow, PolicyRow
from backend.settlements.models import EventClosureRow, HeldPayoutRow, PaymentRow, SettlementStepRow
from backend.tables import Address, Word
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


def page(
    session: Session,
    *,
    after: tuple[int, str] | None,
    limit: int,
    holder: str | None,
    event_id: int | None,
    product: str | None,
) -> Sequence[Policy]:
    """Policies by id and product, at most `limit`; `after` is the last one's (id, product)."""
    query = _policies()
    if holder is not None:
        query = query.where(PolicyRow.holder == holder)
    if event_id is not None:
        query = query.where(PolicyRow.event_id == event_id)
    if product is not None:
        query = query.where(PolicyRow.product == product)
    if after is not None:
        key = tuple_(literal(after[0], Word), literal(after[1], Address))
        query = query.where(tuple_(PolicyRow.policy_id, PolicyRow.product) > key)
    return _found(session, query.order_by(PolicyRow.policy_id, PolicyRow.product).limit(limit))


def covers(session: Session, application_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """When what applications became was bound, and stops covering, unix seconds; what became no policy is left out."""
    query = select(PolicyRow.application_id, PolicyRow.bound_at, InsuredEventRow.occurs_at).join(
        InsuredEventRow,
        and_(InsuredEventRow.product == PolicyRow.product, InsuredEventRow.event_id == PolicyRow.event_id),
    )
    found = session.execute(query.where(PolicyRow.application_id.in_(application_ids)))
    return {application_id: (bound_at, occurs_at) for application_id, bound_at, occurs_at in found}


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
