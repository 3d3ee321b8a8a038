"""The adjusters' queue: open claims by tier and by the deadline of the contract's own clock, worked out at each look.

Tiers come in their order, low risks first, because they are promised the quicker answer. Nothing of a deadline is kept:
it follows from the notice, the terms, and the treasury's pauses (rules S16 and S23).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.chain.models import BlockRow
from backend.chain.projections.claim_models import ClaimRow, ClaimStepRow
from backend.chain.projections.models import IndemnityPolicyRow, TreasuryPauseRow
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from domain.claim import Claim, ClaimState
from domain.indemnity_policy import Cause
from domain.money import TokenUnits
from domain.tiers import RiskTier

MOST: Final = 5_000
"""Open claims looked through; an insurer with more has them handled by machine, or has a backlog to talk about."""
Place = tuple[int, int, str]
"""Where an entry stands in the queue: tier, deadline, case."""
Pauses = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim that waits. Times in unix seconds of the chain.

    Attributes:
        due_at: Until when the insurer has to take the next step; of a decided or disputed claim, when its window ends,
            0 where none runs.
    """

    case: CaseRow
    state: ClaimState
    tier: RiskTier
    noticed_at: int
    due_at: int
    is_late: bool

    @property
    def place(self) -> Place:
        """Its sort key."""
        return int(self.tier), self.due_at, self.case.case_id.hex


def page(
    session: Session, office: ClaimsOffice, *, now: int, after: Place | None, limit: int,
    assigned_to: uuid.UUID | None = None, unassigned: bool = False,
) -> list[Entry]:  # fmt: skip
    """Claims that wait for the insurer: noticed, acknowledged or referred.

    Args:
        now: Chain time.
        after: Place of the last entry of the page before.
    """
    found = sorted(_waiting(session, office, now, assigned_to, unassigned=unassigned), key=lambda entry: entry.place)
    return [entry for entry in found if after is None or entry.place > after][:limit]


def paused_seconds(pauses: Pauses, since: int, now: int) -> int:
    """How long pauses lasted between two moments, as the treasury counts them."""
    return sum(max(min(now, ended) - max(started, since), 0) for started, ended in pauses)


def _waiting(
    session: Session, office: ClaimsOffice, now: int, assigned_to: uuid.UUID | None, *, unassigned: bool
) -> list[Entry]:
    state = func.max(ClaimStepRow.state)
    query = (
        select(CaseRow, ClaimRow.noticed_at, IndemnityPolicyRow.tier, state)
        .join(ClaimRow, ClaimRow.claim_id == CaseRow.claim_id)
        .join(ClaimStepRow, ClaimStepRow.claim_id == ClaimRow.claim_id)
        .join(
            IndemnityPolicyRow,
            (IndemnityPolicyRow.product == ClaimRow.product) & (IndemnityPolicyRow.policy_id == ClaimRow.policy_id),
        )
        .group_by(CaseRow.case_id, ClaimRow.noticed_at, IndemnityPolicyRow.tier)
        .having(state < int(ClaimState.DECIDED))
        .limit(MOST)
    )
    if assigned_to is not None:
        query = query.where(CaseRow.adjuster == assigned_to)
    if unassigned:
        query = query.where(CaseRow.adjuster.is_(None))
    rows = session.execute(query).all()
    pauses = _pauses(session)
    return [_entry(session, office, pauses, now, case, at, tier, state or 0) for case, at, tier, state in rows]


def _entry(
    session: Session, office: ClaimsOffice, pauses: Mapping[str, Pauses], now: int, case: CaseRow, noticed_at: int,
    tier: int, state: int,
) -> Entry:  # fmt: skip
    terms = office.shelf.product(session, case.product).terms
    claim = Claim(
        claim_id=case.claim_id or 0, claimant=case.claimant, cause=Cause(case.coverage, case.peril, case.occurred_at),
        claimed=TokenUnits(case.claimed), reserve=TokenUnits(0), paid=TokenUnits(0), clock_from=noticed_at,
        state=ClaimState(state),
    )  # fmt: skip
    paused = paused_seconds(pauses.get(terms.treasury, ()), noticed_at, now)
    until = claim.deadlines(terms.claims, RiskTier(tier), paused)
    due_at = until.decide if not until.acknowledge else min(until.acknowledge, until.decide)
    return Entry(case, claim.state, RiskTier(tier), noticed_at, due_at, is_late=now > due_at)


def _pauses(session: Session) -> dict[str, list[tuple[int, int]]]:
    """Pauses of each treasury; one that was ended before its time ends there."""
    query = select(TreasuryPauseRow.treasury, BlockRow.timestamp, TreasuryPauseRow.until)
    query = query.join(BlockRow, BlockRow.number == TreasuryPauseRow.block_number)
    found: dict[str, list[tuple[int, int]]] = {}
    for treasury, at, until in session.execute(
        query.order_by(TreasuryPauseRow.block_number, TreasuryPauseRow.log_index)
    ):
        pauses = found.setdefault(treasury, [])
        if pauses and pauses[-1][1] > at:
            pauses[-1] = (pauses[-1][0], at)
        if until > at:
            pauses.append((at, until))
    return found
