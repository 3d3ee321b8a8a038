"""Fields of all that is signed about indemnity policies and their claims, as the type strings name them."""

from __future__ import annotations

QUOTE = (
    "uint256 applicationId, address holder, address beneficiary, address payer, address underwriter, bytes32 subject,"
    "uint64 sumInsured, uint64 premium, uint32 exclusions, uint8 measure, uint40 startsAt, uint40 validUntil,"
    "uint64 renews"
)
NOTICE = (
    "address product, uint256 policyId, uint8 coverage, uint8 peril, uint40 occurredAt, uint64 claimed,"
    "bytes32 evidenceRoot"
)

INDEMNITY: dict[str, str] = {
    "RiskAssessment": (
        "uint256 applicationId, uint16 score, uint16 lossRatioBps, uint8 tier, uint32 ratePpb, uint64 sumInsuredCap,"
        "uint32 exclusions, bytes32 commitment"
    ),
    "UnderwritingReport": (
        "uint256 chainId, address product, uint32 signerEpoch, uint40 observedAt, uint40 validUntil,"
        "bytes32 modelHash, RiskAssessment[] assessments"
    ),
    "IndemnityQuote": QUOTE,
    "IndemnityAcceptance": QUOTE,
    "Endorsement": (
        "uint256 policyId, uint16 sequence, uint64 sumInsured, uint64 premiumChange, uint32 exclusions,"
        "address beneficiary, address underwriter, uint40 effectiveAt, uint40 validUntil"
    ),
    "Cancellation": "uint256 policyId, uint16 sequence, uint40 validUntil",
    "TierBounds": "uint16 mediumFromScore, uint16 highAboveScore, uint16 mediumFromRatioBps, uint16 highAboveRatioBps",
    "TierTable": (
        "TierBounds bounds, uint16 lowFactorBps, uint16 mediumFactorBps, uint16 loadedFactorBps,"
        "uint16 highFactorBps, uint16 committeeAboveScore, uint64 cappedSumInsured, bool highAccepted"
    ),
    "ClaimRules": (
        "uint32 noticeWindowSeconds, uint16 acknowledgeDays, uint16 decideDaysLow, uint16 decideDays,"
        "uint32 disputeWindowSeconds, uint32 reopenWindowSeconds, uint16 interestBps, uint16 interestCapBps,"
        "uint8 autoTier, uint16 maxFraudScore, uint16 minConfidenceBps, uint64 autoLimit,"
        "uint64 secondSignatureAbove, uint16 depositBps, uint64 depositCap"
    ),
    "Coverage": "uint32 perils, uint16 limitBps, uint16 claimLimitBps, uint16 shareBps, uint64 deductible",
    "IndemnityTerms": (
        "address treasury, address quorum, address desk, address disbursement, bytes32 clauseRoot,"
        "bytes32 documentHash, uint64 minSumInsured, uint64 maxSumInsured, uint64 minPremium, uint32 periodSeconds,"
        "uint32 maxLeadSeconds, uint8 minSignatures, TierTable tiers, ClaimRules claims, Coverage[] coverages,"
        "uint32[] waitingSeconds"
    ),
    "Notice": NOTICE,
    "LossNotice": NOTICE + ", address signer, uint256 nonce, uint40 deadline",
    "LossReport": (
        "uint256 chainId, address desk, uint32 signerEpoch, uint40 observedAt, uint40 validUntil, uint256 claimId,"
        "uint64 loss, uint16 fraudScore, uint16 confidenceBps, uint32 exclusions, bytes32 evidenceRoot,"
        "bytes32 modelHash, bytes32[] nullifiers"
    ),
    "ClaimOrder": (
        "uint256 claimId, uint8 action, uint64 amount, bytes32 evidenceRoot, uint32 institution, uint256 nonce,"
        "uint40 deadline"
    ),
    "Decision": (
        "uint256 claimId, uint64 loss, uint16 reasonCode, bytes32 clause, bytes32 letterHash, uint8 instalments,"
        "uint32 intervalSeconds, uint40 validUntil, address adjuster"
    ),
}
# Types each of them is made of.
INDEMNITY_NEEDS: dict[str, tuple[str, ...]] = {
    "UnderwritingReport": ("RiskAssessment",),
    "TierTable": ("TierBounds",),
    "IndemnityTerms": ("TierTable", "TierBounds", "ClaimRules", "Coverage"),
}
