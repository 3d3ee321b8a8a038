"""The adjusters' queue: open claims by tier and by the deadline of the contract's own clock, worked out at each look.

Tiers come in their order, low risks first, because they are promised the quicker answer. Nothing of a deadline is kept:
it follows from the notice, the terms, and the treasury's pauses (rules S16 and S23).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.claims import queue_rows
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from backend.claims.queue_rows import Place
from backend.problems import Problem
from domain.claim import ClaimState
from domain.tiers import RiskTier


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim that waits. Times in unix seconds of the chain.

    Attributes:
        due_at: Until when the insurer has to take the next step.
        missing: What is not here and has to be before the claim can be decided; None: nothing.
    """

    case: CaseRow
    state: ClaimState
    tier: RiskTier
    noticed_at: int
    due_at: int
    is_late: bool
    missing: str | None = None

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
    rows = queue_rows.waiting(
        session, now=now, after=after, limit=limit, assigned_to=assigned_to, unassigned=unassigned
    )  # fmt: skip
    missing = {product: _missing(session, office, product) for product in {row.case.product for row in rows}}
    return [
        Entry(
            row.case, ClaimState(row.state), RiskTier(row.tier), row.noticed_at, row.due_at,
            is_late=now > row.due_at, missing=missing[row.case.product],
        )
        for row in rows
    ]  # fmt: skip


def _missing(session: Session, office: ClaimsOffice, product: str) -> str | None:
    """Why nobody can decide under a product. Its claims have their places all the same: the chain has its terms."""
    try:
        office.shelf.product(session, product)
    except Problem as problem:
        return problem.detail
    return None
