import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment, Subject
from oracle.risk.changes import Change
from oracle.risk.contradictions import refuse_contradictions
from oracle.risk.forms import ApplicationContradictory
from oracle.risk.indicators import Case, Kind, Line, Party
from oracle.risk.vocabulary import INDICATORS
from tests.oracle.risk.subjects import EVERY_CASE, engine, priced_for, rows_of, subject


def with_change(given_subject: Subject, change: Change) -> Assessment:
    changed = {**given_subject.row, change.indicator: change.after}
    return assess(Subject(given_subject.application_id, given_subject.case, changed), engine())


def test_changes__low_risk__has_none() -> None:
    found = assess(subject(Line.LIFE, premium_minor=1_000_000), engine())

    assert (found.tier, found.changes) == (RiskTier.LOW, ())


def test_changes__smoker_priced_as_another__would_be_low_without_smoking() -> None:
    found = priced_for(RiskTier.MEDIUM, Line.LIFE, smoking="current")

    assert ("smoking", "current", "former", RiskTier.LOW) in [
        (each.indicator, each.before, each.after, each.tier) for each in found.changes
    ]


def test_changes__a_reason_to_refuse__nothing_else_helps() -> None:
    found = assess(subject(Line.MOTOR, drink_driving_records=3, violations_12m=3), engine())

    assert found.changes == ()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_changes__each__lowers_the_tier_and_is_the_smallest_that_does(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    given_subject = Subject(1, case, data.draw(rows_of(case)))
    before = assess(given_subject, engine())

    for change in before.changes:
        after = with_change(given_subject, change)
        assert after.tier < before.tier
        assert (after.score, after.measured.loss_ratio_bps, after.tier) == (
            change.score,
            change.loss_ratio_bps,
            change.tier,
        )
        assert change.indicator not in ("age_years", "sex")
        if INDICATORS[change.indicator].kind is Kind.WHOLE:
            assert isinstance(change.before, int)
            assert isinstance(change.after, int)
            less = change.after + (1 if change.after < change.before else -1)
            almost = {**given_subject.row, change.indicator: less}
            assert assess(Subject(1, case, almost), engine()).tier == before.tier


@pytest.mark.parametrize("diastolic", [95, 128])
def test_changes__would_contradict_another_answer__is_not_offered(diastolic: int) -> None:
    case = Case(Line.LIFE, Party.PERSONAL)
    for premium in range(40_000, 120_000, 4_000):
        found = assess(subject(Line.LIFE, systolic_mmhg=170, diastolic_mmhg=diastolic, premium_minor=premium), engine())
        for change in found.changes:
            row = {**subject(*case, systolic_mmhg=170, diastolic_mmhg=diastolic).row, change.indicator: change.after}
            try:
                refuse_contradictions(row)
            except ApplicationContradictory:
                pytest.fail(f"{change} contradicts a diastolic pressure of {diastolic}")
