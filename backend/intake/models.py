"""Tables of intake. Who somebody is and what they need is in the vault; rows say that they came, and what followed."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class IntakeRow(Base):
    """Somebody who came with a need. `person_id` is an account, or made for somebody who has none."""

    __tablename__ = "intakes"
    __table_args__ = (Index("ix_intakes_person", "tenant_id", "person_id"),)
    intake_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    notice_version: Mapped[str] = mapped_column(String(16))
    taken_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    opened_at: Mapped[int] = mapped_column(BigInteger)


class IntakeApplicationRow(Base):
    """An application that came of an intake: `underwriting-cases/7`, or `quotes/0x…`."""

    __tablename__ = "intake_applications"
    intake_id: Mapped[int] = mapped_column(ForeignKey("intakes.intake_id"), primary_key=True)
    application: Mapped[str] = mapped_column(String(100), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    applied_at: Mapped[int] = mapped_column(BigInteger)
