"""Table of answers kept under idempotency keys."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import DateTime, Index, LargeBinary, String, func
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class IdempotentAnswerRow(Base):
    """An answer, written in the transaction of the effect it tells of.

    `lookup` is a hash of tenant, principal, operation and key: the key itself is not kept, and without it the answer
    does not open. A visitor's rows carry the nil UUID twice.
    """

    __tablename__ = "idempotent_answers"
    __table_args__ = (
        Index("ix_idempotent_answers_created_at", "created_at"),
        Index("ix_idempotent_answers_principal", "tenant_id", "principal_id"),
    )
    lookup: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    principal_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    operation: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
