"""Manual R7 and R8: what may be decided, and what has to be told."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from domain.errors import AmountInvalid, CaseStepRefused, DomainError, StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_reports import IndemnityQuote, Measure, RiskAssessment
from domain.indemnity_terms import TierTable
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier, TierBounds
from domain.underwriting_decision import (
    ALLOWED,
    STANDARD,
    CaseAssessment,
    Channel,
    Conditions,
    Decision,
    Notice,
    Verdict,
    check_decision,
)
from tests.domain.office import ACCEPT, DECLINE, GRAVE, HIGH, HOPELESS, LOADED, LOW, MEDIUM, STROKE

CAPPED = Conditions(Measure.CAP, cap_minor=50_000_000)


def contract_binds(tier: RiskTier, measure: Measure) -> bool:
    """Whether the contract has a factor for this pair."""
    one, bounds = Bps(1), TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000))
    table = TierTable(bounds, one, one, one, one, 9_000, TokenUnits(1), high_accepted=True)
    risk = RiskAssessment(1, 0, Bps(0), tier, Ppb(1), TokenUnits(1), 1, bytes(32))
    parties = (ZERO_ADDRESS,) * 4
    quote = IndemnityQuote(1, *parties, bytes(32), TokenUnits(1), TokenUnits(1), 0, measure, 0, 0)
    try:
        factor_of(table, risk, quote)
    except StepRefused as refused:
        return refused.code != "MeasureNotAllowed"
    return True


def test_allowed__every_tier_and_measure__is_what_the_contract_binds() -> None:
    assert {pair for pair in product(RiskTier, Measure) if contract_binds(*pair)} == ALLOWED


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("loading_bps", lambda: Conditions(Measure.LOADING)),
        ("loading_bps", lambda: Conditions(Measure.LOADING, 65_536)),
        ("loading_bps", lambda: Conditions(Measure.NONE, 1)),
        ("cap_minor", lambda: Conditions(Measure.CAP)),
        ("cap_minor", lambda: Conditions(Measure.CAP, cap_minor=0)),
        ("cap_minor", lambda: Conditions(Measure.LOADING, 1, cap_minor=1)),
        ("exclusions", lambda: Conditions(Measure.EXCLUSION)),
        ("exclusions", lambda: Conditions(Measure.NONE, exclusions=("stroke",))),
        ("exclusions", lambda: Conditions(Measure.EXCLUSION, exclusions=("stroke", "heart"))),
        ("exclusions", lambda: Conditions(Measure.EXCLUSION, exclusions=("stroke", "stroke"))),
        ("exclusions", lambda: Conditions(Measure.EXCLUSION, exclusions=("",))),
    ],
)
def test_conditions__figures_of_another_measure__are_refused(field: str, make: Callable[[], Conditions]) -> None:
    with pytest.raises(AmountInvalid) as refused:
        make()

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("digest", lambda: replace(LOW, digest=b"")),
        ("score", lambda: replace(GRAVE, score=10_001)),
        ("loss_ratio_bps", lambda: replace(LOW, loss_ratio_bps=-1)),
        ("exclusions", lambda: replace(MEDIUM, exclusions=("stroke", "heart"))),
        ("committee", lambda: replace(HIGH, score=9_001)),
        ("fast_lane", lambda: replace(MEDIUM, fast_lane=True)),
        ("fast_lane", lambda: replace(LOW, outliers=("young-and-high",))),
        ("fast_lane", lambda: replace(LOW, committee=True)),
        ("recommended", lambda: replace(MEDIUM, recommended=None)),
        ("measure", lambda: replace(LOW, recommended=LOADED)),
        ("exclusions", lambda: replace(HIGH, exclusions=("heart",))),
    ],
)
def test_case_assessment__contradiction__is_refused_by_field(field: str, make: Callable[[], CaseAssessment]) -> None:
    with pytest.raises(DomainError) as refused:
        make()

    assert refused.value.field == field


def test_case_assessment__ninety_points__need_no_committee() -> None:
    assert not replace(HIGH, score=9_000).committee


@pytest.mark.parametrize("assessment", [LOW, MEDIUM, HIGH, GRAVE])
def test_check_decision__as_recommended__needs_no_reason(assessment: CaseAssessment) -> None:
    assert assessment.recommended is not None

    check_decision(ACCEPT[assessment.recommended], assessment)


@pytest.mark.parametrize(
    ("assessment", "conditions"), [(MEDIUM, CAPPED), (MEDIUM, STROKE), (MEDIUM, replace(LOADED, loading_bps=2_001))]
)
def test_check_decision__otherwise_than_recommended__needs_a_written_reason(
    assessment: CaseAssessment, conditions: Conditions
) -> None:
    decision = Decision(Verdict.ACCEPT, conditions)

    check_decision(replace(decision, reason="Blood pressure is treated."), assessment)
    with pytest.raises(CaseStepRefused) as refused:
        check_decision(decision, assessment)
    assert (refused.value.code, refused.value.field) == ("ReasonMissing", "reason")


@pytest.mark.parametrize(
    ("assessment", "conditions", "code"),
    [
        (LOW, LOADED, "MeasureNotAllowed"),
        (MEDIUM, STANDARD, "MeasureNotAllowed"),
        (HIGH, LOADED, "MeasureNotAllowed"),
        (HOPELESS, STANDARD, "MeasureNotAllowed"),
        (HOPELESS, STROKE, "ExclusionsMismatch"),
        (HIGH, replace(STROKE, exclusions=("heart", "stroke")), "ExclusionsMismatch"),
    ],
)
def test_check_decision__what_the_contract_would_not_bind__is_refused_with_any_reason(
    assessment: CaseAssessment, conditions: Conditions, code: str
) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        check_decision(Decision(Verdict.ACCEPT, conditions, reason="A good customer."), assessment)

    assert refused.value.code == code


@pytest.mark.parametrize("decision", [ACCEPT[LOADED], DECLINE])
def test_check_decision__outlier__needs_a_finding_on_authenticity(decision: Decision) -> None:
    unusual = replace(MEDIUM, outliers=("young-and-high",))

    check_decision(replace(decision, authenticity="Seen the original report."), unusual)
    with pytest.raises(CaseStepRefused, match="young-and-high") as refused:
        check_decision(decision, unusual)
    assert refused.value.code == "AuthenticityUnchecked"


@pytest.mark.parametrize("assessment", [LOW, MEDIUM, HIGH, HOPELESS])
def test_check_decision__decline_with_reason__is_a_persons_to_make_of_any_risk(assessment: CaseAssessment) -> None:
    check_decision(DECLINE, assessment)


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("ReasonMissing", lambda: Decision(Verdict.DECLINE)),
        ("ReasonMissing", lambda: Decision(Verdict.DECLINE, reason=" \n")),
        ("GroundMissing", lambda: Decision(Verdict.DECLINE, reason="Too high.")),
        ("GroundMissing", lambda: Decision(Verdict.DECLINE, reason="Too high.", ground=99)),
        ("GroundMissing", lambda: Decision(Verdict.DECLINE, reason="Too high.", ground=True)),
        ("GroundWithoutRefusal", lambda: Decision(Verdict.ACCEPT, ground=1)),
        ("DeclineWithConditions", lambda: Decision(Verdict.DECLINE, LOADED, reason="Too high.", ground=3)),
        ("TextTooLong", lambda: Decision(Verdict.ACCEPT, reason="x" * 4_001)),
        ("TextTooLong", lambda: Decision(Verdict.ACCEPT, authenticity="x" * 4_001)),
    ],
)
def test_decision__incomplete__is_refused_by_name(code: str, make: Callable[[], Decision]) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        make()

    assert refused.value.code == code


DECLINED = {"verdict": Verdict.DECLINE, "reason": "Cancer.", "ground": 1}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"basis": ""}, "TextMissing", "basis"),
        ({"how_to_object": " "}, "TextMissing", "how_to_object"),
        ({"verdict": Verdict.DECLINE}, "ReasonMissing", "reason"),
        ({"verdict": Verdict.DECLINE, "reason": "Cancer."}, "GroundMissing", "ground"),
        ({"ground": 1}, "GroundWithoutRefusal", "ground"),
        ({**DECLINED, "channel": Channel.SMS}, "NoticeNotWritten", "channel"),
        ({**DECLINED, "channel": Channel.PHONE}, "NoticeNotWritten", "channel"),
    ],
)
def test_notice__without_what_it_must_state__is_refused(changes: dict[str, object], code: str, field: str) -> None:
    whole = {
        "channel": Channel.WRITTEN,
        "verdict": Verdict.ACCEPT,
        "tier": RiskTier.MEDIUM,
        "conditions": LOADED,
        "reason": "",
        "basis": "Score 70.",
        "how_to_object": "Call us.",
    }

    Notice(**whole)  # type: ignore[arg-type]  # the fields of a notice, by name
    with pytest.raises(CaseStepRefused) as refused:
        Notice(**{**whole, **changes})  # type: ignore[arg-type]  # as above
    assert (refused.value.code, refused.value.field) == (code, field)
