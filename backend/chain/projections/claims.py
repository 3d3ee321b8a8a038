"""Claims and incidents, from their events."""

from __future__ import annotations

from typing import Any

from faster_eth_abi.exceptions import DecodingError

from backend.chain.projections.claim_models import AnchoredHeadRow, ClaimRow, ClaimStepRow, IncidentRow
from backend.chain.projections.makers import Made, Row, makes
from domain.claim import ClaimState
from domain.claim_ids import split_claim_id
from domain.claim_reports import Decision
from ledger import bindings as b
from ledger.codec import decode_arguments

DECIDE = "decide((uint256,uint64,uint16,bytes32,bytes32[],bytes32,uint8,uint32,uint40),address,bytes)"
_SAID_NOTHING = dict.fromkeys(
    ("state", "outcome", "actor", "amount", "reason_code", "clause", "other_claim_id", "dispute_id", "institution")
)
_OfClaim = (
    b.ClaimNoticed | b.ClaimAcknowledged | b.LossReported | b.ClaimReferred | b.ClaimReestimated | b.ClaimDecided
    | b.ClaimDisputed | b.ClaimAwarded | b.ClaimReopened | b.InstitutionChosen | b.ClaimClosed
)  # fmt: skip


@makes(b.ClaimNoticed)
def _noticed(e: b.ClaimNoticed) -> Made:
    product, policy_id, _ = split_claim_id(e.claim_id)
    values = {
        "claim_id": e.claim_id, "product": product, "policy_id": policy_id, "claimant": e.claimant,
        "coverage": e.coverage, "peril": e.peril, "occurred_at": e.occurred_at, "claimed": e.claimed,
        "evidence_root": e.evidence_root, "notified_by": e.notified_by, "noticed_at": e.log.block_time,
    }  # fmt: skip
    step = _step(e, "noticed", state=ClaimState.NOTICED, actor=e.notified_by, amount=e.reserve)
    return [(ClaimRow, values), (ClaimStepRow, step)]


@makes(b.ClaimAcknowledged)
def _acknowledged(e: b.ClaimAcknowledged) -> Made:
    return [(ClaimStepRow, _step(e, "acknowledged", state=ClaimState.ACKNOWLEDGED, actor=e.adjuster))]


@makes(b.LossReported)
def _reported(e: b.LossReported) -> Made:
    return [(ClaimStepRow, _step(e, "reported"))]


@makes(b.ClaimReferred)
def _referred(e: b.ClaimReferred) -> Made:
    return [(ClaimStepRow, _step(e, "referred", state=ClaimState.REFERRED, amount=e.reserve))]


@makes(b.ClaimReestimated)
def _reestimated(e: b.ClaimReestimated) -> Made:
    return [(ClaimStepRow, _step(e, "reestimated", actor=e.adjuster, amount=e.to))]


@makes(b.ClaimDecided)
def _decided(e: b.ClaimDecided) -> Made:
    reason, clause = _ground(e.decision)
    said = {"outcome": int(e.outcome), "actor": e.adjuster, "amount": e.granted, "reason_code": reason}
    return [(ClaimStepRow, _step(e, "decided", state=ClaimState.DECIDED, clause=clause, **said))]


@makes(b.ClaimDisputed)
def _disputed(e: b.ClaimDisputed) -> Made:
    kind = "escalated" if e.escalated else "disputed"
    step = _step(e, kind, state=ClaimState.DISPUTED, amount=e.disputed, dispute_id=e.dispute_id)
    return [(ClaimStepRow, step)]


@makes(b.ClaimAwarded)
def _awarded(e: b.ClaimAwarded) -> Made:
    step = _step(e, "awarded", amount=e.granted, reason_code=e.reason_code, clause=e.clause)
    return [(ClaimStepRow, step)]


@makes(b.ClaimReopened)
def _reopened(e: b.ClaimReopened) -> Made:
    return [(ClaimStepRow, _step(e, "reopened", other_claim_id=e.superseded, amount=e.paid_before))]


@makes(b.InstitutionChosen)
def _chosen(e: b.InstitutionChosen) -> Made:
    return [(ClaimStepRow, _step(e, "institution_chosen", institution=e.institution))]


@makes(b.ClaimClosed)
def _closed(e: b.ClaimClosed) -> Made:
    return [(ClaimStepRow, _step(e, "closed", state=ClaimState.CLOSED, outcome=int(e.outcome), amount=e.paid))]


@makes(b.IncidentRegistered)
def _incident(e: b.IncidentRegistered) -> Made:
    return [(IncidentRow, {"nullifier": e.nullifier, "claim_id": e.claim_id, "first_claim_id": e.claim_id})]


@makes(b.IncidentDuplicate)
def _duplicate(e: b.IncidentDuplicate) -> Made:
    return [(IncidentRow, {"nullifier": e.nullifier, "claim_id": e.claim_id, "first_claim_id": e.first_claim_id})]


@makes(b.LogHeadAnchored)
def _head(e: b.LogHeadAnchored) -> Made:
    values = {"log_id": e.log_id, "head_index": e.index, "tree_size": e.tree_size, "root_hash": e.root_hash}
    return [(AnchoredHeadRow, values | {"anchored_at": e.log.block_time})]


def _step(e: _OfClaim, kind: str, **said: Any) -> Row:
    if isinstance(said.get("state"), ClaimState):
        said["state"] = int(said["state"])
    return {**_SAID_NOTHING, "claim_id": e.claim_id, "kind": kind, "step_at": e.log.block_time, **said}


def _ground(decision: bytes) -> tuple[int | None, bytes | None]:
    """Reason and clause of a decision. The contract took it, so it reads; an odd encoding must not stop the indexer."""
    try:
        found, _, _ = decode_arguments("ClaimsDesk", DECIDE, decision)
    except (DecodingError, ValueError, OverflowError):
        return None, None
    return (found.reason_code, found.clause) if isinstance(found, Decision) else (None, None)
