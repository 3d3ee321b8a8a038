"""Reads calendar files (YAML) and checks them: what a file says of days is refused where it cannot be so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import DomainError
from domain.hashing import keccak256
from domain.working_days import OfficeCalendar

FOLDER = Path(__file__).parent
MAX_HOLIDAY_DAYS = 16
"""The longest announced so far are nine days: more is a slip of the pen."""
FRIDAY = 4
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


class CalendarInvalid(DomainError):
    """A calendar file is missing or says what cannot be."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Part):
    en: Annotated[str, Field(min_length=1, max_length=80)]
    zh: Annotated[str, Field(min_length=1, max_length=80)]


class _Holiday(_Part):
    name: _Words
    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> _Holiday:
        if not timedelta(0) <= self.last - self.first < timedelta(MAX_HOLIDAY_DAYS):
            raise ValueError(
                f"{self.name.en} lasts from {self.first} to {self.last}: give 1 to {MAX_HOLIDAY_DAYS} days"
            )
        return self

    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


class _Year(_Part):
    year: Annotated[int, Field(ge=1970, le=9999)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    holidays: Annotated[tuple[_Holiday, ...], Field(max_length=50)]
    worked_weekends: Annotated[tuple[date, ...], Field(max_length=60)]

    @model_validator(mode="after")
    def _fits(self) -> _Year:
        """Days lie in their year, or in the December before; what is worked is a weekend, and nothing is both."""
        off = [day for holiday in self.holidays for day in holiday.days()]
        if len(off) != len(set(off)) or len(self.worked_weekends) != len(set(self.worked_weekends)):
            raise ValueError(f"a day of {self.year} is listed twice: list each once")
        for day in (*off, *self.worked_weekends):
            if not (day.year == self.year or (day.year == self.year - 1 and day.month == 12)):
                raise ValueError(f"{day} is no day of {self.year}: put it under its year")
        if plain := [day for day in self.worked_weekends if day.weekday() <= FRIDAY]:
            raise ValueError(f"{plain[0]} is worked in exchange and no weekend: correct the date")
        if both := set(off) & set(self.worked_weekends):
            raise ValueError(f"{min(both)} is both off and worked: strike one")
        return self


class _File(_Part):
    calendar: str
    version: Annotated[str, Field(min_length=1, max_length=32)]
    title: _Words
    utc_offset: str
    known_from: date
    known_until: date
    not_published: Annotated[tuple[int, ...], Field(max_length=5)] = ()
    years: Annotated[tuple[_Year, ...], Field(max_length=200)]

    @model_validator(mode="after")
    def _covers_what_it_says(self) -> _File:
        listed = [each.year for each in self.years]
        if listed != sorted(set(listed)):
            raise ValueError("years are not in order, each once: sort them")
        needed = list(range(self.known_from.year, self.known_until.year + 1)) if listed else []
        if listed != needed:
            raise ValueError(f"years are {listed}, known are {needed}: list every year that is known")
        if known := [year for year in self.not_published if year <= self.known_until.year]:
            raise ValueError(f"{known[0]} is said to be known and not to be published: strike one")
        return self


@dataclass(frozen=True, slots=True)
class Calendar:
    """An office calendar with its name.

    Attributes:
        digest: Of the file, 32 bytes: says which words a deadline was computed by.
        known_until: Last day whose holidays are known; later days count as plain weekdays, and an alert says so before.
        not_published: Years asked for in vain: nobody has announced their holidays yet.
    """

    name: str
    version: str
    titles: dict[str, str]
    known_from: date
    known_until: date
    not_published: tuple[int, ...]
    digest: bytes
    days: OfficeCalendar


@cache
def calendar(name: str) -> Calendar:
    """A calendar by name.

    Raises:
        CalendarInvalid: There is no such file, or it is wrong.
    """
    path = FOLDER / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(names())
        raise CalendarInvalid("calendar", name[:80], "is none of ours", f"Choose one of {known}, or add its file")
    found = read_calendar(path.read_bytes())
    if found.name != name:
        raise CalendarInvalid("calendar", found.name, f"stands in {path.name}", "Name file and calendar alike")
    return found


def names() -> list[str]:
    """Calendars there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_calendar(content: bytes) -> Calendar:
    """A calendar from the bytes of its file.

    Raises:
        CalendarInvalid: Names the place, the value and what is wrong.
    """
    try:
        written = _File.model_validate(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise CalendarInvalid("file", "YAML", f"cannot be read ({error})", "Write it as YAML in UTF-8") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise CalendarInvalid(place, str(first["input"])[:80], first["msg"], "Correct the file") from error
    off = [day for year in written.years for holiday in year.holidays for day in holiday.days()]
    worked = [day for year in written.years for day in year.worked_weekends]
    days = OfficeCalendar.of(off, worked, utc_offset_seconds=_offset(written.utc_offset))
    titles = {"en": written.title.en, "zh": written.title.zh}
    return Calendar(
        written.calendar,
        written.version,
        titles,
        written.known_from,
        written.known_until,
        written.not_published,
        keccak256(content),
        days,
    )


def _offset(text: str) -> int:
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise CalendarInvalid("utc_offset", text[:20], "is no offset", 'Write it as "+08:00"')
    sign, hours, minutes = found.groups()
    return (int(hours) * 3_600 + int(minutes) * 60) * (-1 if sign == "-" else 1)
