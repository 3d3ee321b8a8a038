"""The office's clock; held against the chain's, which knows no holidays."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claim_clock import DAY_SECONDS, deadline
from domain.errors import AmountInvalid
from domain.ranges import MAX_UINT40
from domain.working_days import MAX_LISTED_DAYS, OfficeCalendar, working_deadline, working_seconds

PLAIN = OfficeCalendar()
CHINA = OfficeCalendar.of(
    [date(2026, 2, day) for day in range(16, 24)],
    [date(2026, 2, 14), date(2026, 2, 28)],
    utc_offset_seconds=8 * 3_600,
)
"""Around a spring festival: Monday 16 to Monday 23 February off, two Saturdays worked in exchange."""

near = st.integers(1_769_000_000, 1_774_000_000)
days_near = st.integers(20_400, 20_560)
calendars = st.builds(
    lambda offset, off, on: OfficeCalendar(offset, frozenset(off), frozenset(on - off)),
    st.integers(-12, 14).map(lambda hours: hours * 3_600),
    st.sets(days_near),
    st.sets(days_near),
)


def china(day: int, hour: int, month: int = 2) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) - 8 * 3_600


@given(st.integers(0, MAX_UINT40), st.integers(0, 366))
def test_working_deadline__no_holidays_at_utc__is_the_chains(since: int, days: int) -> None:
    assert working_deadline(since, days, PLAIN) == deadline(since, days)


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [
        (china(13, 10), 1, china(14, 10)),  # the Saturday after is worked
        (china(14, 10), 1, china(24, 10)),  # then nine days off
        (china(13, 10), 3, china(25, 10)),
        (china(17, 10), 1, china(25, 0)),  # from the first working day's beginning, to the midnight after it
        (china(27, 18), 1, china(28, 18)),
        (china(28, 18), 1, china(2, 18, month=3)),  # the Sunday after is not worked
    ],
)
def test_working_deadline__holidays_and_worked_weekends__count_as_the_office_works(
    since: int, days: int, due: int
) -> None:
    assert working_deadline(since, days, CHINA) == due


@given(near, st.integers(0, 30), calendars)
def test_working_deadline__any_calendar__is_when_so_many_days_were_worked(
    since: int, days: int, calendar: OfficeCalendar
) -> None:
    due = working_deadline(since, days, calendar)

    assert working_seconds(since, due, calendar) == days * DAY_SECONDS
    assert days == 0 or working_seconds(since, due - 1, calendar) == days * DAY_SECONDS - 1


@given(near, near, near, calendars)
def test_working_seconds__three_instants__add_up(one: int, two: int, three: int, calendar: OfficeCalendar) -> None:
    early, middle, late = sorted((one, two, three))

    first, second = working_seconds(early, middle, calendar), working_seconds(middle, late, calendar)

    assert working_seconds(early, late, calendar) == first + second <= late - early
    assert working_seconds(late, early, calendar) == 0


@pytest.mark.parametrize(
    ("since", "days", "field"),
    [(-1, 1, "since"), (MAX_UINT40 + 1, 1, "since"), (0, -1, "working_days"), (0, 367, "working_days")],
)
def test_working_deadline__out_of_range__is_refused(since: int, days: int, field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        working_deadline(since, days, PLAIN)

    assert refused.value.field == field


@pytest.mark.parametrize("field", ["since", "until"])
def test_working_seconds__out_of_range__is_refused(field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        working_seconds(**{"since": 0, "until": 0, field: -1}, calendar=PLAIN)

    assert refused.value.field == field


def test_office_calendar__day_off_and_worked__names_the_day() -> None:
    with pytest.raises(AmountInvalid, match="2026-02-14"):
        OfficeCalendar.of([date(2026, 2, 14)], [date(2026, 2, 14)])


@pytest.mark.parametrize("offset", [-12 * 3_600 - 1, 14 * 3_600 + 1])
def test_office_calendar__no_time_zone__is_refused(offset: int) -> None:
    with pytest.raises(AmountInvalid) as refused:
        OfficeCalendar(offset)

    assert refused.value.field == "utc_offset_seconds"


def test_office_calendar__more_days_than_the_limit__is_refused() -> None:
    OfficeCalendar(holidays=frozenset(range(MAX_LISTED_DAYS)))

    with pytest.raises(AmountInvalid) as refused:
        OfficeCalendar(holidays=frozenset(range(MAX_LISTED_DAYS + 1)))

    assert refused.value.value == MAX_LISTED_DAYS + 1
