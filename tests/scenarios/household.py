"""The product of the scenarios: a household policy with two coverages, four perils and five clauses."""

from typing import Final

from domain.clauses import Clause, ClauseKind, clause_root
from domain.indemnity_terms import ClaimRules, Coverage, IndemnityTerms, TierTable
from domain.money import Bps, TokenUnits
from domain.tiers import RiskTier, TierBounds

TUSD: Final = 1_000_000
DAY: Final = 86_400
COVERAGES: Final = ("contents", "valuables")
PERILS: Final = ("fire", "water", "theft", "storm")
EXCLUSIONS: Final = ("unlocked", "frost", "vacant")
"""Clauses that a policy may exclude, by the bits of its bitmap."""
CLAUSES: Final = (
    Clause("C1", ClauseKind.COVER, "We insure the contents of your home.", "我们承保您家中的财物。"),
    Clause("C2", ClauseKind.PROCEDURE, "From each loss you bear the deductible.", "每次损失由您承担免赔额。"),
    Clause("X1", ClauseKind.EXCLUSION, "Theft through an unlocked door is not insured.", "未锁门被盗不在承保范围。"),
    Clause("X2", ClauseKind.EXCLUSION, "Frost damage is not insured.", "霜冻损坏不在承保范围。"),
    Clause("P1", ClauseKind.PROCEDURE, "We decide within the days named here.", "我们在约定天数内作出决定。"),
)
TIERS: Final = TierTable(
    bounds=TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000)),
    low_factor_bps=Bps(10_000),
    medium_factor_bps=Bps(11_000),
    loaded_factor_bps=Bps(12_500),
    high_factor_bps=Bps(15_000),
    committee_above_score=9_000,
    capped_sum_insured=TokenUnits(2_000 * TUSD),
    high_accepted=True,
)
RULES: Final = ClaimRules(
    notice_window_seconds=30 * DAY,
    acknowledge_days=1,
    decide_days_low=2,
    decide_days=5,
    dispute_window_seconds=10 * DAY,
    reopen_window_seconds=60 * DAY,
    interest_bps=Bps(800),
    interest_cap_bps=Bps(2_000),
    auto_tier=RiskTier.LOW,
    max_fraud_score=3_000,
    min_confidence_bps=Bps(8_000),
    auto_limit=TokenUnits(500 * TUSD),
    second_signature_above=TokenUnits(2_000 * TUSD),
    deposit_bps=Bps(500),
    deposit_cap=TokenUnits(20 * TUSD),
)


def household_terms(*, treasury: str, quorum: str, desk: str, disbursement: str) -> IndemnityTerms:
    """The product's terms for these contracts."""
    return IndemnityTerms(
        treasury=treasury,
        quorum=quorum,
        desk=desk,
        disbursement=disbursement,
        clause_root=clause_root(CLAUSES),
        document_hash=b"\x33" * 32,
        min_sum_insured=TokenUnits(100 * TUSD),
        max_sum_insured=TokenUnits(5_000 * TUSD),
        min_premium=TokenUnits(TUSD),
        period_seconds=365 * DAY,
        max_lead_seconds=30 * DAY,
        min_signatures=3,
        tiers=TIERS,
        claims=RULES,
        coverages=(
            # Fire, water, theft and storm: 80 % of what exceeds 100 TUSD, to 80 % of the sum insured for one claim.
            Coverage(0b1111, Bps(10_000), Bps(8_000), Bps(8_000), TokenUnits(100 * TUSD)),
            # Theft of valuables: all of the loss, to 25 % of the sum insured over the policy's life.
            Coverage(0b0100, Bps(2_500), Bps(2_000), Bps(10_000), TokenUnits(0)),
        ),
        waiting_seconds=(0, 14 * DAY, 7 * DAY, 0),
    )
