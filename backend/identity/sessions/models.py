"""Table of sessions."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base


class SessionRow(Base):
    """One session. The token itself is not here, only its hash; rotation replaces the hash."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_person", "tenant_id", "person_id"),)
    session_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    method: Mapped[str] = mapped_column(String(12))
    pending: Mapped[bool] = mapped_column(Boolean)
    address: Mapped[str | None] = mapped_column(Address)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_seen_at: Mapped[int] = mapped_column(BigInteger)
    idle_seconds: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    strong_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_why: Mapped[str | None] = mapped_column(String(24))
