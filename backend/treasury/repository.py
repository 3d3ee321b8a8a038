"""Every query about the treasury: sums over its movements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.chain.projections.models import (
    ClaimPaymentRow,
    IndemnityProductRow,
    PremiumReturnRow,
    ReserveChangeRow,
    SurplusRow,
)
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
        reserves: Set aside for notified claims.
        surplus: Tokens that became capital without a deposit.
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
    reserves: int = 0
    surplus: int = 0

    @property
    def assets(self) -> int:
        """What the treasury's books say it holds: tokens sent without being asked count once they are absorbed."""
        return self.capital_in - self.capital_out + self.premiums - self.paid + self.surplus

    @property
    def free_capital(self) -> int:
        """What may leave or back new policies."""
        required = -(-self.exposure * self.required_ratio_bps // FULL_RATIO_BPS)
        return max(0, self.assets - required - self.reserves - self.held - self.unearned)


def totals(session: Session, treasury: str) -> TreasuryTotals:
    """Totals of one treasury."""
    held_in = _sum(session, HeldPayoutRow.amount, HeldPayoutRow.treasury == treasury)
    held_out = _sum(session, HeldPaymentRow.amount, HeldPaymentRow.treasury == treasury)
    products = _by_product(session, treasury)
    premiums = sum(p.premiums for p in products)
    earned = _sum(session, EarnedPremiumRow.earned, EarnedPremiumRow.treasury == treasury)
    returned = _sum(session, PremiumReturnRow.amount, PremiumReturnRow.treasury == treasury)
    surplus = _sum(session, SurplusRow.amount, SurplusRow.treasury == treasury)
    reserves = _reserves(session, treasury)
    capital = {kind: _capital(session, treasury, kind) for kind in ("deposit", "withdrawal")}
    ratio = session.scalar(
        select(RequiredRatioRow.ratio_bps)
        .where(RequiredRatioRow.treasury == treasury)
        .order_by(RequiredRatioRow.block_number.desc(), RequiredRatioRow.log_index.desc())
        .limit(1)
    )
    return TreasuryTotals(
        treasury=treasury, capital_in=capital["deposit"], capital_out=capital["withdrawal"],
        premiums=premiums, unearned=premiums - earned - returned, paid=sum(p.paid for p in products) + held_out,
        held=held_in - held_out, exposure=sum(p.exposure for p in products),
        required_ratio_bps=FULL_RATIO_BPS if ratio is None else ratio, products=products, reserves=reserves,
        surplus=surplus,
    )  # fmt: skip


def _capital(session: Session, treasury: str, kind: str) -> int:
    return _sum(session, CapitalMoveRow.assets, CapitalMoveRow.treasury == treasury, CapitalMoveRow.kind == kind)


def _by_product(session: Session, treasury: str) -> tuple[ProductTotals, ...]:
    change, reserve, paid = ExposureChangeRow, ReserveChangeRow, ClaimPaymentRow
    premiums = _each(session, PremiumRow, treasury, PremiumRow.premium)
    locked = _each(session, change, treasury, change.locked - change.released)
    # A claim's reserve is taken from its product's exposure; a payment takes what exceeds the reserve from it, too.
    reserved = _each(session, reserve, treasury, reserve.reserve_after - reserve.reserve_before)
    amount = paid.indemnity + paid.interest
    given_back = _each(session, paid, treasury, paid.reserve_before - paid.reserve_after - amount)
    settled = _each(session, change, treasury, change.paid)
    held_settled = _each(session, change, treasury, change.held)
    claims = _each(session, paid, treasury, amount)
    returned = _each(session, PremiumReturnRow, treasury, PremiumReturnRow.amount)
    held_straight = _held_straight(session, treasury)
    products = sorted({*premiums, *locked, *reserved, *claims, *returned})
    return tuple(
        ProductTotals(
            product, premiums[product], locked[product] - reserved[product] + given_back[product],
            settled[product] + claims[product] + returned[product] - held_straight[product],
            held_settled[product] + held_straight[product],
        )
        for product in products
    )  # fmt: skip


def _reserves(session: Session, treasury: str) -> int:
    reserve, paid = ReserveChangeRow, ClaimPaymentRow
    changed = _sum(session, reserve.reserve_after - reserve.reserve_before, reserve.treasury == treasury)
    return changed - _sum(session, paid.reserve_before - paid.reserve_after, paid.treasury == treasury)


def _held_straight(session: Session, treasury: str) -> Counter[str]:
    """What indemnity products paid and the treasury holds: it did not leave."""
    query = (
        select(HeldPayoutRow.product, func.sum(HeldPayoutRow.amount))
        .join(IndemnityProductRow, IndemnityProductRow.address == HeldPayoutRow.product)
        .where(HeldPayoutRow.treasury == treasury)
        .group_by(HeldPayoutRow.product)
    )
    return Counter({product: int(total) for product, total in session.execute(query)})


def _each(session: Session, row: Any, treasury: str, value: Any) -> Counter[str]:
    """A sum for each product."""
    query = select(row.product, func.sum(value)).where(row.treasury == treasury).group_by(row.product)
    return Counter({product: int(total) for product, total in session.execute(query)})


def _sum(session: Session, column: Any, *where: Any) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(column), 0)).where(*where)) or 0)
