"""The office's working days: weekdays less holidays, plus the weekends that are worked instead.

The chain's clock (`domain.claim_clock`) knows weekends only, since holidays are not known on chain. Deadlines of people
in an office count by this one. With no holidays, at UTC, both clocks agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from domain.claim_clock import DAY_SECONDS, MONDAY_TO_EPOCH_SECONDS, WEEK_SECONDS, WORKING_WEEK_SECONDS
from domain.errors import AmountInvalid
from domain.ranges import MAX_UINT40, is_whole

EPOCH = date(1970, 1, 1)
MAX_WORKING_DAYS = 366
MAX_LISTED_DAYS = 10_000
LEAST_OFFSET_SECONDS, MOST_OFFSET_SECONDS = -12 * 3_600, 14 * 3_600


@dataclass(frozen=True, slots=True)
class OfficeCalendar:
    """Which days an office works. A day that is not listed is worked from Monday to Friday.

    Attributes:
        utc_offset_seconds: Of the office's time: 28_800 for China.
        holidays: Days off, as days since 1970; those on a weekend change nothing.
        worked_weekends: Saturdays and Sundays worked in exchange, as days since 1970.
    Raises:
        AmountInvalid: The offset is no time zone's, a day is both a holiday and worked, or there are too many.
    """

    utc_offset_seconds: int = 0
    holidays: frozenset[int] = frozenset()
    worked_weekends: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        offset = self.utc_offset_seconds
        if not is_whole(offset, LEAST_OFFSET_SECONDS, MOST_OFFSET_SECONDS):
            problem = f"is not {LEAST_OFFSET_SECONDS} to {MOST_OFFSET_SECONDS}"
            raise AmountInvalid("utc_offset_seconds", offset, problem, "Give the office's time zone")
        if both := self.holidays & self.worked_weekends:
            shown = sorted(map(_shown, both))
            raise AmountInvalid("holidays", shown, "are listed as worked too", "Strike them from one list")
        if (count := len(self.holidays) + len(self.worked_weekends)) > MAX_LISTED_DAYS:
            raise AmountInvalid("holidays", count, f"are more than {MAX_LISTED_DAYS} days", "Leave old years out")

    @classmethod
    def of(cls, holidays: Iterable[date], worked_weekends: Iterable[date] = (), *, utc_offset_seconds: int = 0) -> Self:
        """A calendar from dates.

        Raises:
            AmountInvalid
        """
        return cls(utc_offset_seconds, frozenset(map(_number, holidays)), frozenset(map(_number, worked_weekends)))

    def works(self, day: int) -> bool:
        """Whether the office works on a day, counted from 1970 in its own time."""
        return day in self.worked_weekends if _is_weekend(day) else day not in self.holidays


def working_deadline(since: int, working_days: int, calendar: OfficeCalendar) -> int:
    """First instant at which so many working days, of 24 hours each, have run since `since`.

    A clock started on a day off runs from the next working day's first second; one that ends with a working day ends
    on the midnight after it. As `domain.claim_clock.deadline`, rule S16, with holidays.

    Args:
        since: Unix seconds, uint40.
        working_days: 0 to 366; 0 is `since` itself.
    Returns:
        Unix seconds.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    _check("since", since, MAX_UINT40)
    _check("working_days", working_days, MAX_WORKING_DAYS)
    day, into_day = divmod(since + calendar.utc_offset_seconds, DAY_SECONDS)
    left = working_days * DAY_SECONDS
    while left > 0:
        if calendar.works(day):
            if left <= DAY_SECONDS - into_day:
                return day * DAY_SECONDS + into_day + left - calendar.utc_offset_seconds
            left -= DAY_SECONDS - into_day
        day, into_day = day + 1, 0
    return since


def working_seconds(since: int, until: int, calendar: OfficeCalendar) -> int:
    """Seconds of working days from `since` to `until`, 24 hours a day; 0 if `until` is not later.

    Args:
        since, until: Unix seconds, uint40.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    _check("since", since, MAX_UINT40)
    _check("until", until, MAX_UINT40)
    return max(0, _worked_before(until, calendar) - _worked_before(since, calendar))


def _worked_before(instant: int, calendar: OfficeCalendar) -> int:
    """Working seconds from the Monday before 1970 to an instant: those of plain weeks, put right by the listed days."""
    local = instant + calendar.utc_offset_seconds
    weeks, into_week = divmod(local + MONDAY_TO_EPOCH_SECONDS, WEEK_SECONDS)
    plain = weeks * WORKING_WEEK_SECONDS + min(into_week, WORKING_WEEK_SECONDS)
    off = sum(_part_before(day, local) for day in calendar.holidays if not _is_weekend(day))
    extra = sum(_part_before(day, local) for day in calendar.worked_weekends if _is_weekend(day))
    return plain - off + extra


def _part_before(day: int, local: int) -> int:
    return min(max(local - day * DAY_SECONDS, 0), DAY_SECONDS)


def _is_weekend(day: int) -> bool:
    return (day * DAY_SECONDS + MONDAY_TO_EPOCH_SECONDS) % WEEK_SECONDS >= WORKING_WEEK_SECONDS


def _number(day: date) -> int:
    return (day - EPOCH).days


def _shown(day: int) -> str:
    return date.fromordinal(EPOCH.toordinal() + day).isoformat()


def _check(field: str, value: int, most: int) -> None:
    if not is_whole(value, 0, most):
        raise AmountInvalid(field, value, f"is not a whole number from 0 to {most}", "Give one in this range")
