"""Rule S16, and the delay of S17."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claim_clock import deadline, late_seconds
from domain.errors import AmountInvalid
from domain.ranges import MAX_UINT16, MAX_UINT40

FRIDAY = 4
instants = st.integers(0, 4_102_444_800)  # to the year 2100
days = st.integers(0, 60)


def working_seconds(since: int, until: int) -> int:
    """Seconds from `since` to `until` that lie in Monday to Friday, one calendar day after the other."""
    start, end = (datetime.fromtimestamp(instant, UTC) for instant in (since, until))
    day = start.replace(hour=0, minute=0, second=0)
    total = timedelta()
    while day < end:
        if day.weekday() <= FRIDAY:
            total += min(day + timedelta(days=1), end) - max(day, start)
        day += timedelta(days=1)
    return int(total.total_seconds())


@given(instants, days)
def test_deadline__any_start__is_the_first_instant_with_enough_working_time(since: int, working_days: int) -> None:
    due = deadline(since, working_days)

    assert working_seconds(since, due) == working_days * 86_400
    assert working_days == 0 or working_seconds(since, due - 1) == working_days * 86_400 - 1


@given(instants, instants, days)
def test_deadline__later_start__is_never_earlier(one: int, other: int, working_days: int) -> None:
    first, later = sorted((one, other))

    assert deadline(first, working_days) <= deadline(later, working_days)


@given(instants, days, days)
def test_deadline__in_two_steps__is_that_of_both_together(since: int, first: int, second: int) -> None:
    assert deadline(deadline(since, first), second) == deadline(since, first + second)


@given(instants, instants)
def test_late_seconds__any_instant__counts_from_the_deadline(due: int, instant: int) -> None:
    late = late_seconds(due, instant)

    assert late >= 0
    assert (late == instant - due) if instant >= due else (late == 0)


@pytest.mark.parametrize(
    ("since", "working_days", "field"),
    [
        (-1, 0, "since"),
        (MAX_UINT40 + 1, 0, "since"),
        (0, -1, "working_days"),
        (0, MAX_UINT16 + 1, "working_days"),
        (0, True, "working_days"),
    ],
)
def test_deadline__out_of_range__is_refused(since: int, working_days: int, field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        deadline(since, working_days)

    assert refused.value.field == field
