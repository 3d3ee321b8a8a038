"""Steps of enquiries and complaints, and their deadlines in working days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.service_matters import (
    REOPEN_SECONDS,
    SILENCE_SECONDS,
    Matter,
    MatterKind,
    MatterState,
    MatterStepRefused,
    Outcome,
    acknowledge,
    answer,
    close,
    escalate,
    extend,
    opened,
    withdraw,
)
from domain.working_days import OfficeCalendar

DAY = 86_400
MONDAY = 4 * DAY
"""5 January 1970, midnight UTC."""
WEEKDAYS = OfficeCalendar()


def complaint(*, state: MatterState = MatterState.RECEIVED) -> Matter:
    matter = opened(MatterKind.COMPLAINT, MONDAY, WEEKDAYS)
    if state is MatterState.RECEIVED:
        return matter
    matter = acknowledge(matter, MONDAY, WEEKDAYS)
    return matter if state is MatterState.ACKNOWLEDGED else answer(matter, MONDAY, "clerk", Outcome.NOT_UPHELD)


def test_opened__enquiry_on_a_friday__due_the_tuesday_after() -> None:
    assert opened(MatterKind.ENQUIRY, MONDAY + 4 * DAY, WEEKDAYS).due_at == MONDAY + 8 * DAY


def test_acknowledge__in_time__answer_counts_from_when_it_came_in() -> None:
    found = acknowledge(complaint(), MONDAY + DAY, WEEKDAYS)

    assert (found.due_at, found.late) == (MONDAY + 12 * DAY, False)


def test_acknowledge__after_a_working_day__late_for_good() -> None:
    found = acknowledge(complaint(), MONDAY + DAY + 1, WEEKDAYS)

    assert found.late
    assert answer(found, MONDAY + 2 * DAY, "clerk", Outcome.UPHELD).late


def test_extend__acknowledged__twenty_working_days_more_and_no_further() -> None:
    found = extend(complaint(state=MatterState.ACKNOWLEDGED), WEEKDAYS)

    assert found.due_at == MONDAY + 40 * DAY
    with pytest.raises(MatterStepRefused, match="extended before"):
        extend(found, WEEKDAYS)


def test_escalate__within_thirty_days__second_look_by_somebody_else() -> None:
    first = complaint(state=MatterState.ANSWERED)

    found = escalate(first, MONDAY + REOPEN_SECONDS, WEEKDAYS)

    with pytest.raises(MatterStepRefused, match="colleague"):
        answer(found, MONDAY + REOPEN_SECONDS, "clerk", Outcome.UPHELD)
    done = answer(found, MONDAY + REOPEN_SECONDS, "another", Outcome.UPHELD)
    assert (done.state, done.outcome) == (MatterState.ANSWERED, Outcome.UPHELD)
    with pytest.raises(MatterStepRefused, match="second look"):
        escalate(done, MONDAY + REOPEN_SECONDS, WEEKDAYS)


def test_escalate__later__refused() -> None:
    with pytest.raises(MatterStepRefused, match="30 days"):
        escalate(complaint(state=MatterState.ANSWERED), MONDAY + REOPEN_SECONDS + 1, WEEKDAYS)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (MatterKind.ENQUIRY, Outcome.UPHELD),
        (MatterKind.COMPLAINT, Outcome.ANSWERED),
        (MatterKind.COMPLAINT, Outcome.OPEN),
    ],
)
def test_answer__outcome_of_another_kind__refused(kind: MatterKind, outcome: Outcome) -> None:
    matter = replace(complaint(state=MatterState.ACKNOWLEDGED), kind=kind)

    with pytest.raises(MatterStepRefused, match="outcome"):
        answer(matter, MONDAY, "clerk", outcome)


def test_close__by_the_office__only_after_silence() -> None:
    matter = complaint(state=MatterState.ANSWERED)

    with pytest.raises(MatterStepRefused, match="14 days"):
        close(matter, MONDAY + SILENCE_SECONDS - 1, by_customer=False)
    assert close(matter, MONDAY, by_customer=True).closed_at == MONDAY
    assert close(matter, MONDAY + SILENCE_SECONDS, by_customer=False).state is MatterState.CLOSED


@pytest.mark.parametrize("state", [MatterState.ANSWERED, MatterState.CLOSED, MatterState.WITHDRAWN])
def test_withdraw__no_longer_the_offices_turn__refused(state: MatterState) -> None:
    with pytest.raises(MatterStepRefused):
        withdraw(replace(complaint(), state=state), MONDAY)


def test_acknowledge__enquiry__takes_no_such_step() -> None:
    with pytest.raises(MatterStepRefused, match="Only a complaint"):
        acknowledge(opened(MatterKind.ENQUIRY, MONDAY, WEEKDAYS), MONDAY, WEEKDAYS)
