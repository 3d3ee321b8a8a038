"""Tables between database and chain: blocks, raw events, signer sets, and the sender's journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import Sequence

from backend.tables import Address, Base, OnChain

STREAM_SEQUENCE = Sequence("stream_sequence", metadata=Base.metadata)
"""Numbers chain events and rollbacks in the order the indexer wrote them: ids of the event stream."""


class BlockRow(Base):
    """A block the indexer has taken in. Deleting it deletes all that its logs made."""

    __tablename__ = "blocks"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    parent_hash: Mapped[bytes] = mapped_column(LargeBinary)
    timestamp: Mapped[int] = mapped_column(BigInteger)


class ChainEventRow(OnChain, Base):
    """One event as the chain told it, whatever else it made: what the stream shows and audits read."""

    __tablename__ = "chain_events"
    sequence: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('stream_sequence')"), unique=True)
    address: Mapped[str] = mapped_column(Address)
    name: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RollbackRow(Base):
    """A reorganisation: blocks after `ancestor` up to `tip` were undone."""

    __tablename__ = "rollbacks"
    sequence: Mapped[int] = mapped_column(
        BigInteger, server_default=text("nextval('stream_sequence')"), primary_key=True
    )
    ancestor: Mapped[int] = mapped_column(BigInteger)
    tip: Mapped[int] = mapped_column(BigInteger)
    noticed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SignerSetRow(OnChain, Base):
    """A signer set of an oracle quorum."""

    __tablename__ = "signer_sets"
    quorum: Mapped[str] = mapped_column(Address)
    epoch: Mapped[int] = mapped_column(BigInteger)
    signers: Mapped[list[str]] = mapped_column(ARRAY(Address))
    faults: Mapped[int] = mapped_column(SmallInteger)
    threshold: Mapped[int] = mapped_column(SmallInteger)
    previous_retires_at: Mapped[int] = mapped_column(BigInteger)


class SenderIntentRow(Base):
    """The sender's journal, one row an intent: its nonce, and what became of it."""

    __tablename__ = "sender_intents"
    __table_args__ = (
        Index("uq_sender_intents_lane_nonce", "chain_id", "sender", "nonce", unique=True),
        Index("ix_sender_intents_unfinal", "chain_id", "sender", postgresql_where="NOT final"),
    )
    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    sender: Mapped[str] = mapped_column(Address)
    nonce: Mapped[int] = mapped_column(BigInteger)
    final: Mapped[bool] = mapped_column(Boolean, default=False)
    held: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    block_number: Mapped[int | None] = mapped_column(BigInteger)
    block_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    succeeded: Mapped[bool | None] = mapped_column(Boolean)
    gas_used: Mapped[int | None] = mapped_column(BigInteger)
    contract: Mapped[str | None] = mapped_column(Address)


class SenderAttemptRow(Base):
    """Signed bytes of an intent, kept before they are broadcast."""

    __tablename__ = "sender_attempts"
    __table_args__ = (ForeignKeyConstraint(["chain_id", "key"], ["sender_intents.chain_id", "sender_intents.key"]),)
    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    recipient: Mapped[str | None] = mapped_column(Address)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    gas: Mapped[int] = mapped_column(BigInteger)
    max_fee: Mapped[int] = mapped_column(Numeric(39, 0))
    priority_fee: Mapped[int] = mapped_column(Numeric(39, 0))
    created_at: Mapped[float] = mapped_column(Double)


class ChainIdentityRow(Base):
    """Which deployment this database follows. A database of one chain is never used for another."""

    __tablename__ = "chain_identity"
    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    factory: Mapped[str] = mapped_column(Address)
    block_hash: Mapped[str] = mapped_column(String(66))


class ChainAlarmRow(Base):
    """An alarm that stands: something between database and chain that a person has to look at."""

    __tablename__ = "chain_alarms"
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    detail: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
