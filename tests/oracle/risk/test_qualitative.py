"""The manual's R4 and R6: grades, and what they may do."""

import pytest

from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.decision import Decision
from oracle.risk.grading import Grade
from oracle.risk.indicators import Line, Value
from oracle.risk.qualitative import Qualitative, qualify
from tests.oracle.risk.subjects import coded, engine, subject, table_of

HARD_YEARS: dict[str, Value] = {
    "age_years": 60, "occupation": "roofer", "sex": "male", "marital_status": "widowed", "residence_registered": False,
    "systolic_mmhg": 165, "diastolic_mmhg": 95, "fasting_glucose_umol": 6_500, "hba1c_bp": 640, "bmi_tenths": 320,
    "cholesterol_umol": 6_400, "ldl_umol": 3_500, "alcohol_grams_week": 250, "smoking": "current", "history_mask": 1,
    "past_claims_36m": 2, "past_claims_amount_minor": 30_000_000, "surrenders_60m": 2, "complaints_36m": 0,
    "credit_score": 650, "arrears_24m": 4, "liabilities_minor": 60_000_000, "past_sum_insured_minor": 400_000_000,
    "premium_minor": 5_000_000,
}  # fmt: skip


def graded(line: Line, **changes: Value) -> Qualitative:
    return qualify(coded(line, **changes), table_of(line), engine().tables.grading)


@pytest.mark.parametrize(
    ("occupation", "grade"),
    [("office-clerk", Grade.LOW), ("sales", Grade.MEDIUM), ("scaffolder", Grade.HIGH)],
)
def test_qualify__occupation__is_graded_by_its_class(occupation: str, grade: Grade) -> None:
    assert graded(Line.LIFE, occupation=occupation).occupation is grade


@pytest.mark.parametrize(
    ("bit", "grade"), [(None, Grade.LOW), (19, Grade.LOW), (0, Grade.MEDIUM), (3, Grade.HIGH), (8, Grade.HIGH)]
)
def test_qualify__history__is_graded_by_seriousness(bit: int | None, grade: Grade) -> None:
    assert graded(Line.LIFE, history_mask=0 if bit is None else 1 << bit).illness is grade


@pytest.mark.parametrize(
    ("surrenders", "grade", "findings"),
    [(0, Grade.LOW, 0), (1, Grade.MEDIUM, 1), (2, Grade.MEDIUM, 1), (3, Grade.HIGH, 2)],
)
def test_qualify__surrenders__are_graded(surrenders: int, grade: Grade, findings: int) -> None:
    found = graded(Line.LIFE, surrenders_60m=surrenders)

    assert (found.behaviour, len(found.findings)) == (grade, findings)


@pytest.mark.parametrize(("violations", "grade"), [(0, Grade.LOW), (1, Grade.MEDIUM), (5, Grade.HIGH)])
def test_qualify__driving__is_graded(violations: int, grade: Grade) -> None:
    assert graded(Line.MOTOR, violations_12m=violations).behaviour is grade


def test_qualify__a_line_that_asks_no_history__grades_none() -> None:
    assert graded(Line.MOTOR).illness is None


def test_qualify__overall__is_the_worst_grade() -> None:
    assert graded(Line.LIFE, occupation="sales", history_mask=1 << 8).overall is Grade.HIGH
    assert graded(Line.LIFE).overall is Grade.LOW


def test_assess__work_at_height_and_a_score_of_75__is_medium_with_conditions() -> None:
    found = assess(subject(Line.LIFE, **HARD_YEARS), engine())

    assert found.score == 7_500
    assert found.measured.tiers.by_ratio is RiskTier.LOW
    assert found.qualitative.occupation is Grade.HIGH
    assert found.tier is RiskTier.MEDIUM
    assert found.decided.decision is Decision.CONDITIONAL
    assert "safety-at-height" in [rule.code for rule in found.qualitative.conditions]


def test_assess__work_at_height_and_nothing_else__stays_low_with_conditions() -> None:
    found = assess(subject(Line.LIFE, occupation="roofer", premium_minor=1_000_000), engine())

    assert found.qualitative.overall is Grade.HIGH
    assert found.tier is RiskTier.LOW
    assert [rule.code for rule in found.qualitative.conditions] == ["safety-at-height"]
    assert not found.review.fast_lane
