"""Table of wallets."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base


class WalletRow(Base):
    """An address a person has proved to hold. One address belongs to one person of an insurer."""

    __tablename__ = "wallets"
    __table_args__ = (Index("ix_wallets_person", "tenant_id", "person_id"),)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    address: Mapped[str] = mapped_column(Address, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"))
    linked_at: Mapped[int] = mapped_column(BigInteger)
