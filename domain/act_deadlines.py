"""By when an office has to answer an act: working days counted in its own time, by a start rule that is named.

Two rules are in use. `RUNNING` counts 24 hours of working days from the moment itself, as the chain does (rule S16):
underwriting and objections go by it, because it is never later than the other. `NEXT_DAY` leaves the day of the act out
and ends with the last second of the last working day (Civil Code of China, articles 201 and 203): letters to customers
name such days, since a person reads a date and not an instant.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.claim_clock import DAY_SECONDS
from domain.errors import AmountInvalid
from domain.ranges import is_whole
from domain.working_days import EPOCH, MAX_WORKING_DAYS, OfficeCalendar, working_deadline

MAX_SCAN_DAYS = 20 * 366
"""Twenty years: a calendar that has no such day within them is a slip of the pen."""


class StartRule(StrEnum):
    """From when the days of a deadline count."""

    RUNNING = "running"
    NEXT_DAY = "next-day"


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when something is due.

    Attributes:
        due_at: First instant that is too late, unix seconds.
        last_day: Working day in which the last moment in time lies, in the office's own time.
    """

    due_at: int
    last_day: date


def is_working_day(day: date, calendar: OfficeCalendar) -> bool:
    """Whether an office works on a day of its own time."""
    return calendar.works((day - EPOCH).days)


def add_working_days(day: date, count: int, calendar: OfficeCalendar) -> date:
    """The working day that comes so many working days after a day; of 0, the day itself or the next that is worked.

    Raises:
        AmountInvalid: `count` is not 0 to 366, or the calendar has too few working days after it.
    """
    if not is_whole(count, 0, MAX_WORKING_DAYS):
        raise AmountInvalid("count", count, f"is not 0 to {MAX_WORKING_DAYS}", "Give a number of working days")
    number = (day - EPOCH).days
    left = count or int(not calendar.works(number))
    for _ in range(MAX_SCAN_DAYS):
        if left == 0:
            return date.fromordinal(EPOCH.toordinal() + number)
        number += 1
        left -= calendar.works(number)
    raise AmountInvalid("calendar", count, f"has no {count} working days after {day.isoformat()}", "Mend its file")


def deadline_of_act(received_at: int, count: int, calendar: OfficeCalendar, rule: StartRule) -> Deadline:
    """By when an act that came in at a moment has to be answered.

    The last moment in time always lies in a working day. An act of a later moment is never due earlier.

    Args:
        received_at: Unix seconds.
        count: Working days, 1 to 366.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    if not is_whole(count, 1, MAX_WORKING_DAYS):
        raise AmountInvalid("count", count, f"is not 1 to {MAX_WORKING_DAYS}", "Give a number of working days")
    if rule is StartRule.RUNNING:
        due_at = working_deadline(received_at, count, calendar)
        return Deadline(due_at, _day_of(due_at - 1, calendar))
    last = add_working_days(_day_of(received_at, calendar), count, calendar)
    return Deadline(((last - EPOCH).days + 1) * DAY_SECONDS - calendar.utc_offset_seconds, last)


def _day_of(instant: int, calendar: OfficeCalendar) -> date:
    return date.fromordinal(EPOCH.toordinal() + (instant + calendar.utc_offset_seconds) // DAY_SECONDS)
