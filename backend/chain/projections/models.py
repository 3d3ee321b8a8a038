"""Tables of insurers, products, indemnity policies and the treasury's further movements. Each row is one log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain, Units, Word


class InsurerRow(OnChain, Base):
    """An insurer registered."""

    __tablename__ = "insurers"
    insurer_id: Mapped[int] = mapped_column(Word, unique=True)
    manager: Mapped[str] = mapped_column(Address)
    administrator: Mapped[str] = mapped_column(Address)
    founder: Mapped[str] = mapped_column(Address)
    name: Mapped[str] = mapped_column(String(256))


class InsurerTreasuryRow(OnChain, Base):
    """A treasury of an insurer, and the token it holds."""

    __tablename__ = "insurer_treasuries"
    insurer_id: Mapped[int] = mapped_column(Word, index=True)
    treasury: Mapped[str] = mapped_column(Address, unique=True)
    asset: Mapped[str] = mapped_column(Address)


class IndemnityProductRow(OnChain, Base):
    """An indemnity product and its terms."""

    __tablename__ = "indemnity_products"
    address: Mapped[str] = mapped_column(Address, unique=True)
    treasury: Mapped[str] = mapped_column(Address)
    terms_hash: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)


class IndemnityPolicyRow(OnChain, Base):
    """A policy as it was bound. What changed since stands in `indemnity_changes`."""

    __tablename__ = "indemnity_policies"
    __table_args__ = (UniqueConstraint("product", "policy_id"),)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    application_id: Mapped[int] = mapped_column(Word, index=True)
    holder: Mapped[str] = mapped_column(Address, index=True)
    beneficiary: Mapped[str] = mapped_column(Address)
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int] = mapped_column(BigInteger)
    sum_insured: Mapped[int] = mapped_column(Units)
    premium: Mapped[int] = mapped_column(Units)
    exclusions: Mapped[int] = mapped_column(BigInteger)
    tier: Mapped[int] = mapped_column(SmallInteger)
    is_renewal: Mapped[bool] = mapped_column(Boolean)
    bound_at: Mapped[int] = mapped_column(BigInteger)


class IndemnityChangeRow(OnChain, Base):
    """A policy `endorsed`, `cancelled` or `closed`; what the change says is not null."""

    __tablename__ = "indemnity_changes"
    __table_args__ = (Index("ix_indemnity_changes_policy", "product", "policy_id"),)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    sum_insured: Mapped[int | None] = mapped_column(Units)
    premium: Mapped[int | None] = mapped_column(Units)
    exclusions: Mapped[int | None] = mapped_column(BigInteger)
    beneficiary: Mapped[str | None] = mapped_column(Address)
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
    premium_returned: Mapped[int | None] = mapped_column(Units)
    changed_at: Mapped[int] = mapped_column(BigInteger)


class PolicyUnearnedRow(OnChain, Base):
    """What of a policy's premium is left unearned, as of its last earning."""

    __tablename__ = "policy_unearned"
    __table_args__ = (Index("ix_policy_unearned_policy", "product", "policy_id"),)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    unearned: Mapped[int] = mapped_column(Units)


class PremiumReturnRow(OnChain, Base):
    """Premium that went back to a policyholder, or is held for one."""

    __tablename__ = "premium_returns"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(Word)
    payee: Mapped[str] = mapped_column(Address)
    amount: Mapped[int] = mapped_column(Units)


class ReserveChangeRow(OnChain, Base):
    """A claim's reserve taken from exposure, or given back."""

    __tablename__ = "reserve_changes"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    reserve_before: Mapped[int] = mapped_column(Units)
    reserve_after: Mapped[int] = mapped_column(Units)


class ClaimPaymentRow(OnChain, Base):
    """A claim paid out of its reserve and exposure, straight, to an institution's account, or held."""

    __tablename__ = "claim_payments"
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    payee: Mapped[str] = mapped_column(Address, index=True)
    indemnity: Mapped[int] = mapped_column(Units)
    interest: Mapped[int] = mapped_column(Units)
    reserve_before: Mapped[int] = mapped_column(Units)
    reserve_after: Mapped[int] = mapped_column(Units)
    paid_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SurplusRow(OnChain, Base):
    """Tokens sent to a treasury without being asked, which became capital."""

    __tablename__ = "surpluses"
    treasury: Mapped[str] = mapped_column(Address)
    amount: Mapped[int] = mapped_column(Units)


class TreasuryPauseRow(OnChain, Base):
    """Until when a treasury binds and pays nothing, unix seconds; an end before its time is a row of its own."""

    __tablename__ = "treasury_pauses"
    treasury: Mapped[str] = mapped_column(Address)
    until: Mapped[int] = mapped_column(BigInteger)
