"""Sample terms of a home insurance: what it covers, at what price, and how its claims are handled."""

from __future__ import annotations

from typing import Any

from chain_clock import DAY
from eth_utils import keccak
from market import TUSD

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root

BPS, PPB = 10_000, 10**9
YEAR = 365 * DAY
ZERO = "0x" + "00" * 20

LOW, MEDIUM, HIGH = range(3)
NONE, LOADING, CAP, EXCLUSION = range(4)  # measures

FIRE, WATER, THEFT, STORM = range(4)  # perils
BUILDING, CONTENTS, LODGING = range(3)  # coverages

CLAUSES = tuple(Clause(f"C{n}", ClauseKind.EXCLUSION, f"Text {n}.", f"条款{n}。") for n in range(1, 6))
CLAUSE_ROOT = clause_root(CLAUSES)


def clause(index: int) -> tuple[bytes, list[bytes]]:
    """The hash under a clause's leaf, as contracts take it, and the proof that the clause stands in the terms."""
    return CLAUSES[index].words_hash(), list(clause_proof(CLAUSES, CLAUSES[index].id))


TIERS: dict[str, Any] = {
    "bounds": {
        "mediumFromScore": 6_000,
        "highAboveScore": 8_000,
        "mediumFromRatioBps": 5_000,
        "highAboveRatioBps": 8_000,
    },
    "lowFactorBps": 10_000,
    "mediumFactorBps": 11_000,
    "loadedFactorBps": 13_000,
    "highFactorBps": 16_000,
    "committeeAboveScore": 9_000,
    "cappedSumInsured": 4_000 * TUSD,
    "highAccepted": True,
}
CLAIM_RULES: dict[str, Any] = {
    "noticeWindowSeconds": 30 * DAY,
    "acknowledgeDays": 1,
    "decideDaysLow": 2,
    "decideDays": 10,
    "disputeWindowSeconds": 30 * DAY,
    "reopenWindowSeconds": 60 * DAY,
    "interestBps": 800,
    "interestCapBps": 1_000,
    "autoTier": LOW,
    "maxFraudScore": 3_000,
    "minConfidenceBps": 9_000,
    "autoLimit": 1_000 * TUSD,
    "secondSignatureAbove": 3_000 * TUSD,
    "depositBps": 500,
    "depositCap": 50 * TUSD,
}
COVERAGES: list[dict[str, Any]] = [
    {"perils": 0b1011, "limitBps": 10_000, "claimLimitBps": 8_000, "shareBps": 9_000, "deductible": 100 * TUSD},
    {"perils": 0b0111, "limitBps": 4_000, "claimLimitBps": 2_000, "shareBps": 8_000, "deductible": 50 * TUSD},
    {"perils": 0b1001, "limitBps": 1_000, "claimLimitBps": 1_000, "shareBps": 10_000, "deductible": 0},
]
# All but treasury, quorum, desk and disbursement.
INDEMNITY_TERMS: dict[str, Any] = {
    "clauseRoot": CLAUSE_ROOT,
    "documentHash": keccak(text="home insurance"),
    "minSumInsured": 1_000 * TUSD,
    "maxSumInsured": 20_000 * TUSD,
    "minPremium": 5 * TUSD,
    "periodSeconds": YEAR,
    "maxLeadSeconds": 60 * DAY,
    "minSignatures": 3,
    "tiers": TIERS,
    "claims": CLAIM_RULES,
    "coverages": COVERAGES,
    "waitingSeconds": [0, 14 * DAY, 7 * DAY, 30 * DAY],
}


def price(sum_insured: int, rate_ppb: int, factor_bps: int) -> int:
    """Premium for the whole period, in whole numbers: rounded up, never below the minimum."""
    return int(max(-(-sum_insured * rate_ppb * factor_bps // (PPB * BPS)), INDEMNITY_TERMS["minPremium"]))


def lock_of(sum_insured: int) -> int:
    """What a policy locks: its sum insured and the most interest there can be on it."""
    return sum_insured - (-sum_insured * CLAIM_RULES["interestCapBps"] // BPS)


def tier_of(score: int, ratio_bps: int) -> int:
    """Tier of a risk under TIERS."""
    bounds = TIERS["bounds"]
    if score > bounds["highAboveScore"] or ratio_bps > bounds["highAboveRatioBps"]:
        return HIGH
    return MEDIUM if score >= bounds["mediumFromScore"] or ratio_bps >= bounds["mediumFromRatioBps"] else LOW


def factor_of(tier: int, measure: int) -> int:
    """Factor on the standard rate under TIERS, basis points, of a measure that the tier allows."""
    if tier == MEDIUM:
        return int(TIERS["loadedFactorBps" if measure == LOADING else "mediumFactorBps"])
    return int(TIERS["lowFactorBps" if tier == LOW else "highFactorBps"])
