"""Table of requests for a link to set a password anew."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Index, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class PasswordResetRow(Base):
    """Somebody asked, by an e-mail's keyed hash: kept alike whether anybody has that address."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("ix_password_resets_asked_at", "asked_at"),)
    reset_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    email_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[int] = mapped_column(BigInteger)
