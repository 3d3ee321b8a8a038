"""Table of secrets for one use."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class TicketRow(Base):
    """One secret, as its hash. Redeeming it sets `used_at`, once."""

    __tablename__ = "identity_tickets"
    __table_args__ = (Index("ix_identity_tickets_expiry", "tenant_id", "expires_at"),)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    person_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str] = mapped_column(String(24))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[int | None] = mapped_column(BigInteger)
