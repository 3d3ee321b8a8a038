"""Tables of underwriting. What people said and wrote is sealed; here stand states, times, figures and who did what."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, Word

AWAITING, OFFERED, ACCEPTED, BOUND, EXPIRED = "committee", "offered", "accepted", "bound", "expired"
"""A quote waits for the committee's signatures, can be accepted, is on its way, is a policy, or has run out."""


class Personal:
    """A row about one person, of one tenant."""

    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, sort_order=90)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid, sort_order=91)


class OfficeRow(Base):
    """How one insurer's underwriting office works."""

    __tablename__ = "underwriting_offices"
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    calendar: Mapped[str] = mapped_column(String(32))
    machine_accepts: Mapped[bool] = mapped_column(Boolean)
    sample_bps: Mapped[int] = mapped_column(Integer)
    quote_valid_seconds: Mapped[int] = mapped_column(Integer)
    how_to_object: Mapped[dict[str, str]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer, default=1)


class LicenceRow(Base):
    """By what right a member of staff underwrites (manual R16)."""

    __tablename__ = "underwriting_licences"
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    licensed_on: Mapped[Any | None] = mapped_column(Date)
    intermediate_exam_on: Mapped[Any | None] = mapped_column(Date)
    offices: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    set_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    set_at: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer, default=1)


class CaseRow(Personal, Base):
    """Where a case stands, as its events add up to it. Times are unix seconds of the wall clock."""

    __tablename__ = "underwriting_cases"
    __table_args__ = (
        Index("ix_underwriting_cases_queue", "tenant_id", "waits_for", "due_at", "case_id"),
        Index("ix_underwriting_cases_person", "tenant_id", "person_id", "case_id"),
        Index("ix_underwriting_cases_closed", "tenant_id", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    )
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(Word, unique=True)
    product: Mapped[str] = mapped_column(Address)
    line: Mapped[str] = mapped_column(String(16))
    party: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str | None] = mapped_column(String(8))
    committee: Mapped[bool] = mapped_column(Boolean)
    waits_for: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    sampled: Mapped[bool] = mapped_column(Boolean)
    superseded_by: Mapped[int | None] = mapped_column(BigInteger)
    calendar: Mapped[str] = mapped_column(String(80))
    stuck: Mapped[str | None] = mapped_column(String(80))
    notice_version: Mapped[str | None] = mapped_column(String(16))
    notice_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class CaseEventRow(Personal, Base):
    """One step of a case: who took it and when in the open, what it was as a sealed record. Never changed."""

    __tablename__ = "underwriting_events"
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor: Mapped[str] = mapped_column(String(100))
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)


class AuthorisationRow(Personal, Base):
    """The customer's written authorisation to ask one source for one purpose (R3, R11)."""

    __tablename__ = "underwriting_authorisations"
    authorisation_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), index=True)
    source: Mapped[str] = mapped_column(String(24))
    purpose: Mapped[str] = mapped_column(String(40))
    signed_at: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[int] = mapped_column(BigInteger)
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
    evidence_record: Mapped[uuid.UUID] = mapped_column(Uuid)
    evidence_hash: Mapped[bytes] = mapped_column(LargeBinary)


class SourceReportRow(Personal, Base):
    """What a source was asked and what became of it; its values are a sealed record of their own, purged apart."""

    __tablename__ = "underwriting_source_reports"
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(24), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    asked_at: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(40))
    obtained_at: Mapped[int | None] = mapped_column(BigInteger)
    record_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)


class CheckRow(Personal, Base):
    """Something a person has to check: a sampled application's authenticity, or a mismatch with a source (R17)."""

    __tablename__ = "underwriting_checks"
    __table_args__ = (Index("ix_underwriting_checks_open", "tenant_id", "due_at", postgresql_where=text("at IS NULL")),)
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(String(24), primary_key=True)
    opened_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(16))
    by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    at: Mapped[int | None] = mapped_column(BigInteger)
    note_record: Mapped[uuid.UUID | None] = mapped_column(Uuid)


class RiskReportRow(Personal, Base):
    """A report the quorum signed of a case's application; the same assessment may be signed again for the sale."""

    __tablename__ = "underwriting_reports"
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    signer_epoch: Mapped[int] = mapped_column(BigInteger)
    observed_at: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    model_hash: Mapped[bytes] = mapped_column(LargeBinary)
    risk: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    signatures: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    explanation_record: Mapped[uuid.UUID] = mapped_column(Uuid)


class CaseQuoteRow(Personal, Base):
    """What the insurer offers on an accepted case; every quote of a case but the last has run out."""

    __tablename__ = "underwriting_quotes"
    __table_args__ = (Index("ix_underwriting_quotes_application", "application_id"),)
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    report_number: Mapped[int] = mapped_column(SmallInteger)
    application_id: Mapped[int] = mapped_column(Word)
    quote: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    underwriter_signature: Mapped[bytes] = mapped_column(LargeBinary)
    committee: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    acceptance: Mapped[bytes | None] = mapped_column(LargeBinary)
    accepted_at: Mapped[int | None] = mapped_column(BigInteger)
    intent: Mapped[str | None] = mapped_column(String(160))
    state: Mapped[str] = mapped_column(String(16))
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)


class ObjectionRow(Personal, Base):
    """Where an objection stands (manual R18)."""

    __tablename__ = "underwriting_objections"
    __table_args__ = (Index("ix_underwriting_objections_queue", "tenant_id", "state", "due_at"),)
    objection_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("underwriting_cases.case_id"), index=True)
    case_events: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    successor: Mapped[int | None] = mapped_column(BigInteger)
    waits_for: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(Integer)
    raised_at: Mapped[int] = mapped_column(BigInteger)


class ObjectionEventRow(Personal, Base):
    """One step of an objection, as of a case. Never changed."""

    __tablename__ = "underwriting_objection_events"
    objection_id: Mapped[int] = mapped_column(ForeignKey("underwriting_objections.objection_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor: Mapped[str] = mapped_column(String(100))
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)


class AlarmRow(Base):
    """A deadline that comes close or has passed, and whom it was told to. Cleared when the state is left."""

    __tablename__ = "deadline_alarms"
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(24), primary_key=True)
    due_at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    role: Mapped[str] = mapped_column(String(32))
    raised_at: Mapped[int] = mapped_column(BigInteger)
    told: Mapped[int] = mapped_column(Integer)
    cleared_at: Mapped[int | None] = mapped_column(BigInteger)
