"""Which contract stands where: those the deployment names, and those met on the way."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.chain.projections.models import IndemnityProductRow, InsurerTreasuryRow
from backend.products.models import ProductRow
from ledger.deployment import Deployment

FOLLOWED = frozenset(
    {"AdjusterAuthority", "ClaimsDesk", "Disbursement", "DisputePanel", "IncidentRegistry", "InsurerRegistry",
     "OracleQuorum", "ProductFactory", "TransparencyAnchor", "Treasury"}
)  # fmt: skip
_MET = {
    "ParametricProduct": ProductRow.address,
    "IndemnityProduct": IndemnityProductRow.address,
    "Treasury": InsurerTreasuryRow.treasury,
}


def contract_kinds(session: Session, deployment: Deployment) -> dict[str, str]:
    """Address -> contract, of everything whose events are taken in: products, and treasuries of later insurers too."""
    met = {address: kind for kind, column in _MET.items() for address in session.scalars(select(column))}
    named = deployment.contracts | deployment.made_contracts()
    kinds = {address: name for name, address in named.items() if name in FOLLOWED}
    return met | kinds | {product.address: product.contract for product in deployment.products}


def treasury_of(session: Session, product: str) -> str | None:
    """The treasury a product pays from; None: it is none, or not taken in yet."""
    found: str | None = None
    for row in (IndemnityProductRow, ProductRow):
        found = found or session.scalar(select(row.treasury).where(row.address == product))
    return found
