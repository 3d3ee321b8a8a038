"""Tables of reports, closed events and payments. Each row is one log of the chain."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain, Units, Word


class ReportRow(OnChain, Base):
    """A quorum's report, `risk` or `event`, and who signed it: addresses recovered from the signatures."""

    __tablename__ = "reports"
    product: Mapped[str] = mapped_column(Address)
    kind: Mapped[str] = mapped_column(String(8))
    digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    signer_epoch: Mapped[int] = mapped_column(BigInteger)
    observed_at: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    origin_hash: Mapped[bytes] = mapped_column(LargeBinary)
    subjects: Mapped[int] = mapped_column(Integer)
    signers: Mapped[list[str]] = mapped_column(ARRAY(Address))


class EventClosureRow(OnChain, Base):
    """How an event ended. Final."""

    __tablename__ = "event_closures"
    __table_args__ = (UniqueConstraint("product", "event_id"),)
    product: Mapped[str] = mapped_column(Address)
    event_id: Mapped[int] = mapped_column(Word)
    outcome: Mapped[int] = mapped_column(SmallInteger)
    value: Mapped[int] = mapped_column(Integer)
    share_bps: Mapped[int] = mapped_column(Integer)
    closed_at: Mapped[int] = mapped_column(BigInteger)


class PaymentRow(OnChain, Base):
    """An amount owed to a policy's holder and paid, or held where the transfer was refused."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("product", "policy_id"),)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(Word)
    payee: Mapped[str] = mapped_column(Address, index=True)
    amount: Mapped[int] = mapped_column(Units)
    paid_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SettlementStepRow(OnChain, Base):
    """Policies number `first` to `end` - 1 of an event were settled."""

    __tablename__ = "settlement_steps"
    __table_args__ = (Index("ix_settlement_steps_event", "product", "event_id", "end_ordinal"),)
    product: Mapped[str] = mapped_column(Address)
    event_id: Mapped[int] = mapped_column(Word)
    first_ordinal: Mapped[int] = mapped_column(BigInteger)
    end_ordinal: Mapped[int] = mapped_column(BigInteger)
    exposure: Mapped[int] = mapped_column(Units)
    paid: Mapped[int] = mapped_column(Units)


class HeldPayoutRow(OnChain, Base):
    """A transfer that was refused: the money waits for its payee."""

    __tablename__ = "held_payouts"
    __table_args__ = (Index("ix_held_payouts_policy", "product", "policy_id"),)
    treasury: Mapped[str] = mapped_column(Address)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(Word)
    payee: Mapped[str] = mapped_column(Address)
    amount: Mapped[int] = mapped_column(Units)
