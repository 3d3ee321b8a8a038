"""Every query about the treasury: sums over its movements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.settlements.models import HeldPayoutRow
from backend.treasury.models import (
    CapitalMoveRow,
    EarnedPremiumRow,
    ExposureChangeRow,
    HeldPaymentRow,
    PremiumRow,
    RequiredRatioRow,
)

FULL_RATIO_BPS = 10_000


@dataclass(frozen=True, slots=True)
class ProductTotals:
    """What one product took and cost, token units."""

    product: str
    premiums: int
    exposure: int
    paid: int
    held: int


@dataclass(frozen=True, slots=True)
class TreasuryTotals:
    """Money of one treasury as its events tell it, token units.

    Attributes:
        capital_in, capital_out: Deposited and withdrawn.
        paid: Reached its payees, held payouts later taken included.
        held: Waits for its payees.
        unearned: Of the premiums, what is not the capital's yet: its risk has not passed.
    """

    treasury: str
    capital_in: int
    capital_out: int
    premiums: int
    unearned: int
    paid: int
    held: int
    exposure: int
    required_ratio_bps: int
    products: tuple[ProductTotals, ...]

    @property
    def assets(self) -> int:
        """What the treasury holds, if nobody gave it tokens without a deposit."""
        return self.capital_in - self.capital_out + self.premiums - self.paid

    @property
    def free_capital(self) -> int:
        """What may leave or back new policies."""
        required = -(-self.exposure * self.required_ratio_bps // FULL_RATIO_BPS)
        return max(0, self.assets - required - self.held - self.unearned)


def totals(session: Session, treasury: str) -> TreasuryTotals:
    """Totals of one treasury."""
    held_in = _sum(session, HeldPayoutRow.amount, HeldPayoutRow.treasury == treasury)
    held_out = _sum(session, HeldPaymentRow.amount, HeldPaymentRow.treasury == treasury)
    products = _by_product(session, treasury)
    premiums = sum(p.premiums for p in products)
    earned = _sum(session, EarnedPremiumRow.earned, EarnedPremiumRow.treasury == treasury)
    capital = {kind: _capital(session, treasury, kind) for kind in ("deposit", "withdrawal")}
    ratio = session.scalar(
        select(RequiredRatioRow.ratio_bps)
        .where(RequiredRatioRow.treasury == treasury)
        .order_by(RequiredRatioRow.block_number.desc(), RequiredRatioRow.log_index.desc())
        .limit(1)
    )
    return TreasuryTotals(
        treasury=treasury, capital_in=capital["deposit"], capital_out=capital["withdrawal"],
        premiums=premiums, unearned=premiums - earned, paid=sum(p.paid for p in products) + held_out,
        held=held_in - held_out, exposure=sum(p.exposure for p in products),
        required_ratio_bps=ratio or FULL_RATIO_BPS, products=products,
    )  # fmt: skip


def _capital(session: Session, treasury: str, kind: str) -> int:
    return _sum(session, CapitalMoveRow.assets, CapitalMoveRow.treasury == treasury, CapitalMoveRow.kind == kind)


def _by_product(session: Session, treasury: str) -> tuple[ProductTotals, ...]:
    change = ExposureChangeRow
    sums = (func.sum(change.locked) - func.sum(change.released), func.sum(change.paid), func.sum(change.held))
    query = select(change.product, *sums).where(change.treasury == treasury).group_by(change.product)
    premiums = dict(
        session.execute(
            select(PremiumRow.product, func.sum(PremiumRow.premium))
            .where(PremiumRow.treasury == treasury)
            .group_by(PremiumRow.product)
        ).all()
    )
    return tuple(
        ProductTotals(product, int(premiums.get(product, 0)), int(exposure), int(paid), int(held))
        for product, exposure, paid, held in sorted(session.execute(query).all(), key=lambda row: str(row[0]))
    )


def _sum(session: Session, column: Any, *where: Any) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(column), 0)).where(*where)) or 0)
