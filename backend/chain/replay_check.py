"""Projections against a fresh replay of the chain: the same facts, put together in two ways that share no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.chain import indemnity_facts
from backend.chain.blocks import indexed_tip
from backend.chain.models import SignerSetRow
from backend.database import Database
from backend.fields import word_hex
from backend.policies import service as policies
from backend.products import service as products
from backend.treasury import service as treasury
from domain.hashing import keccak256
from ledger.bindings import IndemnityProductCreated
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import fetch_events
from ledger.replay import LedgerState, replay
from ledger.rpc import Rpc

PAGE = 5_000
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Digests of both sides, and where they differ (at most twenty places)."""

    block_number: int
    database: str
    chain: str
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether database and chain say the same."""
        return self.database == self.chain

    def as_json(self) -> Facts:
        """For a person or a script."""
        return {
            "same": self.same, "block_number": self.block_number, "database": self.database, "chain": self.chain,
            "differences": list(self.differences),
        }  # fmt: skip


def compare(database: Database, rpc: Rpc, deployment: Deployment) -> Comparison:
    """Compare at the block the database has reached."""
    with database.transaction() as session:
        tip = indexed_tip(session)
        number = tip.number if tip else deployment.block_number - 1
        ours = projected_facts(session, deployment.contracts["Treasury"])
    events = fetch_events(rpc, deployment, deployment.block_number, number) if tip else []
    theirs = _chain_facts(events, deployment)
    return Comparison(number, digest(ours), digest(theirs), tuple(_differences("", ours, theirs))[:20])


def _chain_facts(events: list[ChainEvent], deployment: Deployment) -> Facts:
    """The whole replayed; claims are only done again where there are any: each signature is checked on the way."""
    treasury_address = deployment.contracts["Treasury"]
    if not any(isinstance(event, IndemnityProductCreated) for event in events):
        return replayed_facts(replay(events, treasury_address))
    state, facts = indemnity_facts.replayed(events, treasury_address, deployment.chain_id)
    return replayed_facts(state) | {name: found for name, found in facts.items() if found}


def projection_digest(session: Session, treasury_address: str) -> str:
    """One hash over all that the projections say."""
    return digest(projected_facts(session, treasury_address))


def digest(facts: Facts) -> str:
    """keccak256 of the facts in their one canonical form."""
    return "0x" + keccak256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hex()


def projected_facts(session: Session, treasury_address: str) -> Facts:
    """What the database says."""
    totals = treasury.get_totals(session, treasury_address)
    facts = _policies(session)
    return {
        "products": {
            p.address: {"terms_hash": p.terms_hash.hex(), "terms": p.terms.as_json(), "suspended": p.sales_suspended}
            for p in products.list_products(session)
            if p.terms.treasury == treasury_address
        },
        "signer_sets": _signer_sets(session),
        **facts,
        "treasury": {
            "premiums": totals.premiums, "unearned": totals.unearned, "paid": totals.paid, "held": totals.held,
            "exposure": totals.exposure, "reserves": totals.reserves,
            "required_ratio_bps": totals.required_ratio_bps,
        },
        **{name: found for name, found in indemnity_facts.projected(session, treasury_address).items() if found},
    }  # fmt: skip


def replayed_facts(state: LedgerState) -> Facts:
    """What a replay says, in the same shape."""
    treasury_state = state.treasury
    return {
        "products": {
            p.address: {"terms_hash": p.terms_hash.hex(), "terms": p.terms.as_json(), "suspended": p.sales_suspended}
            for p in state.products.values()
        },
        "signer_sets": {
            str(s.epoch): {"signers": sorted(s.signers), "threshold": s.threshold} for s in state.signer_sets.values()
        },
        "policies": {
            f"{p.product}/{word_hex(p.policy_id)}": {
                "holder": p.holder, "sum_insured": p.quote.sum_insured, "premium": p.quote.premium,
                "application_id": word_hex(p.quote.application_id), "bound_at": p.bound_at,
                "underwriter": p.quote.underwriter, "paid": p.indemnity,
                "settled": p.ordinal < state.insured_events[(p.product, p.event_id)].settled,
                "block_number": p.log.block_number, "transaction": p.log.transaction_hash.hex(),
            }
            for p in state.policies.values()
        },
        "events": {
            f"{e.product}/{word_hex(e.event_id)}": {
                "text": e.insured_event, "occurs_at": e.occurs_at, "outcome": int(e.outcome), "value": e.value,
                "share_bps": e.share_bps,
            }
            for e in state.insured_events.values()
        },
        "treasury": {
            "premiums": treasury_state.premiums, "unearned": treasury_state.total_unearned,
            "paid": treasury_state.paid, "held": treasury_state.total_held,
            "exposure": treasury_state.total_exposure, "reserves": treasury_state.total_reserves,
            "required_ratio_bps": treasury_state.required_ratio_bps,
        },
    }  # fmt: skip


def _signer_sets(session: Session) -> Facts:
    rows = session.scalars(select(SignerSetRow))
    return {str(row.epoch): {"signers": sorted(row.signers), "threshold": row.threshold} for row in rows}


def _policies(session: Session) -> Facts:
    found: Facts = {}
    events: Facts = {}
    after: tuple[int, str] | None = None
    while True:
        page = policies.list_policies(session, after=after, limit=PAGE)
        for p in page:
            row = p.row
            found[f"{row.product}/{word_hex(row.policy_id)}"] = {
                "holder": row.holder, "sum_insured": row.sum_insured, "premium": row.premium,
                "application_id": word_hex(row.application_id), "bound_at": row.bound_at,
                "underwriter": row.underwriter, "paid": p.paid, "settled": p.settled,
                "block_number": row.block_number, "transaction": row.transaction_hash.hex(),
            }  # fmt: skip
            events[f"{row.product}/{word_hex(row.event_id)}"] = {
                "text": p.insured_event, "occurs_at": p.occurs_at, "outcome": int(p.outcome), "value": p.value or 0,
                "share_bps": p.share_bps or 0,
            }  # fmt: skip
        if len(page) < PAGE:
            return {"policies": found, "events": events}
        after = (page[-1].row.policy_id, page[-1].row.product)


def _differences(path: str, ours: Any, theirs: Any) -> list[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return [
            line
            for key in sorted({*ours, *theirs})
            for line in _differences(f"{path}.{key}", ours.get(key), theirs.get(key))
        ]
    return [] if ours == theirs else [f"{path.removeprefix('.')}: database {ours}, chain {theirs}"]
