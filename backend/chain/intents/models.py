"""Tables of intents."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, Word


class IntentStatus(StrEnum):
    """Where an intent stands.

    prepared -> ready (simulated) -> submitted (signed and broadcast) -> mined -> final. `failed`: the contract refuses
    it, or it cannot be sent. `superseded`: its effect is on the chain by another transaction, or nobody wants it any
    more. A reorganisation makes `reopened` of all that rested on blocks which are gone.
    """

    PREPARED = "prepared"
    READY = "ready"
    SUBMITTED = "submitted"
    MINED = "mined"
    FINAL = "final"
    REOPENED = "reopened"
    FAILED = "failed"
    SUPERSEDED = "superseded"


WAITING = (IntentStatus.PREPARED, IntentStatus.READY, IntentStatus.SUBMITTED, IntentStatus.REOPENED)
"""Still expected to be mined."""
ON_CHAIN = (IntentStatus.MINED, IntentStatus.FINAL)
"""In a block."""
OPEN = (*WAITING, IntentStatus.MINED)
"""Not at its end."""


class IntentRow(Base):
    """A transaction we mean to send, its call data fixed before anything is signed.

    `tenant_id` is null where the house acts for all, `person_id` where no policyholder asked. `sender_key` is what
    the sender knows it by: another one for each of `tries`. `carried` says which request and trace it comes from.
    """

    __tablename__ = "intents"
    __table_args__ = (
        Index(
            "ix_intents_unassigned", "created_at",
            postgresql_where=text("convoy IS NULL AND status IN ('prepared','ready','submitted','mined','reopened')"),
        ),
    )  # fmt: skip
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True), server_default=text("quittance_owner()"))
    kind: Mapped[str] = mapped_column(String(40))
    contract: Mapped[str] = mapped_column(Address)
    calldata: Mapped[bytes] = mapped_column(LargeBinary)
    calldata_hash: Mapped[bytes] = mapped_column(LargeBinary)
    gas: Mapped[int | None] = mapped_column(BigInteger)
    simulated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    asked_by: Mapped[str | None] = mapped_column(String(120))
    after_key: Mapped[str | None] = mapped_column(ForeignKey("intents.key"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    convoy: Mapped[str | None] = mapped_column(String(80), index=True)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    sender_key: Mapped[str] = mapped_column(String(120), unique=True)
    transaction_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    block_number: Mapped[int | None] = mapped_column(BigInteger, index=True)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    carried: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class IntentEventRow(Base):
    """An insured event that an intent reports or settles. While `active`, no other intent may take it up."""

    __tablename__ = "intent_events"
    __table_args__ = (Index("uq_intent_events_active", "product", "event_id", unique=True, postgresql_where="active"),)
    intent_key: Mapped[str] = mapped_column(ForeignKey("intents.key", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(Word, primary_key=True)
    product: Mapped[str] = mapped_column(Address)
    active: Mapped[bool] = mapped_column(Boolean)
