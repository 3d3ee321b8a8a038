"""A report confirms what it gives: one that is empty or partial is worth no more than none (R3, R11)."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Assessment
from oracle.risk.forms import ApplicationContradictory, stated_name
from oracle.risk.indicators import CASES, Case, Line, Party, Source
from oracle.risk.records import application_of_record
from oracle.risk.vocabulary import INDICATORS, asked
from tests.oracle.risk.applications import document, statements
from tests.oracle.risk.subjects import engine, table_of, values_of

LARGE = 250_000_000
"""Above the least sum at which any line counts on a source, below those at which a person is sent, minor units."""
COUNTED_ON = [(case, each.source) for case in CASES for each in table_of(case.line).counted_on]
VEHICLE = 150_000_000
"""Below what asks for an inspection of the vehicle, minor units."""
TRAFFIC = Source.TRAFFIC_AUTHORITY


def stated(case: Case) -> dict[str, Any]:
    """A standard risk that asks for much and offers enough for it."""
    insured = VEHICLE if case.line is Line.MOTOR else LARGE
    large: dict[str, Any] = {"sum_insured_minor": insured, "premium_minor": insured // 20}
    if case.line is Line.PROPERTY:
        large["property_value_minor"] = LARGE
    if case.line in (Line.LIFE, Line.PROPERTY):
        large |= {"income_minor": LARGE // 4}
    return large


def assessed(case: Case, source: Source, report: dict[str, Any] | None, **changes: Any) -> Assessment:
    """With this report, and one in full of every other source; None: not authorised."""
    reports = {each.value: sayable(case, each) for each in Source if each is not Source.CUSTOMER and each is not source}
    if report is not None:
        reports[source.value] = report
    written = document(*case, reports=reports, authorised=tuple(reports), **{**stated(case), **changes})
    return assess(subject_of(parse_application(written)), engine())


def sayable(case: Case, source: Source) -> dict[str, Any]:
    """All a source can say of this form: what is stated, and the best of what nobody can state."""
    best = {"credit_score": 800, "complaints_36m": 0, "dangerous_posts_12m": 0}
    known = {**best, **statements(*case), **stated(case)}
    names = [stated_name(each.name) for each in asked(*case) if source in each.sources]
    return {name: known[name] for name in names if name in known}


def needed(case: Case, source: Source) -> set[str]:
    """What the fast lane needs of a source, by its name in applications."""
    names = {
        name for each in table_of(case.line).counted_on if each.source is source
        for need in each.needs for name in need.facts
    }  # fmt: skip
    return {stated_name(name) for name in names}


@pytest.mark.parametrize(("case", "source"), COUNTED_ON)
def test_assess__report_in_full__opens_the_fast_lane(case: Case, source: Source) -> None:
    found = assessed(case, source, sayable(case, source))

    assert (found.tier, found.review.fast_lane, found.review.unconfirmed) == (RiskTier.LOW, True, ())
    assert not assessed(case, source, None).review.fast_lane


@pytest.mark.parametrize(("case", "source"), COUNTED_ON)
def test_assess__report_that_lacks_any_of_what_is_needed__counts_like_none(case: Case, source: Source) -> None:
    none, full = assessed(case, source, None), sayable(case, source)
    lacking = [set(names) for size in (1, 2) for names in combinations(sorted(needed(case, source)), size)]
    for missing in [*lacking, set(full), needed(case, source)]:
        found = assessed(case, source, {name: value for name, value in full.items() if name not in missing})

        # What nobody else can say is known, if only from a report that did not answer: absent is worth no more.
        own = {name for name in full if Source.CUSTOMER not in sources(name)} - missing
        assert (found.score == none.score) if not own else (found.score <= none.score), missing
        assert found.review.unconfirmed == (source,), missing
        assert not found.review.fast_lane, missing


def sources(name: str) -> tuple[Source, ...]:
    return INDICATORS["history_mask" if name == "history" else name].sources


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_assess__any_partial_report_of_any_source__never_better_than_none_and_never_fast(
    case: Case, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from([each.source for each in table_of(case.line).counted_on]))
    about = [each for each in asked(*case) if source in each.sources and Source.CUSTOMER in each.sources]
    # What the customer did not state counts as absent without a report, which is worse than as raised.
    about = [each for each in about if each.monotone(case.line) and each.name in statements(*case)]
    must = data.draw(st.sampled_from(sorted(needed(case, source))))
    report: dict[str, Any] = {}
    for each in data.draw(st.lists(st.sampled_from(about), unique=True)):
        if each.name != must:
            as_stated = {**statements(*case), **stated(case)}[each.name]
            report[each.name] = as_stated if data.draw(st.booleans()) else data.draw(values_of(each))
    try:
        found, none = assessed(case, source, report), assessed(case, source, None)
    except ApplicationContradictory:
        assume(False)

    assert found.score >= none.score
    assert found.measured.expected_loss_minor >= none.measured.expected_loss_minor
    assert found.tier >= none.tier
    assert not found.review.fast_lane
    assert source in found.review.unconfirmed


def test_assess__empty_traffic_record__scores_as_if_not_authorised() -> None:
    case = Case(Line.MOTOR, Party.PERSONAL)
    driver = {"driving_years": 2, "violations_12m": 2, "at_fault_accidents_36m": 1}

    reports: tuple[dict[str, Any] | None, ...] = ({}, None)
    empty, none = (assessed(case, TRAFFIC, report, **driver) for report in reports)

    assert empty.score == none.score
    assert empty.review.unconfirmed == none.review.unconfirmed == (TRAFFIC,)
    assert TRAFFIC not in empty.read


@pytest.mark.parametrize("left_out", ["ldl_umol", "alcohol_grams_week", "hba1c_bp"])
def test_assess__hospital_answered_and_left_something_out__that_counts_as_raised(left_out: str) -> None:
    case = Case(Line.HEALTH, Party.PERSONAL)
    full = sayable(case, Source.HOSPITAL)
    less = {name: value for name, value in full.items() if name != left_out}

    known, partial = assessed(case, Source.HOSPITAL, full), assessed(case, Source.HOSPITAL, less)
    raised = next(
        each for each in table_of(case.line).scorecards[case.party].indicators if each.definition.name == left_out
    )

    worse = {each.indicator for each in partial.measured.contributions} - {
        each.indicator for each in known.measured.contributions if each in partial.measured.contributions
    }
    assert worse == {left_out}
    (found,) = [each for each in partial.measured.contributions if each.indicator == left_out]
    assert found.points == raised.steps.at(raised.raised or 0)
    assert partial.review.unconfirmed == ()


@pytest.mark.parametrize(("case", "source"), COUNTED_ON)
def test_application_of_record__partial_reports__are_assessed_to_the_same_numbers(case: Case, source: Source) -> None:
    full = sayable(case, source)
    for missing in [*full, None]:
        report = {name: value for name, value in full.items() if name != missing}
        written = document(*case, reports={source.value: report}, authorised=(source.value,), **stated(case))
        application = parse_application(written)

        again = application_of_record(application.record())

        assert again.confirmed == application.confirmed
        one, other = (assess(subject_of(each), engine()) for each in (application, again))
        assert (one.measured, one.review, one.decided) == (other.measured, other.review, other.decided)
