"""Hypothesis strategies for what is signed about indemnity policies, and for their terms."""

from hypothesis import strategies as st

from domain.indemnity_reports import (
    Cancellation,
    Endorsement,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    UnderwritingReport,
)
from domain.indemnity_terms import ClaimRules, Coverage, IndemnityTerms, TierTable
from domain.tiers import RiskTier, TierBounds
from tests.ledger.strategies import addresses, uints, words

tiers = st.sampled_from(RiskTier)
assessments = st.builds(
    RiskAssessment, application_id=uints(256), score=uints(16), loss_ratio_bps=uints(16), tier=tiers,
    rate_ppb=uints(32), sum_insured_cap=uints(64), exclusions=uints(32), commitment=words,
)  # fmt: skip
underwriting_reports = st.builds(
    UnderwritingReport, chain_id=uints(64), product=addresses, signer_epoch=uints(32), observed_at=uints(40),
    valid_until=uints(40), model_hash=words, assessments=st.lists(assessments, max_size=4).map(tuple),
)  # fmt: skip
indemnity_quotes = st.builds(
    IndemnityQuote, application_id=uints(256), holder=addresses, beneficiary=addresses, payer=addresses,
    underwriter=addresses, subject=words, sum_insured=uints(64), premium=uints(64), exclusions=uints(32),
    measure=st.sampled_from(Measure), starts_at=uints(40), valid_until=uints(40), renews=uints(64),
)  # fmt: skip
endorsements = st.builds(
    Endorsement, policy_id=uints(256), sequence=uints(16), sum_insured=uints(64), premium_change=uints(64),
    exclusions=uints(32), beneficiary=addresses, underwriter=addresses, effective_at=uints(40), valid_until=uints(40),
)  # fmt: skip
cancellations = st.builds(Cancellation, policy_id=uints(256), sequence=uints(16), valid_until=uints(40))

_tier_tables = st.builds(
    TierTable, bounds=st.builds(TierBounds, *[uints(16)] * 4), low_factor_bps=uints(16), medium_factor_bps=uints(16),
    loaded_factor_bps=uints(16), high_factor_bps=uints(16), committee_above_score=uints(16),
    capped_sum_insured=uints(64), high_accepted=st.booleans(),
)  # fmt: skip
_claim_rules = st.builds(
    ClaimRules, notice_window_seconds=uints(32), acknowledge_days=uints(16), decide_days_low=uints(16),
    decide_days=uints(16), dispute_window_seconds=uints(32), reopen_window_seconds=uints(32), interest_bps=uints(16),
    interest_cap_bps=uints(16), auto_tier=tiers, max_fraud_score=uints(16), min_confidence_bps=uints(16),
    auto_limit=uints(64), second_signature_above=uints(64), deposit_bps=uints(16), deposit_cap=uints(64),
)  # fmt: skip
_coverages = st.builds(
    Coverage, perils=uints(32), limit_bps=uints(16), claim_limit_bps=uints(16), share_bps=uints(16),
    deductible=uints(64),
)  # fmt: skip
indemnity_terms = st.builds(
    IndemnityTerms, treasury=addresses, quorum=addresses, desk=addresses, disbursement=addresses, clause_root=words,
    document_hash=words, min_sum_insured=uints(64), max_sum_insured=uints(64), min_premium=uints(64),
    period_seconds=uints(32), max_lead_seconds=uints(32), min_signatures=uints(8), tiers=_tier_tables,
    claims=_claim_rules, coverages=st.lists(_coverages, max_size=4).map(tuple),
    waiting_seconds=st.lists(uints(32), max_size=32).map(tuple),
)  # fmt: skip
