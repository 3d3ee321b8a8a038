"""Tables of failed attempts and of alarms."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class AttemptRow(Base):
    """Failures of one address, account or both; `bucket` is a keyed hash, so that it names nobody."""

    __tablename__ = "sign_in_attempts"
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    bucket: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[int] = mapped_column(BigInteger)
    succeeded_at: Mapped[int | None] = mapped_column(BigInteger)


class AlertRow(Base):
    """Something people should look at: guessing, a cloned passkey, a recovery code used."""

    __tablename__ = "security_alerts"
    __table_args__ = (Index("ix_security_alerts_time", "tenant_id", "raised_at"),)
    alert_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    person_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(String(40))
    raised_at: Mapped[int] = mapped_column(BigInteger)
