"""Indemnity insurance as the projections tell it, and as the twin does that goes through the events itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.chain.projections import claims_read, policies_read
from ledger.codec import ChainEvent
from ledger.replay import LedgerState
from ledger.verify import Verifier

PAGE = 2_000
Facts = dict[str, Any]


def projected(session: Session, treasury: str) -> Facts:
    """What the database says of one treasury's indemnity products."""
    products = {p.address: p for p in policies_read.products(session, treasury)}
    return {
        "indemnity_products": {address: row.terms_hash.hex() for address, row in products.items()},
        "indemnity_policies": _policies(session, products),
        "claims": _claims(session, products),
        "payouts": {
            str(number): {"claim": f"{p.row.claim_id:x}", "payee": p.row.payee, "amount": p.row.amount,
                          "state": int(p.state)}
            for number, p in enumerate(claims_read.payouts(session))
        },
        "incidents": {word.hex(): f"{claim:x}" for word, claim in claims_read.incidents(session).items()},
    }  # fmt: skip


def _policies(session: Session, products: dict[str, Any]) -> Facts:
    found: Facts = {}
    after: tuple[str, int] | None = None
    while True:
        page = policies_read.policies(session, after=after, limit=PAGE)
        for p in page:
            if p.row.product in products:
                found[f"{p.row.product}/{p.row.policy_id}"] = {
                    "holder": p.row.holder, "starts_at": p.row.starts_at, "ends_at": p.ends_at,
                    "sum_insured": p.now.sum_insured, "premium": p.now.premium, "exclusions": p.now.exclusions,
                    "beneficiary": p.now.beneficiary, "tier": p.row.tier, "endorsements": len(p.versions) - 1,
                    "is_closed": p.is_closed,
                }  # fmt: skip
        if len(page) < PAGE:
            return found
        after = (page[-1].row.product, page[-1].row.policy_id)


def _claims(session: Session, products: dict[str, Any]) -> Facts:
    found: Facts = {}
    after: int | None = None
    while True:
        page = claims_read.claims(session, after_id=after, limit=PAGE)
        for c in page:
            if c.row.product in products:
                found[f"{c.row.claim_id:x}"] = {
                    "claimant": c.row.claimant, "coverage": c.row.coverage, "peril": c.row.peril,
                    "occurred_at": c.row.occurred_at, "claimed": c.row.claimed, "reserve": c.reserve, "paid": c.paid,
                    "state": int(c.state), "outcome": int(c.outcome), "institution": c.institution,
                    "superseded_by": f"{c.superseded_by or 0:x}",
                }  # fmt: skip
        if len(page) < PAGE:
            return found
        after = page[-1].row.claim_id


def replayed(events: list[ChainEvent], treasury: str, chain_id: int) -> tuple[LedgerState, Facts]:
    """State and indemnity facts by doing everything again (decision 0029)."""
    verifier = Verifier(treasury, chain_id)
    verifier.run(events)
    house = verifier.indemnity.house
    return verifier.state, {
        "indemnity_products": {address: terms_hash.hex() for address, terms_hash in house.hashes.items()},
        "indemnity_policies": {
            f"{product.address}/{p.policy_id}": {
                "holder": p.holder, "starts_at": p.starts_at, "ends_at": p.ends_at, "sum_insured": p.sum_insured,
                "premium": p.premium, "exclusions": p.exclusions, "beneficiary": p.beneficiary, "tier": int(p.tier),
                "endorsements": p.sequence, "is_closed": p.is_closed,
            }
            for product in house.products.values() for p in product.policies.values()
        },
        "claims": {
            f"{c.claim_id:x}": {
                "claimant": c.claimant, "coverage": c.cause.coverage, "peril": c.cause.peril,
                "occurred_at": c.cause.occurred_at, "claimed": c.claimed, "reserve": c.reserve, "paid": c.paid,
                "state": int(c.state), "outcome": int(c.outcome), "institution": c.institution,
                "superseded_by": f"{c.superseded_by:x}",
            }
            for c in house.desk.claims.values()
        },
        "payouts": {
            str(number): {"claim": f"{p.order.claim_id:x}", "payee": p.order.payee, "amount": p.order.amount,
                          "state": int(p.state)}
            for number, p in enumerate(house.rail.instructions)
        },
        "incidents": {word.hex(): f"{claim:x}" for word, claim in house.desk.incidents.items()},
    }  # fmt: skip
