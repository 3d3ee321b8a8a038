"""Tables of products."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain


class ProductRow(OnChain, Base):
    """A product the factory made."""

    __tablename__ = "products"
    address: Mapped[str] = mapped_column(Address, unique=True)
    treasury: Mapped[str] = mapped_column(Address)
    terms_hash: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SalesSuspensionRow(OnChain, Base):
    """Sale of a product was suspended or resumed; the last one holds."""

    __tablename__ = "sales_suspensions"
    product: Mapped[str] = mapped_column(Address, index=True)
    suspended: Mapped[bool] = mapped_column(Boolean)


class ProductDocumentRow(Base):
    """Document of a product that was asked for here, as its JSON was written. Public, like the terms it is bound to."""

    __tablename__ = "product_documents"
    terms_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[int] = mapped_column(BigInteger)
