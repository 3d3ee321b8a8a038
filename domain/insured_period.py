"""An insured place over some days: the canonical text of earthquake, rainfall and wind events."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from domain.errors import EventTextInvalid
from domain.policy import event_id
from domain.sphere import DEGREE, Place

MAX_DAYS = 366
_DAY_SECONDS = 86_400
_DEGREES = r"(-?(?:0|[1-9][0-9]{0,2})\.[0-9]{4})"
_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_TEXT = re.compile(rf"([a-z]+)/{_DEGREES}/{_DEGREES}/{_DAY}/{_DAY}")


class Trigger(StrEnum):
    """What is measured; also the first word of the event's text."""

    EARTHQUAKE = "earthquake"
    RAINFALL = "rainfall"
    WIND = "wind"


@dataclass(frozen=True, slots=True, order=True)
class InsuredPeriod:
    """One trigger at one place from the beginning of one day to the end of another, in UTC.

    Attributes:
        trigger: What is measured.
        place: Where.
        first_day, last_day: Both inclusive, 1 to 366 days.
    Raises:
        EventTextInvalid: The days are not in order, or too many.
    """

    trigger: Trigger
    place: Place
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        days = (self.last_day - self.first_day).days + 1
        if not 1 <= days <= MAX_DAYS:
            raise EventTextInvalid("last_day", self.last_day, f"makes {days} days", f"Insure 1 to {MAX_DAYS} days")
        if self.first_day.year < 1970:
            raise EventTextInvalid("first_day", self.first_day, "lies before 1970", "Give a later day")

    def text(self) -> str:
        """Canonical text, as signed and hashed: `earthquake/37.7749/-122.4194/2014-08-01/2014-08-30`."""
        return f"{self.trigger}/{self.place.text()}/{self.first_day.isoformat()}/{self.last_day.isoformat()}"

    def event_id(self) -> int:
        """Id of this place and these days as an insured event."""
        return event_id(self.text())

    @property
    def occurs_at(self) -> int:
        """Beginning of the first day, unix seconds: cover is sold before it, whatever happens later."""
        return _midnight(self.first_day)

    @property
    def ends_at(self) -> int:
        """End of the last day, unix seconds, exclusive."""
        return _midnight(self.last_day) + _DAY_SECONDS

    @property
    def hours(self) -> int:
        """Hours in it."""
        return (self.ends_at - self.occurs_at) // 3_600

    def covers(self, unix_seconds: int) -> bool:
        """Whether a moment lies in it."""
        return self.occurs_at <= unix_seconds < self.ends_at


def insured_period(trigger: Trigger, place: Place, first_day: date, days: int) -> InsuredPeriod:
    """So many days from a day on."""
    return InsuredPeriod(trigger, place, first_day, first_day + timedelta(days=days - 1))


def parse_insured_period(text: str) -> InsuredPeriod:
    """The place and days a canonical text names.

    Raises:
        EventTextInvalid: The text is not exactly canonical; another spelling would be another event.
    """
    match = _TEXT.fullmatch(text)
    example = "Write it as in earthquake/37.7749/-122.4194/2014-08-01/2014-08-30"
    if match is None:
        raise EventTextInvalid("insured_event", text, "is not the text of an insured period", example)
    trigger, latitude, longitude, first, last = match.groups()
    if trigger not in [each.value for each in Trigger]:
        raise EventTextInvalid("insured_event", text, f"measures nothing we know ({trigger})", example)
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise EventTextInvalid("insured_event", text, "names no such day", "Check the days") from error
    found = InsuredPeriod(Trigger(trigger), Place(_degrees(latitude), _degrees(longitude)), *days)
    if found.text() != text:  # -0.0000
        raise EventTextInvalid("insured_event", text, f"is canonically {found.text()}", "Write it so")
    return found


def _degrees(text: str) -> int:
    whole, rest = text.lstrip("-").split(".")
    value = int(whole) * DEGREE + int(rest)
    return -value if text.startswith("-") else value


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
