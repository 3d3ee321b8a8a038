"""Tables of the vault: sealed records and streams, consents, approvals, restrictions, erasures."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base

_ID = UUID(as_uuid=True)


class VaultRecordRow(Base):
    """Something sealed. Without its wrapped key nobody reads it; an erased row keeps its place and its commitment.

    `scheme` 2 is `envelopes`; 1 is the first version's, read until the next rotation seals it anew.
    """

    __tablename__ = "vault_records"
    __table_args__ = (
        Index("ix_vault_records_person", "tenant_id", "person_id"),
        Index("ix_vault_records_key_id", "key_id", postgresql_where="wrapped_key IS NOT NULL"),
        Index("ix_vault_records_subject", "subject"),
    )
    record_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    category: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(40))
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    scheme: Mapped[int] = mapped_column(SmallInteger)
    key_id: Mapped[str] = mapped_column(String(100))
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    chunk_count: Mapped[int | None] = mapped_column(Integer)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_at: Mapped[int] = mapped_column(BigInteger)
    contract_ends_at: Mapped[int | None] = mapped_column(BigInteger)
    long_term: Mapped[bool] = mapped_column(Boolean)
    destroyed_at: Mapped[int | None] = mapped_column(BigInteger)


class VaultChunkRow(Base):
    """One sealed chunk of a stream."""

    __tablename__ = "vault_chunks"
    record_id: Mapped[uuid.UUID] = mapped_column(
        _ID, ForeignKey("vault_records.record_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class ConsentRow(Base):
    """A person's consent to one category for one purpose, the hash of what proves it, and the notice it rests on."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_person", "tenant_id", "person_id"),)
    consent_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    category: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(40))
    evidence_hash: Mapped[bytes] = mapped_column(LargeBinary)
    given_at: Mapped[int] = mapped_column(BigInteger)
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
    notice_version: Mapped[str | None] = mapped_column(String(16))
    notice_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class FileApprovalRow(Base):
    """Leave to open one person's file: asked for by whoever would open it, given or refused by somebody else."""

    __tablename__ = "file_approvals"
    __table_args__ = (Index("ix_file_approvals_person", "tenant_id", "person_id"),)
    approval_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    opener_id: Mapped[uuid.UUID] = mapped_column(_ID)
    purpose: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    approved_by: Mapped[uuid.UUID | None] = mapped_column(_ID)
    approved_at: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    refused_by: Mapped[uuid.UUID | None] = mapped_column(_ID)
    refused_at: Mapped[int | None] = mapped_column(BigInteger)


class RestrictionRow(Base):
    """Processing of a person's data is restricted: it is kept, and opened for legal claims only."""

    __tablename__ = "vault_restrictions"
    __table_args__ = (Index("ix_vault_restrictions_person", "tenant_id", "person_id"),)
    restriction_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    reason: Mapped[str] = mapped_column(String(40))
    restricted_at: Mapped[int] = mapped_column(BigInteger)
    lifted_at: Mapped[int | None] = mapped_column(BigInteger)


class ErasureRow(Base):
    """A certificate: what was destroyed, when and by whom, and which keys back-ups could still be opened with."""

    __tablename__ = "erasures"
    certificate_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    record_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(_ID))
    commitments: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    reason: Mapped[str] = mapped_column(String(40))
    destroyed_at: Mapped[int] = mapped_column(BigInteger)
    destroyed_by: Mapped[uuid.UUID | None] = mapped_column(_ID)
    key_ids: Mapped[list[str]] = mapped_column(ARRAY(String(100)))
    keys_destroyed_at: Mapped[int | None] = mapped_column(BigInteger)
