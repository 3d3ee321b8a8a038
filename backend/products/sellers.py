"""Which insurer a product is of: who sells from a treasury is whoever it belongs to, and nobody else."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from backend.chain.projections import policies_read
from backend.problems import Problem
from backend.tenants import service as tenants


def require_own(session: Session, tenant_id: uuid.UUID, treasury: str, product: str) -> None:
    """Refuse a product of another insurer.

    Raises:
        Problem: `product_unknown`.
    """
    if not sells(session, tenant_id, treasury):
        raise Problem("product_unknown", f"product {product} is not sold by this insurer. See your policies.")


def sells(session: Session, tenant_id: uuid.UUID, treasury: str) -> bool:
    """Whether a treasury is an insurer's own. An insurer without an address is alone on this server."""
    known = tenants.insurer_address(session, tenant_id)
    if known is None:
        return True
    insurer = policies_read.insurer_of(session, treasury)
    return insurer is not None and known in (insurer.manager, insurer.administrator, insurer.founder)
