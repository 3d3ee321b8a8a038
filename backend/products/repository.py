"""Every query about products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from backend.chain.models import SignerSetRow
from backend.chain.projections.models import IndemnityPolicyRow, IndemnityProductRow
from backend.policies.models import PolicyRow
from backend.products.models import ProductDocumentRow, ProductRow, SalesSuspensionRow
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


@dataclass(frozen=True, slots=True)
class Made:
    """A product of either kind that the factory made, as far as blocks are taken in."""

    address: str
    treasury: str
    terms_hash: bytes


def made(session: Session, terms_hash: bytes) -> Made | None:
    """The product with these terms: there is one at most."""
    products = _made()
    return _first(session, products, products.c.terms_hash == terms_hash)


def made_at(session: Session, address: str) -> Made | None:
    """The product at this address."""
    products = _made()
    return _first(session, products, products.c.address == address)


@dataclass(frozen=True, slots=True)
class WithTerms:
    """A product of either kind with its terms as they were written down."""

    address: str
    treasury: str
    terms_hash: bytes
    terms: Mapping[str, Any]


def all_with_terms(session: Session) -> Sequence[WithTerms]:
    """Products of both kinds in the order they were made, 500 at most."""
    columns = [
        select(t.address, t.treasury, t.terms_hash, t.terms, t.block_number, t.log_index)
        for t in (ProductRow.__table__.c, IndemnityProductRow.__table__.c)
    ]
    both = union_all(*columns).subquery()
    rows = session.execute(select(both).order_by(both.c.block_number, both.c.log_index).limit(MAX_PRODUCTS))
    return [WithTerms(row.address, row.treasury, bytes(row.terms_hash), row.terms) for row in rows]


def suspended(session: Session) -> frozenset[str]:
    """Addresses of products whose sale is suspended now."""
    last = (
        select(SalesSuspensionRow.product, SalesSuspensionRow.suspended)
        .ext(distinct_on(SalesSuspensionRow.product))
        .order_by(
            SalesSuspensionRow.product, SalesSuspensionRow.block_number.desc(), SalesSuspensionRow.log_index.desc()
        )
    )
    return frozenset(address for address, is_so in session.execute(last) if is_so)


def sold(session: Session, address: str, limit: int) -> Sequence[tuple[int, int]]:
    """Sum insured and premium of the newest policies of a product, as they were bound."""
    columns = [
        select(t.sum_insured, t.premium, t.block_number, t.log_index).where(t.product == address)
        for t in (PolicyRow.__table__.c, IndemnityPolicyRow.__table__.c)
    ]
    both = union_all(*columns).subquery()
    newest = select(both).order_by(both.c.block_number.desc(), both.c.log_index.desc()).limit(limit)
    return [(int(row.sum_insured), int(row.premium)) for row in session.execute(newest)]


def _made() -> Subquery:
    """Products of both kinds."""
    columns = [
        select(t.address, t.treasury, t.terms_hash, t.block_number, t.log_index)
        for t in (ProductRow.__table__.c, IndemnityProductRow.__table__.c)
    ]
    return union_all(*columns).subquery()


def _first(session: Session, products: Subquery, condition: ColumnElement[bool]) -> Made | None:
    query = select(products.c.address, products.c.treasury, products.c.terms_hash).where(condition)
    row = session.execute(query).first()
    return Made(row[0], row[1], bytes(row[2])) if row else None


def keep_document(session: Session, terms_hash: bytes, kind: str, content: str, now: int) -> None:
    """Keep a document. Terms name one document only, so keeping it again changes nothing."""
    values = {"terms_hash": terms_hash, "kind": kind, "content": content, "kept_at": now}
    session.execute(insert(ProductDocumentRow).values(values).on_conflict_do_nothing())


def document(session: Session, terms_hash: bytes) -> str | None:
    """A kept document."""
    return session.scalar(select(ProductDocumentRow.content).where(ProductDocumentRow.terms_hash == terms_hash))


def published(session: Session, treasury: str) -> Sequence[tuple[str, bytes, str, str]]:
    """Address, terms hash, kind and document of this treasury's products that were asked for here, oldest first."""
    products = _made()
    kept = ProductDocumentRow
    query = (
        select(products.c.address, kept.terms_hash, kept.kind, kept.content)
        .join(kept, kept.terms_hash == products.c.terms_hash)
        .where(products.c.treasury == treasury)
        .order_by(products.c.block_number, products.c.log_index)
        .limit(MAX_PRODUCTS)
    )
    return [(address, terms_hash, kind, content) for address, terms_hash, kind, content in session.execute(query)]


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
