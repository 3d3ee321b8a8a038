"""Table of password hashes."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class PasswordRow(Base):
    """One person's password, hashed. Who signs in by passkey, wallet or OIDC only has none."""

    __tablename__ = "passwords"
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"))
    hashed: Mapped[str] = mapped_column(String(160))
    changed_at: Mapped[int] = mapped_column(BigInteger)
