"""Tables of notices. What a notice says, and where it went, is sealed; here stand its way, its hash and its proof."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class NoticeRow(Base):
    """One notice by one channel. Times are unix seconds of the wall clock."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("uq_notices_cause", "tenant_id", "cause", unique=True),
        Index("ix_notices_due", "due_at", postgresql_where=text("state = 'queued'")),
        Index("ix_notices_subject", "tenant_id", "subject"),
        Index("ix_notices_person", "tenant_id", "person_id", "created_at"),
    )
    notice_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    cause: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[int | None] = mapped_column(BigInteger)
    delivered_at: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_at: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    confirmation: Mapped[str | None] = mapped_column(String(16))
    confirmation_record: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    failure_code: Mapped[str | None] = mapped_column(String(40))
    carrier_reference: Mapped[str | None] = mapped_column(String(200))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    token_expires_at: Mapped[int | None] = mapped_column(BigInteger)
    follows: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("notices.notice_id"))


class NoticeAttemptRow(Base):
    """One attempt to send a notice, and what the carrier said."""

    __tablename__ = "notice_attempts"
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("notices.notice_id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    at: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(40))


class PhoneRow(Base):
    """A person's telephone number, encrypted under identity's key."""

    __tablename__ = "notice_phones"
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"), primary_key=True)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
