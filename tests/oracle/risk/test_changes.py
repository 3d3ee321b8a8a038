import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment, Subject
from oracle.risk.changes import Change
from oracle.risk.engine import Engine
from oracle.risk.indicators import Case, Kind, Line, Party, Row, Value
from oracle.risk.rounding import MAX_AMOUNT_MINOR
from oracle.risk.vocabulary import INDICATORS
from tests.oracle.risk.subjects import (
    EVERY_CASE,
    Alteration,
    Table,
    engine,
    priced_for,
    row,
    rows_of,
    subject,
    table_of,
    tables_with,
)


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


def near_a_bound(case: Case, given_row: Row, ratio_bps: int) -> Subject:
    """The applicant with a premium that brings the loss ratio near `ratio_bps`, so that changes matter."""
    loss = assess(Subject(1, case, given_row), engine()).measured.expected_loss_minor
    premium = min(max(loss * 10_000 // ratio_bps, 1), MAX_AMOUNT_MINOR)
    return Subject(1, case, {**given_row, "premium_minor": premium})


def nearer(given_subject: Subject, change: Change) -> list[Value]:
    """Values a little nearer to the one before, or reachable ones with points between."""
    about = INDICATORS[change.indicator]
    before, after = about.coded(change.before), about.coded(change.after)
    if about.kind is Kind.WHOLE:
        return [after + (1 if after < before else -1)]
    card = table_of(given_subject.case.line).scorecards[given_subject.case.party].indicators
    (scored,) = (each for each in card if each.definition is about)
    between = range(scored.steps.at(after) + 1, scored.steps.at(before))
    return [about.decoded(place) for place in scored.reachable if scored.steps.at(place) in between]


@given(data=st.data(), ratio=st.integers(4_500, 12_000))
@settings(max_examples=300, deadline=None)
def test_changes__each__lowers_the_tier_and_is_the_smallest_that_does(data: st.DataObject, ratio: int) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    given_subject = near_a_bound(case, data.draw(rows_of(case)), ratio)
    before = assess(given_subject, engine())

    for change in before.changes:
        after = with_change(given_subject, change)
        found = (after.score, after.measured.loss_ratio_bps, after.tier)
        assert after.tier < before.tier
        assert found == (change.score, change.loss_ratio_bps, change.tier)
        assert change.indicator not in ("age_years", "sex")
        about = INDICATORS[change.indicator]
        assert about.coded(change.after) >= about.directed_from
        for value in nearer(given_subject, change):
            almost = Subject(1, case, {**given_subject.row, change.indicator: value})
            assert assess(almost, engine()).tier == before.tier


@pytest.mark.parametrize("ratio", range(5_000, 11_000, 250))
@pytest.mark.parametrize(
    ("line", "changes"),
    [
        (Line.LIFE, {"systolic_mmhg": 190, "fasting_glucose_umol": 12_000, "bmi_tenths": 400, "smoking": "current"}),
        (Line.HEALTH, {"systolic_mmhg": 190, "hba1c_bp": 900, "ldl_umol": 4_500, "cholesterol_umol": 9_000}),
        (Line.MOTOR, {"violations_12m": 6, "at_fault_accidents_36m": 4, "vehicle_use": "commercial"}),
        (Line.ACCIDENT, {"violations_12m": 6, "at_fault_accidents_36m": 4, "dangerous_posts_12m": 12}),
        (Line.PROPERTY, {"fire_equipment": "none", "arrears_24m": 5, "credit_score": 450}),
    ],
)
def test_changes__bad_habits_near_a_bound__are_the_smallest_that_lower_the_tier(
    line: Line, changes: dict[str, Value], ratio: int
) -> None:
    case = Case(line, Party.PERSONAL)
    given_subject = near_a_bound(case, row(line, **changes), ratio)
    before = assess(given_subject, engine())

    for change in before.changes:
        assert with_change(given_subject, change).tier == change.tier < before.tier
        for value in nearer(given_subject, change):
            almost = Subject(1, case, {**given_subject.row, change.indicator: value})
            assert assess(almost, engine()).tier == before.tier


def test_changes__no_fire_equipment__the_least_that_helps_is_offered() -> None:
    case = Case(Line.PROPERTY, Party.PERSONAL)
    offered = {
        each.after
        for ratio in range(8_001, 14_000, 100)
        for each in assess(near_a_bound(case, row(Line.PROPERTY, fire_equipment="none"), ratio), engine()).changes
        if each.indicator == "fire_equipment"
    }

    assert offered == {"extinguishers", "alarm", "sprinklers"}


def at_the_bound(applicant: Subject, life: Alteration, texts: Alteration) -> Assessment:
    """A life assessed where one hundredth of a point less is a tier less."""

    def engine_with(bound: int) -> Engine:
        def change(table: Table) -> None:
            life(table)
            table["tiers"]["medium_from_score"] = bound

        return Engine(tables_with("life", change, texts=texts), engine().models)

    return assess(applicant, engine_with(assess(applicant, engine_with(1)).score))


def as_it_is(_: Table) -> None:
    """No alteration."""


@pytest.mark.parametrize(("ldl", "after"), [(None, 6_199), (6_000, 6_199), (6_250, None)])
def test_changes__would_contradict_another_answer__is_not_offered(ldl: int | None, after: int | None) -> None:
    applicant = subject(Line.LIFE, premium_minor=9_000_000, cholesterol_umol=6_300, ldl_umol=ldl)
    found = at_the_bound(applicant, as_it_is, as_it_is)

    assert found.tier is RiskTier.MEDIUM
    assert {each.indicator: each.after for each in found.changes}.get("cholesterol_umol") == after


def test_changes__of_what_feeds_a_derived_indicator__moves_that_too() -> None:
    def score_debts(table: Table) -> None:
        indicators = table["scorecards"][0]["indicators"]
        bands = [{"from": 0, "to": 4_999_999, "points": 0}, {"from": 5_000_000, "to": 10**12, "points": 10_000}]
        indicators["liabilities_minor"] = {**indicators.pop("arrears_24m"), "bands": bands}
        table["behaviour"] = table["conditions"] = table["watch"] = []

    def name_yuan(table: Table) -> None:
        table["units"]["minor units"] = {"en": "yuan", "zh": "元", "decimals": 2}

    applicant = subject(Line.LIFE, premium_minor=9_000_000, liabilities_minor=29_000_000, income_minor=10_000_000)
    found = at_the_bound(applicant, score_debts, name_yuan)

    # Debts of less than a yearly income score nothing, which already is a tier less; the debts themselves still score.
    assert {each.indicator: each.after for each in found.changes}["liabilities_minor"] == 9_999_000


def test_changes__lower_than_healthy_scores_again__the_healthy_range_is_aimed_at() -> None:
    applicant = subject(Line.LIFE, premium_minor=9_000_000, systolic_mmhg=125)
    found = at_the_bound(applicant, as_it_is, as_it_is)

    assert {each.indicator: each.after for each in found.changes}["systolic_mmhg"] == 119
