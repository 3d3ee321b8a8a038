"""Tables of evidence. Names, types said, hashes and salts are in sealed records; here are ids, sizes and places."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.dialects.postgresql import BIT, UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base, Word

_ID = UUID(as_uuid=True)
_UPLOAD = "evidence_uploads.upload_id"


class EvidenceUploadRow(Base):
    """A file on its way in, and what became of it.

    While it comes, its pieces and its description are sealed under a key of its own (`key_id`, `wrapped_key`). Once it
    is complete it is a stream of the vault (`record_id`) with a record that describes it (`facts_record`).
    `writer`: the request that may write now; a newer one takes its place.
    `name_print`, `exact_print`: keyed hashes of name and bytes, by which the same are found.
    """

    __tablename__ = "evidence_uploads"
    __table_args__ = (
        Index("ix_evidence_uploads_case", "tenant_id", "case_id"),
        Index("uq_evidence_uploads_name_print", "tenant_id", "case_id", "name_print", unique=True),
        Index("ix_evidence_uploads_exact_print", "tenant_id", "exact_print"),
        Index("ix_evidence_uploads_expiring", "expires_at", postgresql_where="state <> 'complete'"),
    )
    upload_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    case_id: Mapped[uuid.UUID] = mapped_column(_ID)
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(_ID)
    state: Mapped[str] = mapped_column(String(16))
    length: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger)
    pieces: Mapped[int] = mapped_column(Integer)
    writer: Mapped[uuid.UUID | None] = mapped_column(_ID)
    key_id: Mapped[str | None] = mapped_column(String(100))
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    described: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_id: Mapped[uuid.UUID | None] = mapped_column(_ID)
    facts_record: Mapped[uuid.UUID | None] = mapped_column(_ID)
    name_print: Mapped[bytes] = mapped_column(LargeBinary)
    exact_print: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    completed_at: Mapped[int | None] = mapped_column(BigInteger)


class EvidencePieceRow(Base):
    """A sealed piece of a file that is not complete."""

    __tablename__ = "evidence_pieces"
    upload_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_UPLOAD, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EvidenceDossierRow(Base):
    """Files of a case under one root. Nodes are given the one that was attached to their claim last.

    `reading_state`: waiting, read, unread (after several tries), for the reader that looks for signs of forgery.
    """

    __tablename__ = "evidence_dossiers"
    __table_args__ = (
        Index("ix_evidence_dossiers_case", "tenant_id", "case_id", "sealed_at"),
        Index("ix_evidence_dossiers_claim", "tenant_id", "claim_id", postgresql_where="claim_id IS NOT NULL"),
        Index("ix_evidence_dossiers_unread", "reading_due_at", postgresql_where="reading_state = 'waiting'"),
    )
    dossier_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    case_id: Mapped[uuid.UUID] = mapped_column(_ID)
    claim_id: Mapped[int | None] = mapped_column(Word)
    evidence_root: Mapped[bytes] = mapped_column(LargeBinary)
    manifest_hash: Mapped[bytes] = mapped_column(LargeBinary)
    manifest_record: Mapped[uuid.UUID] = mapped_column(_ID)
    sealed_at: Mapped[int] = mapped_column(BigInteger)
    attached_at: Mapped[int | None] = mapped_column(BigInteger)
    cover_from: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[int] = mapped_column(BigInteger)
    noticed_at: Mapped[int] = mapped_column(BigInteger)
    reading_state: Mapped[str] = mapped_column(String(16))
    reading_attempts: Mapped[int] = mapped_column(SmallInteger)
    reading_due_at: Mapped[int] = mapped_column(BigInteger)
    clues_record: Mapped[uuid.UUID | None] = mapped_column(_ID)


class EvidenceDossierFileRow(Base):
    """A file's place in a dossier: positions are those of the manifest. `upload_id` is None of `claim.json`."""

    __tablename__ = "evidence_dossier_files"
    dossier_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("evidence_dossiers.dossier_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    upload_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_UPLOAD), index=True)
    record_id: Mapped[uuid.UUID] = mapped_column(_ID)


class EvidencePictureRow(Base):
    """A picture in a file as 256 bits: where it gets lighter from left to right. Found by those who see the like."""

    __tablename__ = "evidence_pictures"
    upload_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_UPLOAD, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID, index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    picture: Mapped[str] = mapped_column(BIT(256))
