"""Manual R8 and R16: what an underwriting case says of itself, what it tells, and until when."""

from collections.abc import Callable

import pytest

from domain.claim_clock import DAY_SECONDS
from domain.errors import CaseNotInState
from domain.indemnity_reports import Measure
from domain.underwriting_case import Case, notice_of
from domain.underwriting_decision import Channel
from domain.underwriting_steps import (
    Asked,
    Assessed,
    Fault,
    SentBack,
    Signed,
)
from domain.working_days import OfficeCalendar
from tests.domain.office import (
    CLERK,
    ENGINE,
    HOUR,
    LOW,
    MEDIUM,
    MONDAY,
    SENIOR,
    assessed,
    decided,
    finished,
    notice,
    received,
    taken,
)

PLAIN = OfficeCalendar()


def test_notice_of__decided_case__states_tier_basis_measure_and_how_to_object() -> None:
    case = taken(decided(), SENIOR, Signed())

    told = notice_of(case, Channel.PHONE, basis="Score 70, loss ratio 60 %.", how_to_object="Call us.")

    assert (told.tier, told.conditions.measure, told.conditions.loading_bps) == (MEDIUM.tier, Measure.LOADING, 2_000)
    assert (told.basis, told.how_to_object) == ("Score 70, loss ratio 60 %.", "Call us.")


def test_notice_of__nothing_decided__is_refused() -> None:
    with pytest.raises(CaseNotInState):
        notice_of(decided(), Channel.WRITTEN, basis="Score.", how_to_object="Call us.")


def test_due__fast_lane__is_a_working_day_from_complete_information() -> None:
    friday = MONDAY + 4 * DAY_SECONDS
    case = assessed(LOW, received(at=friday + 8 * HOUR))

    assert case.due(PLAIN) == friday + 3 * DAY_SECONDS + 9 * HOUR
    assert decided(LOW, by=ENGINE).due(PLAIN) == MONDAY + DAY_SECONDS + HOUR


def test_due__not_in_the_fast_lane__is_two_working_days_though_sent_back() -> None:
    case = assessed(MEDIUM)
    again = taken(decided(case=received()), SENIOR, SentBack(frozenset({Fault.COMPLETENESS}), "No income."))

    assert case.due(PLAIN) == again.due(PLAIN) == MONDAY + HOUR + 2 * DAY_SECONDS


def test_due__assessed_anew_out_of_the_fast_lane__is_two_working_days() -> None:
    back = taken(decided(LOW), SENIOR, SentBack(frozenset({Fault.ACCURACY}), "Smokes."))

    assert back.due(PLAIN) == MONDAY + HOUR + DAY_SECONDS
    assert taken(back, ENGINE, Assessed(MEDIUM)).due(PLAIN) == MONDAY + HOUR + 2 * DAY_SECONDS


def test_due__not_looked_at_yet__is_a_working_day_from_the_application() -> None:
    assert received().due(PLAIN) == MONDAY + DAY_SECONDS


def test_due__customers_turn_or_nobodys__is_none() -> None:
    asked, concluded = taken(received(), ENGINE, Asked(("age",))), taken(decided(), SENIOR, Signed())
    told = taken(concluded, CLERK, notice(concluded))

    assert asked.due(PLAIN) is told.due(PLAIN) is finished(told).due(PLAIN) is None
    assert concluded.due(PLAIN) == MONDAY + HOUR + 2 * DAY_SECONDS


@pytest.mark.parametrize("get", [Case.assessed, Case.decided])
def test_case__nothing_assessed_or_decided__says_so(get: Callable[[Case], object]) -> None:
    with pytest.raises(CaseNotInState):
        get(received())
