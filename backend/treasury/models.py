"""Tables of the treasury's movements. Totals are sums over them, so that a rollback cannot leave one wrong."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain, Units


class PremiumRow(OnChain, Base):
    """Premiums received for one sale; each holder's own stands with the policy."""

    __tablename__ = "premiums"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    premium: Mapped[int] = mapped_column(Units)


class EarnedPremiumRow(OnChain, Base):
    """Premium whose risk has passed: it became the capital's."""

    __tablename__ = "earned_premiums"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    earned: Mapped[int] = mapped_column(Units)


class ExposureChangeRow(OnChain, Base):
    """Exposure locked at bind, or released by settlement with what that paid and held."""

    __tablename__ = "exposure_changes"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    locked: Mapped[int] = mapped_column(Units)
    released: Mapped[int] = mapped_column(Units)
    paid: Mapped[int] = mapped_column(Units)
    held: Mapped[int] = mapped_column(Units)


class CapitalMoveRow(OnChain, Base):
    """Capital came (`deposit`) or left (`withdrawal`)."""

    __tablename__ = "capital_moves"
    treasury: Mapped[str] = mapped_column(Address)
    kind: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(Address)
    assets: Mapped[int] = mapped_column(Units)
    shares: Mapped[int] = mapped_column(Units)


class HeldPaymentRow(OnChain, Base):
    """Held money left: to the payee, or where the payee asked."""

    __tablename__ = "held_payments"
    treasury: Mapped[str] = mapped_column(Address)
    payee: Mapped[str] = mapped_column(Address)
    recipient: Mapped[str] = mapped_column(Address)
    amount: Mapped[int] = mapped_column(Units)


class RequiredRatioRow(OnChain, Base):
    """What share of the exposure capital must cover; the last one holds, 10,000 before the first."""

    __tablename__ = "required_ratios"
    treasury: Mapped[str] = mapped_column(Address)
    ratio_bps: Mapped[int] = mapped_column(Integer)
