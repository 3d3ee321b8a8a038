"""What an insurer sells now: for each product_id the newest product on the chain, with the document it is proven by."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.problems import Problem
from backend.products import repository, sellers
from backend.products.repository import WithTerms
from backend.products.service import Documents, checked_document

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sold:
    """A product that is sold, of either kind. `terms` are those on the chain, `document` what people read."""

    product: WithTerms
    document: Mapping[str, Any]
    suspended: bool


def sold_now(session: Session, documents: Documents, tenant_id: uuid.UUID) -> Sequence[Sold]:
    """An insurer's products, by their product_id. Without its document a product is not shown: nobody could read it."""
    suspended = repository.suspended(session)
    found: dict[str, Sold] = {}
    for product in repository.all_with_terms(session):
        if not sellers.sells(session, tenant_id, product.treasury):
            continue
        try:
            document = checked_document(session, documents, product.address)
        except Problem as problem:
            log.warning("products.left_out", product=product.address, code=problem.code)
            continue
        found[str(document["product_id"])] = Sold(product, document, product.address in suspended)
    return [found[name] for name in sorted(found)]


def premiums_of(session: Session, address: str, limit: int) -> Sequence[tuple[int, int]]:
    """Sum insured and premium of the newest policies of a product, as everybody reads them on the chain."""
    return repository.sold(session, address, limit)
