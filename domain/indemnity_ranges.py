"""Which terms an indemnity product may have: twin of `contracts/TermsRules.sol`, in the order the contract asks."""

from collections.abc import Iterator

from domain.errors import TermOutOfRange
from domain.indemnity_terms import MAX_COVERAGES, MAX_PERILS, ClaimRules, IndemnityTerms, TierTable
from domain.money import BPS_WHOLE
from domain.parametric_terms import DAY_SECONDS, LEAST_THRESHOLD, MAX_SIGNERS
from domain.ranges import MAX_UINT16, MAX_UINT64, is_whole
from domain.tiers import MAX_SCORE, RiskTier

MAX_SUM_INSURED = (1 << 56) - 1
"""Four uses of a policy share one slot."""
MAX_COMMITTEE_SCORE = 9_000
"""Above a score of 90 three of the committee sign: terms may ask for them earlier, never later."""
MAX_WORKING_DAYS = 90
MAX_WINDOW_SECONDS = 5 * 365 * DAY_SECONDS
MAX_LEAD_SECONDS = 365 * DAY_SECONDS

Range = tuple[str, int, int, int]
"""Field, its value, least and most."""


def check_indemnity_terms(
    terms: IndemnityTerms, *, threshold: int = LEAST_THRESHOLD, signers: int = MAX_SIGNERS
) -> None:
    """Refuse what `ProductFactory` would refuse.

    Args:
        terms: To be checked.
        threshold: Of the quorum's current signer set, if known.
        signers: Size of that set, if known.
    Raises:
        TermOutOfRange: `field` is a path such as "tiers.bounds.high_above_score" or "coverages[0].share_bps"; where
            there are too many perils or coverages, their number is the value.
    Source: docs/settlement.md rule S21; `TermsRules._checkIndemnity`.
    """
    for field, value, least, most in _ranges(terms, threshold, signers):
        if not is_whole(value, least, most):
            remedy = "" if least <= most else "The terms it depends on leave no room: mend those first"
            raise TermOutOfRange(field, value, least, most, remedy)


def _ranges(terms: IndemnityTerms, threshold: int, signers: int) -> Iterator[Range]:
    """One after the other, as the later ones rest on the earlier."""
    yield "min_sum_insured", terms.min_sum_insured, 1, terms.max_sum_insured
    yield "max_sum_insured", terms.max_sum_insured, terms.min_sum_insured, MAX_SUM_INSURED
    yield "min_premium", terms.min_premium, 1, terms.min_sum_insured - 1
    yield "period_seconds", terms.period_seconds, DAY_SECONDS, MAX_WINDOW_SECONDS
    yield "max_lead_seconds", terms.max_lead_seconds, 0, MAX_LEAD_SECONDS
    yield "min_signatures", terms.min_signatures, threshold, signers
    yield from _of_tiers(terms.tiers)
    capped = terms.tiers.capped_sum_insured
    yield "tiers.capped_sum_insured", capped, terms.min_sum_insured, terms.max_sum_insured
    yield from _of_claims(terms.claims, terms.max_sum_insured)
    perils = len(terms.waiting_seconds)
    yield "perils", perils, 1, MAX_PERILS
    for number, waiting_seconds in enumerate(terms.waiting_seconds):
        yield f"waiting_seconds[{number}]", waiting_seconds, 0, terms.period_seconds
    yield "coverages", len(terms.coverages), 1, MAX_COVERAGES
    for number, coverage in enumerate(terms.coverages):
        field = f"coverages[{number}]"
        yield f"{field}.perils", coverage.perils, 1, (1 << perils) - 1
        yield f"{field}.limit_bps", coverage.limit_bps, 1, BPS_WHOLE
        yield f"{field}.claim_limit_bps", coverage.claim_limit_bps, 1, coverage.limit_bps
        yield f"{field}.share_bps", coverage.share_bps, 1, BPS_WHOLE
        yield f"{field}.deductible", coverage.deductible, 0, terms.max_sum_insured


def _of_tiers(tiers: TierTable) -> Iterator[Range]:
    """Bounds in order, and nobody pays less for more risk."""
    bounds = tiers.bounds
    yield "tiers.bounds.high_above_score", bounds.high_above_score, bounds.medium_from_score, MAX_SCORE
    ratio = bounds.high_above_ratio_bps
    yield "tiers.bounds.high_above_ratio_bps", ratio, bounds.medium_from_ratio_bps, MAX_UINT16
    yield "tiers.low_factor_bps", tiers.low_factor_bps, 1, MAX_UINT16
    yield "tiers.medium_factor_bps", tiers.medium_factor_bps, tiers.low_factor_bps, MAX_UINT16
    yield "tiers.loaded_factor_bps", tiers.loaded_factor_bps, tiers.medium_factor_bps, MAX_UINT16
    yield "tiers.high_factor_bps", tiers.high_factor_bps, tiers.low_factor_bps, MAX_UINT16
    yield "tiers.committee_above_score", tiers.committee_above_score, 0, MAX_COMMITTEE_SCORE


def _of_claims(rules: ClaimRules, max_sum_insured: int) -> Iterator[Range]:
    """No clock without an end, no window too short to use."""
    yield "claims.notice_window_seconds", rules.notice_window_seconds, DAY_SECONDS, MAX_WINDOW_SECONDS
    yield "claims.acknowledge_days", rules.acknowledge_days, 1, rules.decide_days
    yield "claims.decide_days_low", rules.decide_days_low, 1, rules.decide_days
    yield "claims.decide_days", rules.decide_days, 1, MAX_WORKING_DAYS
    yield "claims.dispute_window_seconds", rules.dispute_window_seconds, DAY_SECONDS, MAX_WINDOW_SECONDS
    yield "claims.reopen_window_seconds", rules.reopen_window_seconds, 0, MAX_WINDOW_SECONDS
    yield "claims.interest_bps", rules.interest_bps, 0, BPS_WHOLE
    yield "claims.interest_cap_bps", rules.interest_cap_bps, 0, BPS_WHOLE
    yield "claims.auto_tier", rules.auto_tier, RiskTier.LOW, RiskTier.HIGH
    yield "claims.max_fraud_score", rules.max_fraud_score, 0, MAX_SCORE
    yield "claims.min_confidence_bps", rules.min_confidence_bps, 0, BPS_WHOLE
    yield "claims.auto_limit", rules.auto_limit, 0, max_sum_insured
    yield "claims.second_signature_above", rules.second_signature_above, 0, MAX_UINT64
    yield "claims.deposit_bps", rules.deposit_bps, 0, BPS_WHOLE
    yield "claims.deposit_cap", rules.deposit_cap, 0, max_sum_insured
