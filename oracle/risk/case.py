"""What of an assessment an underwriting case keeps: the part people act on."""

from domain.indemnity_reports import Measure
from domain.underwriting_decision import CaseAssessment, Conditions
from oracle.risk.assessment import Assessment
from oracle.risk.decision import Decided, Decision


def case_assessment(assessment: Assessment) -> CaseAssessment:
    """An assessment as a case keeps it; the digest leads to the whole of it.

    Raises:
        AmountInvalid, CaseStepRefused: The tables ask for what a case does not allow.
    """
    review, decided = assessment.review, assessment.decided
    return CaseAssessment(
        digest=assessment.digest,
        score=assessment.score,
        loss_ratio_bps=assessment.measured.loss_ratio_bps,
        tier=assessment.tier,
        recommended=None if decided.decision is Decision.REFER_DECLINE else _conditions(decided),
        exclusions=_codes(decided),
        outliers=tuple(rule.code for rule in review.reasons),
        committee=review.committee,
        fast_lane=review.fast_lane,
    )


def _conditions(decided: Decided) -> Conditions:
    excluded = _codes(decided) if decided.measure is Measure.EXCLUSION else ()
    return Conditions(decided.measure, decided.loading_bps, decided.cap_minor, excluded)


def _codes(decided: Decided) -> tuple[str, ...]:
    return tuple(sorted({rule.code for rule in decided.exclusions}))
