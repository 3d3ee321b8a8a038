"""Tables of the audit log. Triggers refuse changes, whoever asks; see migration 0006."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class AuditInboxRow(Base):
    """An entry that is recorded and waits for its place. It leaves only once the log has it."""

    __tablename__ = "audit_inbox"
    arrival: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[uuid.UUID] = mapped_column(
        UUID(as_uuid=True), unique=True, server_default=text("gen_random_uuid()")
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("clock_timestamp()"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditEntryRow(Base):
    """An entry in its place. `leaf` is what is hashed; the other columns repeat parts of it to be searched."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        Index("ix_audit_entries_subject", "tenant_id", "subject", "sequence"),
        Index("ix_audit_entries_principal", "tenant_id", "principal_id", "sequence"),
        Index("ix_audit_entries_request", "tenant_id", "request_id", postgresql_where="request_id IS NOT NULL"),
        Index("ix_audit_entries_opened", "recorded_at", postgresql_where=text("operation = 'vault.open'")),
    )
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    recorded_at: Mapped[int] = mapped_column(BigInteger)
    operation: Mapped[str] = mapped_column(String(128))
    outcome: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(200))
    principal_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    leaf: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(40))


class AuditNodeRow(Base):
    """Hash of a complete subtree; level 0 are the leaves."""

    __tablename__ = "audit_nodes"
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHeadRow(Base):
    """A signed head, as it was given out."""

    __tablename__ = "audit_heads"
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    made_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)
