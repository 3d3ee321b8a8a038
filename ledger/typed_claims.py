"""EIP-712 digests of what is signed about claims: loss reports, notices, orders and second signatures.

The type strings equal those of `contracts/libraries/TypedClaims.sol`; a test holds every digest against eth-account's
own encoder and against the contract.
"""

from __future__ import annotations

from dataclasses import astuple

from domain.claim_reports import ClaimOrder, Decision, LossReport, Notice
from domain.hashing import keccak256
from ledger.typed_data import digest, domain_separator
from ledger.typed_indemnity import struct_hash

LOSS_REPORT_TYPE = (
    "LossReport(uint256 chainId,address desk,uint32 signerEpoch,uint40 observedAt,uint40 validUntil,uint256 claimId,"
    "uint64 loss,uint16 fraudScore,uint16 confidenceBps,uint32 exclusions,bytes32 evidenceRoot,bytes32 modelHash,"
    "bytes32[] nullifiers)"
)
LOSS_NOTICE_TYPE = (
    "LossNotice(address product,uint256 policyId,uint8 coverage,uint8 peril,uint40 occurredAt,uint64 claimed,"
    "bytes32 evidenceRoot,address signer,uint256 nonce,uint40 deadline)"
)
CLAIM_ORDER_TYPE = (
    "ClaimOrder(uint256 claimId,uint8 action,uint64 amount,bytes32 evidenceRoot,uint32 institution,uint256 nonce,"
    "uint40 deadline)"
)
DECISION_TYPE = (
    "Decision(uint256 claimId,uint64 loss,uint16 reasonCode,bytes32 clause,bytes32 letterHash,uint8 instalments,"
    "uint32 intervalSeconds,uint40 validUntil,address adjuster)"
)


def loss_report_digest(report: LossReport) -> bytes:
    """What oracle nodes sign of a claim: bound to the chain and desk it names."""
    *head, nullifiers = astuple(report)
    hashed = struct_hash(LOSS_REPORT_TYPE, *head, keccak256(b"".join(nullifiers)))
    return digest(domain_separator(report.chain_id, report.desk), hashed)


def loss_notice_digest(notice: Notice, *, signer: str, nonce: int, deadline: int, chain_id: int, desk: str) -> bytes:
    """What a claimant signs who has somebody else hand in the notice."""
    hashed = struct_hash(LOSS_NOTICE_TYPE, *astuple(notice), signer, nonce, deadline)
    return digest(domain_separator(chain_id, desk), hashed)


def claim_order_digest(order: ClaimOrder, *, chain_id: int, desk: str) -> bytes:
    """What a claimant signs to withdraw, escalate, dispute, reopen, or choose an institution."""
    return digest(domain_separator(chain_id, desk), struct_hash(CLAIM_ORDER_TYPE, *astuple(order)))


def decision_digest(decision: Decision, *, adjuster: str, chain_id: int, desk: str) -> bytes:
    """What another adjuster signs under a decision of `adjuster`. The proof is not signed: it proves itself."""
    claim_id, loss, reason, clause, _, *rest = astuple(decision)
    hashed = struct_hash(DECISION_TYPE, claim_id, loss, reason, clause, *rest, adjuster)
    return digest(domain_separator(chain_id, desk), hashed)
