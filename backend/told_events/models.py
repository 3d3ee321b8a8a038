"""Table of what which node was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, Word


class ToldEventRow(Base):
    """What one node said when it was told of an event, and when to tell it again. Chain time, unix seconds."""

    __tablename__ = "told_events"
    __table_args__ = (Index("ix_told_events_event", "product", "event_id"),)
    node: Mapped[str] = mapped_column(String(200), primary_key=True)
    product: Mapped[str] = mapped_column(Address, primary_key=True)
    event_id: Mapped[int] = mapped_column(Word, primary_key=True)
    refusal: Mapped[str | None] = mapped_column(String(80))
    tell_again_at: Mapped[int] = mapped_column(BigInteger)
