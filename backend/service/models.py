"""Tables of service. What people wrote is in the vault; rows say that, when, and what came of it."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, SmallInteger, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class MatterRow(Base):
    """An enquiry or a complaint. `about` names a policy, claim or case by its id."""

    __tablename__ = "service_matters"
    __table_args__ = (
        Index("ix_service_matters_queue", "tenant_id", "kind", "state", "due_at"),
        Index("ix_service_matters_person", "tenant_id", "person_id"),
        Index("ix_service_matters_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    matter_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(2))
    about: Mapped[str | None] = mapped_column(String(100))
    against: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    opened_at: Mapped[int] = mapped_column(BigInteger)
    acknowledged_at: Mapped[int | None] = mapped_column(BigInteger)
    answered_at: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    extended: Mapped[bool] = mapped_column(Boolean)
    escalated: Mapped[bool] = mapped_column(Boolean)
    late: Mapped[bool] = mapped_column(Boolean)
    steps: Mapped[int] = mapped_column(Integer)


class MatterStepRow(Base):
    """A step of a matter: who, when, and the record with what was written."""

    __tablename__ = "service_steps"
    matter_id: Mapped[int] = mapped_column(ForeignKey("service_matters.matter_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    at: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(String(16))
    by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    record_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)


class SurveyRow(Base):
    """One question about satisfaction after a matter is closed or a claim decided, and at most one answer."""

    __tablename__ = "surveys"
    __table_args__ = (
        Index("uq_surveys_subject", "tenant_id", "subject", unique=True),
        Index("ix_surveys_person", "tenant_id", "person_id"),
    )
    survey_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    subject: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    closes_at: Mapped[int] = mapped_column(BigInteger)
    answered_at: Mapped[int | None] = mapped_column(BigInteger)
    score: Mapped[int | None] = mapped_column(SmallInteger)
    record_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
