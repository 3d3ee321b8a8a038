"""Table of acceptances."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, LargeBinary, SmallInteger, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base, Owned, Word


class BindIntentRow(Owned, Base):
    """A quote its holder accepted. accepted -> sending -> bound | failed; back to `accepted` to try again."""

    __tablename__ = "bind_intents"
    intent_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    quote_id: Mapped[int] = mapped_column(Word, ForeignKey("quotes.quote_id"), unique=True)
    acceptance: Mapped[bytes] = mapped_column(LargeBinary)
    permit: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    intent_key: Mapped[str | None] = mapped_column(ForeignKey("intents.key"), index=True)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    carried: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
