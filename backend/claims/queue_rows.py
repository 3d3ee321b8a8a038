"""The queue's one query: which claims wait, and until when, worked out by the database with the contract's own clock.

Rules S16 and S23, as `domain.claim_clock` has them; the days are those of the terms on the chain.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Integer, SmallInteger, Subquery, Uuid, case, func, literal, select
from sqlalchemy import tuple_ as row_of
from sqlalchemy.orm import Session

from backend.chain.models import BlockRow
from backend.chain.projections.claim_models import ClaimRow, ClaimStepRow
from backend.chain.projections.models import IndemnityPolicyRow, IndemnityProductRow, TreasuryPauseRow
from backend.claims.models import CaseRow
from domain.claim import ClaimState
from domain.claim_clock import DAY_SECONDS, MONDAY_TO_EPOCH_SECONDS, WEEK_SECONDS, WORKING_WEEK_SECONDS
from domain.tiers import RiskTier

Place = tuple[int, int, str]
"""Where an entry stands in the queue: tier, deadline, case."""
_DAY, _WEEK, _WORK, _MONDAY = (
    literal(each, BigInteger)
    for each in (DAY_SECONDS, WEEK_SECONDS, WORKING_WEEK_SECONDS, MONDAY_TO_EPOCH_SECONDS)
)  # fmt: skip
_ONE: Final = literal(1, BigInteger)
_NONE: Final = literal(0, BigInteger)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A claim that waits. Times in unix seconds of the chain."""

    case: CaseRow
    state: int
    tier: int
    noticed_at: int
    due_at: int


def waiting(
    session: Session, *, now: int, after: Place | None, limit: int, assigned_to: uuid.UUID | None, unassigned: bool
) -> Sequence[WaitingRow]:
    """Claims without a decision, by tier, deadline and case; `after` is the last one's place, `now` chain time."""
    found = _open(now)
    place = (found.c.tier, found.c.due_at, found.c.case_id)
    query = select(CaseRow, found).join(found, found.c.case_id == CaseRow.case_id)
    if after is not None:
        last = (
            literal(after[0], SmallInteger), literal(after[1], BigInteger), literal(uuid.UUID(after[2]), Uuid)
        )  # fmt: skip
        query = query.where(row_of(*place) > row_of(*last))
    if assigned_to is not None:
        query = query.where(CaseRow.adjuster == assigned_to)
    if unassigned:
        query = query.where(CaseRow.adjuster.is_(None))
    return [
        WaitingRow(row.CaseRow, row.state, row.tier, row.noticed_at, row.due_at)
        for row in session.execute(query.order_by(*place).limit(limit))
    ]


def deadline(since: ColumnElement[int], working_days: ColumnElement[int]) -> ColumnElement[int]:
    """`domain.claim_clock.deadline` in the database. Both are bigints."""
    into_week = (since + _MONDAY) % _WEEK
    due = func.least(into_week, _WORK) + working_days * _DAY
    whole_weeks = func.div(due - _ONE, _WORK).cast(BigInteger)
    ended = since - into_week + whole_weeks * _WEEK + due - whole_weeks * _WORK
    return case((working_days == _NONE, since), else_=ended)


def _open(now: int) -> Subquery:
    state = (
        select(func.coalesce(func.max(ClaimStepRow.state), 0))
        .where(ClaimStepRow.claim_id == ClaimRow.claim_id)
        .correlate(ClaimRow)
        .scalar_subquery()
    )
    claims = (
        select(
            CaseRow.case_id, IndemnityPolicyRow.tier, ClaimRow.noticed_at, state.label("state"),
            IndemnityProductRow.treasury, IndemnityProductRow.terms["claims"].label("rules"),
        )
        .join(ClaimRow, ClaimRow.claim_id == CaseRow.claim_id)
        .join(IndemnityProductRow, IndemnityProductRow.address == ClaimRow.product)
        .join(
            IndemnityPolicyRow,
            (IndemnityPolicyRow.product == ClaimRow.product) & (IndemnityPolicyRow.policy_id == ClaimRow.policy_id),
        )
        .subquery()
    )  # fmt: skip
    due_at = deadline(claims.c.noticed_at, _days(claims)) + _paused(claims, now)
    query = select(claims.c.case_id, claims.c.tier, claims.c.noticed_at, claims.c.state, due_at.label("due_at"))
    return query.where(claims.c.state < int(ClaimState.DECIDED)).subquery()


def _days(claims: Subquery) -> ColumnElement[int]:
    """Working days of the next step: to acknowledge, while nobody has, or to decide."""

    def of(name: str) -> ColumnElement[Any]:
        found: ColumnElement[Any] = claims.c.rules[name].astext.cast(BigInteger)
        return found

    decide = case((claims.c.tier == int(RiskTier.LOW), of("decide_days_low")), else_=of("decide_days"))
    noticed = claims.c.state.cast(Integer) <= int(ClaimState.NOTICED)
    return case((noticed, func.least(of("acknowledge_days"), decide)), else_=decide)


def _paused(claims: Subquery, now: int) -> ColumnElement[int]:
    """Seconds the treasury's clock stood still since the notice; a pause that was ended before its time ends there."""
    at, pause = BlockRow.timestamp, TreasuryPauseRow
    following = func.lead(at).over(partition_by=pause.treasury, order_by=(pause.block_number, pause.log_index))
    pauses = (
        select(pause.treasury, at.label("at"), func.least(pause.until, following).label("ended"))
        .join(BlockRow, BlockRow.number == pause.block_number)
        .subquery()
    )
    ended = func.least(pauses.c.ended, literal(now, BigInteger))
    lasted = func.greatest(ended - func.greatest(pauses.c.at, claims.c.noticed_at), _NONE)
    total = select(func.coalesce(func.sum(lasted), 0)).where(pauses.c.treasury == claims.c.treasury)
    return total.correlate(claims).scalar_subquery().cast(BigInteger)
