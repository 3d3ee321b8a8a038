"""Every query about events to be reported, policies to be settled, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from backend.chain.intents.models import IntentEventRow
from backend.policies.models import InsuredEventRow, PolicyRow
from backend.settlements.models import EventClosureRow, HeldPayoutRow, ReportRow, SettlementStepRow
from domain.policy import Outcome


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An insured event without an outcome. `policies` are bound on it."""

    product: str
    event_id: int
    insured_event: str
    occurs_at: int
    policies: int


@dataclass(frozen=True, slots=True)
class ClosedEvent:
    """A closed event with policies not yet settled: `unsettled` of them."""

    product: str
    event_id: int
    unsettled: int
    settled: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an event ended and what was paid for it. Amounts in token units, times in unix seconds."""

    closure: EventClosureRow
    insured_event: str
    occurs_at: int
    policies: int
    settled: int
    paid: int
    held: int
    report: ReportRow | None


def due_events(session: Session, now: int, limit: int) -> Sequence[OpenEvent]:
    """Open events that have occurred by `now` and no intent deals with, oldest first."""
    query = (
        select(InsuredEventRow, func.count())
        .join(PolicyRow, _same(PolicyRow, InsuredEventRow))
        .outerjoin(EventClosureRow, _same(EventClosureRow, InsuredEventRow))
        .where(InsuredEventRow.occurs_at <= now, EventClosureRow.event_id.is_(None), ~_active(InsuredEventRow))
        .group_by(InsuredEventRow.block_number, InsuredEventRow.log_index)
        .order_by(InsuredEventRow.occurs_at, InsuredEventRow.event_id)
        .limit(limit)
    )
    return [
        OpenEvent(row.product, row.event_id, row.insured_event, row.occurs_at, count)
        for row, count in session.execute(query)
    ]


def unsettled_events(session: Session, limit: int) -> Sequence[ClosedEvent]:
    """Closed events with policies still to be settled that no intent deals with."""
    bound = _count_of_policies(EventClosureRow)
    settled = func.coalesce(_settled_of(EventClosureRow), 0)
    query = (
        select(EventClosureRow.product, EventClosureRow.event_id, bound, settled)
        .where(settled < bound, ~_active(EventClosureRow))
        .order_by(EventClosureRow.block_number, EventClosureRow.log_index)
        .limit(limit)
    )
    return [ClosedEvent(product, event, count - done, done) for product, event, count, done in session.execute(query)]


def page(session: Session, *, after: tuple[int, int] | None, limit: int, product: str | None) -> Sequence[Settlement]:
    """Closed events in the order the chain closed them; `after` is (block, log index) of the last one seen."""
    held = (
        select(func.sum(HeldPayoutRow.amount))
        .join(
            PolicyRow,
            and_(PolicyRow.product == HeldPayoutRow.product, PolicyRow.policy_id == HeldPayoutRow.policy_id),
        )
        .where(PolicyRow.product == EventClosureRow.product, PolicyRow.event_id == EventClosureRow.event_id)
        .scalar_subquery()
    )
    paid = select(func.sum(SettlementStepRow.paid)).where(_same(SettlementStepRow, EventClosureRow)).scalar_subquery()
    query = (
        select(
            EventClosureRow, InsuredEventRow, _count_of_policies(EventClosureRow), _settled_of(EventClosureRow), paid,
            held,
        )
        .join(InsuredEventRow, _same(InsuredEventRow, EventClosureRow))
        .order_by(EventClosureRow.block_number, EventClosureRow.log_index)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        query = query.where(tuple_(EventClosureRow.block_number, EventClosureRow.log_index) > after)
    if product is not None:
        query = query.where(EventClosureRow.product == product)
    return _with_reports(session, query)


def count_closed(session: Session, product: str, event_ids: Sequence[int]) -> int:
    """How many of these events are closed."""
    query = select(func.count()).select_from(EventClosureRow)
    where = (EventClosureRow.product == product, EventClosureRow.event_id.in_(event_ids))
    return session.scalar(query.where(*where)) or 0


def count_unsettled(session: Session, product: str, event_ids: Sequence[int]) -> int:
    """How many policies of these events are not settled."""
    where = (PolicyRow.product == product, PolicyRow.event_id.in_(event_ids))
    settled_to = func.coalesce(_settled_of(PolicyRow), 0)
    query = select(func.count()).select_from(PolicyRow).where(*where, PolicyRow.ordinal >= settled_to)
    return session.scalar(query) or 0


def _with_reports(session: Session, query: Select[Any]) -> list[Settlement]:
    rows = session.execute(query).all()
    hashes = {row[0].transaction_hash for row in rows if row[0].outcome != Outcome.NOT_REPORTED}
    found = session.scalars(select(ReportRow).where(ReportRow.transaction_hash.in_(hashes), ReportRow.kind == "event"))
    reports: dict[tuple[bytes, str], list[ReportRow]] = {}
    for report in found:
        reports.setdefault((report.transaction_hash, report.product), []).append(report)
    return [
        Settlement(
            closure, event.insured_event, event.occurs_at, count, settled or 0, int(paid or 0), int(held or 0),
            _before(reports.get((closure.transaction_hash, closure.product), []), closure.log_index),
        )
        for closure, event, count, settled, paid, held in rows
    ]  # fmt: skip


def _before(reports: Sequence[ReportRow], log_index: int) -> ReportRow | None:
    """The report a closure follows: the last one before it in the transaction."""
    earlier = [report for report in reports if report.log_index < log_index]
    return max(earlier, key=lambda report: report.log_index) if earlier else None


def _same(left: Any, right: Any) -> Any:
    return and_(left.product == right.product, left.event_id == right.event_id)


def _count_of_policies(event: Any) -> Any:
    return select(func.count()).select_from(PolicyRow).where(_same(PolicyRow, event)).scalar_subquery()


def _settled_of(event: Any) -> Any:
    return select(func.max(SettlementStepRow.end_ordinal)).where(_same(SettlementStepRow, event)).scalar_subquery()


def _active(event: Any) -> Any:
    taken = select(IntentEventRow.event_id)
    return taken.where(IntentEventRow.active, _same(IntentEventRow, event)).exists()
