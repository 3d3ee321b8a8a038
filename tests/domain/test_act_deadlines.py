"""By when an office has to answer: never on a day off, never earlier for a later act, by the rule that is named."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.act_deadlines import StartRule, add_working_days, deadline_of_act, is_working_day
from domain.claim_clock import DAY_SECONDS
from domain.errors import AmountInvalid
from domain.working_days import MAX_WORKING_DAYS, OfficeCalendar

CHINA = OfficeCalendar.of(
    [date(2026, 2, day) for day in range(15, 24)],
    [date(2026, 2, 14), date(2026, 2, 28)],
    utc_offset_seconds=8 * 3_600,
)
near_days = st.dates(date(2025, 11, 1), date(2026, 6, 30))
moments = st.integers(1_769_000_000, 1_774_000_000)
calendars = st.builds(
    lambda offset, off, on: OfficeCalendar.of(off, on - off, utc_offset_seconds=offset * 3_600),
    st.integers(-12, 14),
    st.sets(near_days),
    st.sets(near_days),
)
counts = st.integers(1, 30)
rules = st.sampled_from(StartRule)


def china(day: int, hour: int, month: int = 2) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) - 8 * 3_600


@pytest.mark.parametrize(
    ("received_at", "count", "last_day"),
    [
        (china(13, 23), 1, date(2026, 2, 14)),  # a Friday; the Saturday after is worked
        (china(14, 9), 1, date(2026, 2, 24)),  # nine days off come between
        (china(16, 9), 1, date(2026, 2, 24)),  # received on a day off
        (china(27, 9), 2, date(2026, 3, 2)),
    ],
)
def test_deadline_of_act__next_day_rule__ends_with_the_last_working_day(
    received_at: int, count: int, last_day: date
) -> None:
    found = deadline_of_act(received_at, count, CHINA, StartRule.NEXT_DAY)

    assert found.last_day == last_day
    assert found.due_at == china(last_day.day, 0, last_day.month) + DAY_SECONDS


@given(moments, counts, calendars, rules)
def test_deadline_of_act__any_calendar__last_moment_lies_in_a_working_day(
    at: int, count: int, calendar: OfficeCalendar, rule: StartRule
) -> None:
    found = deadline_of_act(at, count, calendar, rule)

    local = datetime.fromtimestamp(found.due_at - 1 + calendar.utc_offset_seconds, UTC).date()
    assert local == found.last_day
    assert is_working_day(found.last_day, calendar)
    assert found.due_at > at


@given(moments, moments, counts, calendars, rules)
def test_deadline_of_act__a_later_act__is_never_due_earlier(
    one: int, two: int, count: int, calendar: OfficeCalendar, rule: StartRule
) -> None:
    early, late = sorted((one, two))

    first, second = (deadline_of_act(at, count, calendar, rule).due_at for at in (early, late))

    assert first <= second


@given(moments, counts, calendars, rules)
def test_deadline_of_act__one_more_day__is_due_later(
    at: int, count: int, calendar: OfficeCalendar, rule: StartRule
) -> None:
    assert deadline_of_act(at, count, calendar, rule).due_at < deadline_of_act(at, count + 1, calendar, rule).due_at


@given(moments, counts, calendars)
def test_deadline_of_act__running_rule__is_never_later_than_the_next_day_rule(
    at: int, count: int, calendar: OfficeCalendar
) -> None:
    running, next_day = (deadline_of_act(at, count, calendar, rule).due_at for rule in StartRule)

    assert running <= next_day


@given(near_days, st.integers(0, 30), calendars)
def test_add_working_days__any_day__so_many_working_days_lie_between(
    day: date, count: int, calendar: OfficeCalendar
) -> None:
    found = add_working_days(day, count, calendar)

    between = [day + timedelta(n) for n in range(1, (found - day).days + 1)]
    worked = sum(is_working_day(each, calendar) for each in between)
    assert is_working_day(found, calendar)
    assert worked == (count or int(found > day))


@pytest.mark.parametrize("count", [-1, MAX_WORKING_DAYS + 1, True])
def test_add_working_days__no_number_of_days__is_refused(count: int) -> None:
    with pytest.raises(AmountInvalid) as refused:
        add_working_days(date(2026, 1, 5), count, CHINA)

    assert refused.value.field == "count"


@pytest.mark.parametrize("rule", StartRule)
def test_deadline_of_act__no_days__is_refused(rule: StartRule) -> None:
    with pytest.raises(AmountInvalid) as refused:
        deadline_of_act(china(14, 9), 0, CHINA, rule)

    assert refused.value.value == 0
