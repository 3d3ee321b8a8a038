"""Use cases of the treasury."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.treasury import repository
from backend.treasury.repository import TreasuryTotals


def get_totals(session: Session, treasury: str) -> TreasuryTotals:
    """Totals of the insurer's treasury, as far as its events are indexed."""
    return repository.totals(session, treasury)
