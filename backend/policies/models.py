"""Tables of policies and insured events, as the chain has them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain, Units, Word


class PolicyRow(OnChain, Base):
    """A policy in force or settled. Two products may insure one event, so an id is unique within its product."""

    __tablename__ = "policies"
    __table_args__ = (
        UniqueConstraint("product", "policy_id"),
        Index("ix_policies_event", "product", "event_id", "ordinal"),
    )
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(Word, index=True)
    event_id: Mapped[int] = mapped_column(Word)
    ordinal: Mapped[int] = mapped_column(BigInteger)
    application_id: Mapped[int] = mapped_column(Word, index=True)
    holder: Mapped[str] = mapped_column(Address, index=True)
    underwriter: Mapped[str] = mapped_column(Address)
    sum_insured: Mapped[int] = mapped_column(Units)
    premium: Mapped[int] = mapped_column(Units)
    bound_at: Mapped[int] = mapped_column(BigInteger)


class InsuredEventRow(OnChain, Base):
    """An event, as its first policy named it."""

    __tablename__ = "insured_events"
    __table_args__ = (UniqueConstraint("product", "event_id"),)
    product: Mapped[str] = mapped_column(Address)
    event_id: Mapped[int] = mapped_column(Word)
    insured_event: Mapped[str] = mapped_column(String(128))
    occurs_at: Mapped[int] = mapped_column(BigInteger, index=True)
