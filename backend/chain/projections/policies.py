"""Insurers, indemnity products and policies, and the treasury's further movements, from their events."""

from __future__ import annotations

from backend.chain.projections.makers import Made, makes
from backend.chain.projections.models import (
    ClaimPaymentRow,
    IndemnityChangeRow,
    IndemnityPolicyRow,
    IndemnityProductRow,
    InsurerRow,
    InsurerTreasuryRow,
    PolicyUnearnedRow,
    PremiumReturnRow,
    ReserveChangeRow,
    SurplusRow,
    TreasuryPauseRow,
)
from ledger import bindings as b

_UNCHANGED = dict.fromkeys(
    ("sequence", "sum_insured", "premium", "exclusions", "beneficiary", "ends_at", "premium_returned")
)


@makes(b.InsurerRegistered)
def _insurer(e: b.InsurerRegistered) -> Made:
    people = {"manager": e.manager, "administrator": e.administrator, "founder": e.founder}
    return [(InsurerRow, {"insurer_id": e.insurer_id, "name": e.name[:256]} | people)]


@makes(b.TreasuryAdded)
def _treasury(e: b.TreasuryAdded) -> Made:
    return [(InsurerTreasuryRow, {"insurer_id": e.insurer_id, "treasury": e.treasury, "asset": e.asset})]


@makes(b.IndemnityProductCreated)
def _product(e: b.IndemnityProductCreated) -> Made:
    values = {"address": e.product, "treasury": e.treasury, "terms_hash": e.terms_hash, "terms": e.terms.as_json()}
    return [(IndemnityProductRow, values)]


@makes(b.IndemnityPolicyBound)
def _policy(e: b.IndemnityPolicyBound) -> Made:
    p = e.policy
    values = {
        "product": e.log.address, "policy_id": e.policy_id, "application_id": e.application_id, "holder": e.holder,
        "beneficiary": e.beneficiary, "starts_at": p.starts_at, "ends_at": p.ends_at, "sum_insured": p.sum_insured,
        "premium": p.premium, "exclusions": p.exclusions, "tier": int(p.tier), "is_renewal": p.is_renewal,
        "bound_at": e.log.block_time,
    }  # fmt: skip
    return [(IndemnityPolicyRow, values)]


@makes(b.PolicyEndorsed)
def _endorsed(e: b.PolicyEndorsed) -> Made:
    o = e.order
    said = {
        "sequence": o.sequence, "sum_insured": o.sum_insured, "premium": e.premium, "exclusions": o.exclusions,
        "beneficiary": o.beneficiary,
    }  # fmt: skip
    return [(IndemnityChangeRow, _change(e, "endorsed") | said)]


@makes(b.PolicyCancelled)
def _cancelled(e: b.PolicyCancelled) -> Made:
    said = {"ends_at": e.ends_at, "premium_returned": e.premium_returned, "sequence": e.order.sequence}
    return [(IndemnityChangeRow, _change(e, "cancelled") | said)]


@makes(b.PolicyClosed)
def _closed(e: b.PolicyClosed) -> Made:
    return [(IndemnityChangeRow, _change(e, "closed"))]


def _change(e: b.PolicyEndorsed | b.PolicyCancelled | b.PolicyClosed, kind: str) -> dict[str, object]:
    whose = {"product": e.log.address, "policy_id": e.policy_id}
    return {**_UNCHANGED, **whose, "kind": kind, "changed_at": e.log.block_time}


@makes(b.PolicyPremiumEarned)
def _unearned(e: b.PolicyPremiumEarned) -> Made:
    return [(PolicyUnearnedRow, {"product": e.log.address, "policy_id": e.policy_id, "unearned": e.unearned})]


@makes(b.PremiumReturned)
def _returned(e: b.PremiumReturned) -> Made:
    whose = {"treasury": e.log.address, "product": e.product, "policy_id": e.policy_id}
    return [(PremiumReturnRow, whose | {"payee": e.payee, "amount": e.amount})]


@makes(b.ReserveChanged)
def _reserve(e: b.ReserveChanged) -> Made:
    whose = {"treasury": e.log.address, "product": e.product, "claim_id": e.claim_id}
    return [(ReserveChangeRow, whose | {"reserve_before": e.from_, "reserve_after": e.to})]


@makes(b.ClaimPaid)
def _paid(e: b.ClaimPaid) -> Made:
    values = {
        "treasury": e.log.address, "product": e.product, "claim_id": e.claim_id, "payee": e.payee,
        "indemnity": e.indemnity, "interest": e.interest, "reserve_before": e.reserve_before,
        "reserve_after": e.reserve_after, "paid_at": e.log.block_time,
    }  # fmt: skip
    return [(ClaimPaymentRow, values)]


@makes(b.SurplusAbsorbed)
def _surplus(e: b.SurplusAbsorbed) -> Made:
    return [(SurplusRow, {"treasury": e.log.address, "amount": e.amount})]


@makes(b.Paused)
def _paused(e: b.Paused) -> Made:
    return [(TreasuryPauseRow, {"treasury": e.log.address, "until": min(e.until, (1 << 63) - 1)})]


@makes(b.Unpaused)
def _unpaused(e: b.Unpaused) -> Made:
    return [(TreasuryPauseRow, {"treasury": e.log.address, "until": e.log.block_time})]
