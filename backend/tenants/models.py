"""Table of insurers."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base


class TenantRow(Base):
    """One insurer. Name, slug and address are public: its contracts say the same."""

    __tablename__ = "tenants"
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    insurer_address: Mapped[str | None] = mapped_column(Address)
    created_at: Mapped[int] = mapped_column(BigInteger)
