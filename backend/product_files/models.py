"""Table of product files."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class ProductFileRow(Base):
    """A product file as it was handed in. It never changes: a correction is another file, and both are kept.

    `terms_hash` is known once its product was asked for, `intent_key` names the transaction that makes it.
    """

    __tablename__ = "product_files"
    __table_args__ = (
        UniqueConstraint("tenant_id", "content_hash", name="uq_product_files_content"),
        Index("ix_product_files_version", "tenant_id", "product_id", "version"),
        Index("ix_product_files_listed", "tenant_id", "uploaded_at", "file_id"),
    )
    file_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=text("quittance_tenant()"))
    product_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    title_en: Mapped[str] = mapped_column(Text)
    title_zh: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    document_hash: Mapped[bytes] = mapped_column(LargeBinary)
    clause_root: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    uploaded_at: Mapped[int] = mapped_column(BigInteger)
    terms_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    intent_key: Mapped[str | None] = mapped_column(String(120))
    deployed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    deployed_at: Mapped[int | None] = mapped_column(BigInteger)
