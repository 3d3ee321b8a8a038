"""Tables of policies and insured events on the chain, and of acceptances on their way to it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
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


class BindIntentRow(Base):
    """A quote its holder accepted. accepted -> sending -> bound | failed; back to `accepted` to try again."""

    __tablename__ = "bind_intents"
    intent_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    quote_id: Mapped[int] = mapped_column(Word, ForeignKey("quotes.quote_id"), unique=True)
    acceptance: Mapped[bytes] = mapped_column(LargeBinary)
    permit: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    submission_key: Mapped[str | None] = mapped_column(ForeignKey("submissions.key"), index=True)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
