"""Table of custodial keys. The key itself is a sealed record."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base

_ID = UUID(as_uuid=True)


class CustodialKeyRow(Base):
    """A key kept for a person. `exported_at`: when the person last took a copy; from then on two hold it."""

    __tablename__ = "custodial_keys"
    __table_args__ = (
        Index("uq_custodial_keys_person", "tenant_id", "person_id", "kind", unique=True),
        Index("uq_custodial_keys_address", "address", unique=True),
    )
    key_id: Mapped[uuid.UUID] = mapped_column(_ID, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(_ID)
    person_id: Mapped[uuid.UUID] = mapped_column(_ID)
    kind: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(Address)
    record_id: Mapped[uuid.UUID] = mapped_column(_ID)
    made_at: Mapped[int] = mapped_column(BigInteger)
    exports: Mapped[int] = mapped_column(Integer)
    exported_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
