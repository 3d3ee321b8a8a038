"""Not to authorise a source never pays: what it would have confirmed counts as at least raised, and a person looks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Assessment
from oracle.risk.derived import coded_row, definition, sources_of
from oracle.risk.engine import Engine, measure
from oracle.risk.explain import notice
from oracle.risk.forms import stated_name
from oracle.risk.indicators import CASES, Case, Kind, Line, Party, Source
from oracle.risk.points import IndicatorPoints
from oracle.risk.portfolio.table import Read
from oracle.risk.records import CONFIRMABLE
from oracle.risk.unconfirmed import EVERYTHING, Reading, unconfirmed
from oracle.risk.vocabulary import INDICATORS
from tests.oracle.risk.applications import document, statements
from tests.oracle.risk.subjects import coded, engine, refused, rows_of, table_of, tables_with

TRAFFIC = "traffic-authority"
MOTOR = Case(Line.MOTOR, Party.PERSONAL)
LARGE = 500_000_000
"""More than the least sum at which any line counts on a source, minor units."""


def assessed(written: dict[str, Any]) -> Assessment:
    return assess(subject_of(parse_application(written)), engine())


def whole_report(case: Case, source: Source, **said: Any) -> dict[str, Any]:
    """All a source can say, as the customer states it, but for what it says otherwise."""
    stated = statements(*case)
    names = [stated_name(each.name) for each in INDICATORS.values() if source in each.sources]
    return {**{name: stated[name] for name in names if name in stated}, **said}


def motor(record: dict[str, Any], *, authorised: bool, **stated: Any) -> Assessment:
    """A motor application: what the traffic authority has on record, and what is stated where it must not be asked."""
    if authorised:
        kept = {name: value for name, value in stated.items() if Source.TRAFFIC_AUTHORITY in sources_of(name)}
        report = whole_report(MOTOR, Source.TRAFFIC_AUTHORITY, **{**kept, **record})
        return assessed(document(Line.MOTOR, reports={TRAFFIC: report}, authorised=(TRAFFIC,), **stated))
    return assessed(document(Line.MOTOR, **stated))


def test_assess__three_violations_on_record_two_stated__score_as_much_without_consent() -> None:
    stated = {"driving_years": 2, "violations_12m": 2, "at_fault_accidents_36m": 1, "premium_minor": 2_000_000}

    known = motor({"violations_12m": 3}, authorised=True, **stated)
    withheld = motor({}, authorised=False, **stated)

    assert withheld.score == known.score
    assert withheld.measured.loss_ratio_bps == known.measured.loss_ratio_bps
    assert withheld.tier == known.tier


def test_assess__traffic_record_not_read__is_no_fast_lane_however_good_the_statements() -> None:
    known = motor({}, authorised=True, premium_minor=2_000_000)
    withheld = motor({}, authorised=False, premium_minor=2_000_000)

    assert (known.tier, known.review.fast_lane, known.review.unconfirmed) == (RiskTier.LOW, True, ())
    assert (withheld.tier, withheld.review.fast_lane) == (RiskTier.LOW, False)
    assert withheld.review.unconfirmed == (Source.TRAFFIC_AUTHORITY,)


def test_assess__authorised_and_never_asked__is_not_read() -> None:
    assert assessed(document(Line.MOTOR, authorised=(TRAFFIC,))).review.unconfirmed == (Source.TRAFFIC_AUTHORITY,)


def test_assess__not_read__states_what_was_said_and_suspects_nobody() -> None:
    withheld = motor({}, authorised=False)

    (violations,) = [each for each in withheld.measured.contributions if each.indicator == "violations_12m"]
    assert (violations.coded, violations.points) == (0, 7_500)
    assert withheld.qualitative.findings == withheld.qualitative.conditions == ()


def test_assess__raised_value_that_would_be_declined__declines_nobody() -> None:
    def change(table: dict[str, Any]) -> None:
        table["scorecards"][0]["indicators"]["drink_driving_records"]["raised"] = 2

    using = Engine(tables_with("motor", change), engine().models)
    known, withheld = (
        assess(subject_of(parse_application(each)), using)
        for each in (
            document(
                Line.MOTOR,
                reports={TRAFFIC: whole_report(MOTOR, Source.TRAFFIC_AUTHORITY, drink_driving_records=2)},
                authorised=(TRAFFIC,),
            ),
            document(Line.MOTOR),
        )
    )

    assert [rule.code for rule in known.decided.declines] == ["several-drink-driving-records"]
    assert withheld.decided.declines == ()
    assert withheld.score == withheld.measured.scored > known.measured.scored


def test_notice__not_read__says_so_in_both_languages() -> None:
    told = notice(motor({}, authorised=False, premium_minor=2_000_000), engine().tables)

    assert any("without what is needed: records of the traffic authority." in line for line in told["en"])
    assert any("未提供所需内容：交通管理部门记录" in line for line in told["zh"])


@pytest.mark.parametrize(("insured", "counted_on"), [(50_000_000, ()), (50_000_001, (Source.HOSPITAL,))])
def test_assess__life_without_hospital_records__counts_on_them_above_500_000_yuan(
    insured: int, counted_on: tuple[Source, ...]
) -> None:
    assert assessed(document(Line.LIFE, sum_insured_minor=insured)).review.unconfirmed == counted_on


CONFIRMED = [
    pytest.param(case, source, each, id=f"{case.line.value}-{case.party.value}-{each.definition.name}")
    for case in CASES
    for each in table_of(case.line).scorecards[case.party].indicators
    if each.definition.monotone(case.line)
    for source in sources_of(each.definition.name)
    if source in {one.source for one in table_of(case.line).counted_on}
]


MADE_OF: dict[str, dict[str, Any]] = {
    "illness_seriousness": {"history": ["diabetes-type-2"]},
    "debt_to_income_bps": {"liabilities_minor": 20_000_000, "income_minor": 20_000_000},
    "debt_to_assets_bps": {"liabilities_minor": 30_000_000, "assets_minor": 100_000_000},
    "cover_to_income_bps": {"income_minor": LARGE // 31},
}
"""What a source says where a derived indicator is at its raised value."""


def reported_as(each: IndicatorPoints) -> dict[str, Any]:
    """What a source says of the raised value."""
    assert each.raised is not None, f"{each.definition.name} has no raised value"
    return MADE_OF.get(each.definition.name) or {each.definition.name: each.definition.decoded(each.raised)}


@pytest.mark.parametrize("premium", [1_000_000, 2_000_000, 4_000_000, 8_000_000])
@pytest.mark.parametrize(("case", "source", "each"), CONFIRMED)
def test_assess__raised_on_record__never_measures_less_without_consent(
    case: Case, source: Source, each: IndicatorPoints, premium: int
) -> None:
    stated: dict[str, Any] = {"sum_insured_minor": LARGE, "premium_minor": premium}
    if case.line is Line.PROPERTY:
        stated["property_value_minor"] = LARGE
    report = whole_report(case, source, **reported_as(each))
    if {"ldl_umol", "cholesterol_umol"} & set(reported_as(each)):
        report = {**report, "cholesterol_umol": 5_200}
    if each.definition.name == "diastolic_mmhg":
        stated["systolic_mmhg"] = report["systolic_mmhg"]
    known = assessed(document(*case, reports={source.value: report}, authorised=(source.value,), **stated))
    withheld = assessed(document(*case, **stated))

    assert withheld.score >= known.score
    assert withheld.measured.expected_loss_minor >= known.measured.expected_loss_minor
    assert withheld.tier >= known.tier
    assert not withheld.review.fast_lane


@pytest.mark.parametrize("case", CASES)
def test_assess__optional_and_from_a_source_that_needs_consent__never_measures_less_left_out(case: Case) -> None:
    """Every sensitive source of every form, counted on or not: what it alone says, at its raised value."""
    for each in table_of(case.line).scorecards[case.party].indicators:
        about = each.definition
        if about.derived or case in about.required or not any(source.sensitive for source in about.sources):
            continue
        source = next(source for source in about.sources if source.sensitive)
        assert each.raised is not None
        report = {about.name: about.decoded(each.raised)}
        left_out: dict[str, Any] = {about.name: None} if Source.CUSTOMER in about.sources else {}
        known = assessed(document(*case, reports={source.value: report}, authorised=(source.value,), **left_out))
        withheld = assessed(document(*case, **left_out))

        assert withheld.score >= known.score, about.name
        assert withheld.measured.expected_loss_minor >= known.measured.expected_loss_minor, about.name
        assert withheld.tier >= known.tier, about.name


@pytest.mark.parametrize("case", CASES)
def test_unconfirmed__columns__say_what_one_by_one_says(case: Case) -> None:
    table = table_of(case.line)
    sums = (1, 50_000_000, 50_000_001, 100_000_001, 200_000_001)
    unsaid = [(), *((name,) for name in CONFIRMABLE), CONFIRMABLE]
    rows = [
        (coded(*case, sum_insured_minor=insured), frozenset(CONFIRMABLE) - frozenset(names))
        for insured in sums
        for names in unsaid
    ]
    columns = {name: np.array([row[name] for row, _ in rows], dtype=np.int64) for name in rows[0][0]}
    every, bits = np.ones(len(rows), dtype=np.bool_), {name: 1 << place for place, name in enumerate(CONFIRMABLE)}
    stated_only = np.array([sum(bits[name] for name in names) for _ in sums for names in unsaid])
    read = Read(dict.fromkeys(Source, every), stated_only)

    found = table.readings[case.party].columns(columns, read)

    for place, (row, its_read) in enumerate(rows):
        alone = table.readings[case.party].one(row, its_read)
        assert {name: int(column[place]) for name, column in found.coded.items()} == alone.coded
        assert tuple(each for each in Source if each in found.unread and found.unread[each][place]) == alone.unread
        assert unconfirmed(table.counted_on, row, its_read) == alone.unread


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_measure__any_row_less_confirmed__never_measures_less(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    row = coded_row(data.draw(rows_of(case)), case.line, case.party, engine().tables.grading)
    more = data.draw(st.frozensets(st.sampled_from(sorted(EVERYTHING))))
    fewer = data.draw(st.frozensets(st.sampled_from(sorted(more)))) if more else more

    known, withheld = measure(row, case, engine(), more), measure(row, case, engine(), fewer)

    assert withheld.scored >= known.scored
    assert withheld.expected_loss_minor >= known.expected_loss_minor
    assert withheld.tiers.together >= known.tiers.together


def test_one__statement_worse_than_raised__counts_as_stated() -> None:
    reading: Reading = table_of(Line.MOTOR).readings[Party.PERSONAL]
    row = coded(Line.MOTOR, violations_12m=5)

    assert reading.one(row, frozenset()).coded["violations_12m"] == 5
    assert reading.one(row, EVERYTHING).coded == row


@pytest.mark.parametrize(("stated", "counted"), [(224, 250), (150, 150), (262, 262), (249, 249)])
def test_one__below_where_the_direction_begins__counts_as_raised_if_that_has_more_points(
    stated: int, counted: int
) -> None:
    row = coded(Line.LIFE, bmi_tenths=stated, sum_insured_minor=LARGE)

    assert table_of(Line.LIFE).readings[Party.PERSONAL].one(row, frozenset()).coded["bmi_tenths"] == counted


def test_tables__source_of_which_the_fast_lane_needs_nothing__is_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        table["fast_lane"]["needs"] = [{"above_sum_minor": 1, "facts": ["drink_driving_records"]}]

    error = refused("motor", change)

    assert (error.field, error.value) == ("motor.fast_lane.sources", TRAFFIC)
    assert "needs" in error.remedy


def test_tables__indicator_of_a_source_counted_on_without_raised__is_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        del table["scorecards"][0]["indicators"]["violations_12m"]["raised"]

    error = refused("motor", change)

    assert (error.field, error.value) == ("motor.scorecards.personal.violations_12m.raised", None)


@pytest.mark.parametrize("source", ["customer", "hospital"])
def test_tables__source_that_says_nothing_of_the_line__is_refused(source: str) -> None:
    def change(table: dict[str, Any]) -> None:
        table["fast_lane"]["sources"][0]["sources"] = [source]

    error = refused("motor", change)

    assert (error.field, error.value) == ("motor.fast_lane.sources", source)


def test_sources_of__derived__are_those_of_what_it_is_made_of() -> None:
    assert sources_of("illness_seriousness") == {Source.CUSTOMER, Source.HOSPITAL}
    assert sources_of("debt_to_income_bps") == {Source.CUSTOMER, Source.CREDIT_REPORT}
    assert sources_of("occupation_class") == {Source.CUSTOMER}
    assert all(sources_of(name) == set(about.sources) for name, about in INDICATORS.items() if not about.derived)
    assert all(definition(name).kind is not Kind.SET for name in ("illness_seriousness", "occupation_class"))
