"""Every query about products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.chain.models import SignerSetRow
from backend.policies.models import PolicyRow
from backend.products.models import ProductRow, SalesSuspensionRow
from domain.money import Bps
from domain.terms import ParametricTerms

MAX_PRODUCTS = 500


@dataclass(frozen=True, slots=True)
class Product:
    """A product on the chain."""

    address: str
    terms_hash: bytes
    terms: ParametricTerms
    sales_suspended: bool
    policies: int
    block_number: int


def get(session: Session, address: str) -> Product | None:
    """One product."""
    row = session.scalars(select(ProductRow).where(ProductRow.address == address)).first()
    return _product(session, row) if row else None


def every(session: Session) -> Sequence[Product]:
    """Products in the order they were made, 500 at most."""
    query = select(ProductRow).order_by(ProductRow.block_number, ProductRow.log_index).limit(MAX_PRODUCTS)
    return [_product(session, row) for row in session.scalars(query)]


def signer_set(session: Session, quorum: str) -> tuple[int, frozenset[str], int] | None:
    """Epoch, signers and threshold of the set that speaks now."""
    query = select(SignerSetRow).where(SignerSetRow.quorum == quorum).order_by(SignerSetRow.epoch.desc()).limit(1)
    row = session.scalars(query).first()
    return (row.epoch, frozenset(row.signers), row.threshold) if row else None


def _product(session: Session, row: ProductRow) -> Product:
    suspended = session.scalar(
        select(SalesSuspensionRow.suspended)
        .where(SalesSuspensionRow.product == row.address)
        .order_by(SalesSuspensionRow.block_number.desc(), SalesSuspensionRow.log_index.desc())
        .limit(1)
    )
    count = session.scalar(select(func.count()).select_from(PolicyRow).where(PolicyRow.product == row.address)) or 0
    return Product(row.address, row.terms_hash, terms_of(row.terms), bool(suspended), count, row.block_number)


def terms_of(fields: dict[str, Any]) -> ParametricTerms:
    """Typed terms of what `ParametricTerms.as_json` wrote."""
    hashes = {name: bytes.fromhex(fields[name][2:]) for name in ("clause_root", "document_hash")}
    curve = {
        "thresholds": tuple(fields["thresholds"]),
        "shares_bps": tuple(Bps(share) for share in fields["shares_bps"]),
    }
    return ParametricTerms(**{**fields, **hashes, **curve})
