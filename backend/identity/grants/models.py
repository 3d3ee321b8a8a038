"""Table of grants."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class GrantRow(Base):
    """One role of one person. It counts once approved, until it expires or is revoked. Rows are never deleted."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_person", "tenant_id", "person_id"),)
    grant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id"))
    role: Mapped[str] = mapped_column(String(24))
    source: Mapped[str] = mapped_column(String(8))
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[int] = mapped_column(BigInteger)
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_by: Mapped[uuid.UUID | None]
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
