"""Table of people."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class PersonRow(Base):
    """One person of one insurer. E-mail and name are encrypted; the e-mail is found by a keyed hash."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("tenant_id", "email_lookup"),)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    email_lookup: Mapped[bytes] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[int] = mapped_column(BigInteger)
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    recovering_since: Mapped[int | None] = mapped_column(BigInteger)
    factors_taken_at: Mapped[int | None] = mapped_column(BigInteger)
