"""Manual R16: errors on review below 2 %, turnaround below two working days, complaints below 1 %."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claim_clock import DAY_SECONDS
from domain.underwriting_case import Case
from domain.underwriting_desk import SILENCE_SECONDS
from domain.underwriting_figures import Part, Turnaround, complaints, quarter_figures, review_errors, turnaround
from domain.underwriting_steps import Asked, Decided, Fault, Lapsed, SentBack, Signed, Withdrawn
from domain.working_days import OfficeCalendar
from tests.domain.office import (
    ACCEPT,
    APPLICANT,
    CLERK,
    ENGINE,
    HOUR,
    JUNIOR,
    LOADED,
    LOW,
    MONDAY,
    SENIOR,
    decided,
    finished,
    notice,
    received,
    taken,
)

PLAIN = OfficeCalendar()
CLEAN = finished(decided())
WRONG = finished(taken(decided(), SENIOR, SentBack(frozenset({Fault.ACCURACY}), "Page 2.")))
MACHINE = finished(decided(LOW, by=ENGINE))
GONE = taken(received(), APPLICANT, Withdrawn("Letter."))


def told_after(seconds: int) -> Case:
    """A case told so many seconds after its information was complete."""
    case = taken(decided(), SENIOR, Signed(), 0)
    rest = seconds - (case.last_at - (MONDAY + HOUR))
    return finished(taken(case, CLERK, notice(case), rest))


@given(st.integers(0, 2_000), st.integers(1, 2_000), st.integers(1, 300))
def test_part__any_count__is_exact_and_rounded_up(count: int, of: int, limit: int) -> None:
    part = Part(min(count, of), of, limit)
    exact = Fraction(part.count, of) * 10_000

    assert 0 <= part.bps - exact < 1
    assert part.holds == (exact < limit)


@pytest.mark.parametrize(
    ("count", "of", "bps", "holds"), [(0, 0, 0, True), (2, 100, 200, False), (1, 51, 197, True), (1, 50, 200, False)]
)
def test_part__two_percent__is_not_below_two(count: int, of: int, bps: int, holds: bool) -> None:
    part = Part(count, of, 200)

    assert (part.bps, part.holds) == (bps, holds)


def test_part__just_below_the_limit__holds_though_rounded_up_to_it() -> None:
    part = Part(1_999, 100_000, 200)

    assert (part.bps, part.holds) == (200, True)


def test_review_errors__cases__counts_those_sent_back_once_of_those_reviewed() -> None:
    back = SentBack(frozenset({Fault.COMPLIANCE}), "Page 2.")
    again = taken(taken(decided(), SENIOR, back), JUNIOR, Decided(ACCEPT[LOADED]))
    twice = taken(again, SENIOR, back)

    figures = review_errors([CLEAN, WRONG, MACHINE, GONE, taken(twice, APPLICANT, Withdrawn("Letter."))])

    assert (figures.count, figures.of, figures.bps, figures.holds) == (2, 3, 6_667, False)


def test_complaints__case_complained_of__counts_once_of_all() -> None:
    cases = [finished(decided(case=received(number))) for number in range(1, 102)]

    assert complaints(cases, [5, 5]) == Part(1, 101, 100)
    assert complaints(cases, [5]).holds
    assert not complaints(cases[1:], [5]).holds
    assert complaints(cases, [999]) == Part(0, 101, 100)


def test_turnaround__told_after_complete_information__is_the_exact_mean_of_working_time() -> None:
    limit = 2 * DAY_SECONDS

    below = turnaround([told_after(limit - 1), told_after(limit), GONE], PLAIN)
    at = turnaround([told_after(limit)], PLAIN)

    assert (below.seconds, below.cases, below.late) == (2 * limit - 1, 2, 1)
    assert (below.mean_seconds, below.holds, below.late_bps) == (limit, True, 5_000)
    assert (at.mean_seconds, at.holds, at.late_bps) == (limit, False, 10_000)


def test_turnaround__over_a_weekend_and_holidays__counts_working_time_only() -> None:
    monday = MONDAY // DAY_SECONDS
    festival = OfficeCalendar(holidays=frozenset({monday + 1, monday + 2}))

    assert turnaround([told_after(3 * DAY_SECONDS)], festival).seconds == DAY_SECONDS


def test_turnaround__nothing_told__holds() -> None:
    assert turnaround([GONE], PLAIN) == Turnaround(0, 0, 0)
    assert (Turnaround(0, 0, 0).mean_seconds, Turnaround(0, 0, 0).late_bps, Turnaround(0, 0, 0).holds) == (0, 0, True)


@pytest.mark.parametrize(("since", "until", "counted"), [(0, 1, 1), (-1, 1, 1), (-1, 0, 0), (1, 2, 0)])
def test_quarter_figures__closed_at_the_edges__counts_from_since_and_before_until(
    since: int, until: int, counted: int
) -> None:
    at = CLEAN.closed_at or 0

    figures = quarter_figures([CLEAN, decided()], at + since, at + until, complained_of=(), calendar=PLAIN)

    assert (figures.complaints.of, figures.hold) == (counted, True)


@pytest.mark.parametrize(
    ("cases", "complained_of"), [([WRONG], ()), ([CLEAN], (1,)), ([told_after(3 * DAY_SECONDS)], ())]
)
def test_quarter_figures__one_limit_broken__do_not_hold(cases: list[Case], complained_of: tuple[int, ...]) -> None:
    figures = quarter_figures(cases, 0, 2 * MONDAY, complained_of=complained_of, calendar=PLAIN)

    parts = (figures.review_errors.holds, figures.turnaround.holds, figures.complaints.holds)
    assert sorted(parts) == [False, True, True]
    assert not figures.hold


def test_quarter_figures__lapsed__is_closed_but_told_nobody() -> None:
    asked = taken(received(), JUNIOR, Asked(("age",)))
    lapsed = taken(asked, CLERK, Lapsed("Silent."), SILENCE_SECONDS)

    figures = quarter_figures([lapsed], 0, 2 * MONDAY, complained_of=(), calendar=PLAIN)

    assert (figures.turnaround.cases, figures.review_errors.of, figures.complaints.of) == (0, 0, 1)
