"""Open-Meteo as a source of rain and wind: its archive (reanalysis) and its forecast service's past days, hourly JSON.

Source of the format: Open-Meteo, "Historical Weather API" and "Weather Forecast API". An hour's rain is the sum, its
gust the maximum of the hour before its time stamp.
"""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from domain.hashing import canonical_json, keccak256
from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import TRIGGER_RULES, rain_sum, strongest_gust
from domain.sphere import degrees_text, distance_metres, place_from_decimals
from oracle.sources.answers import Message, decimal_of, read_answer
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured
from oracle.sources.facts import FREE, Fact, check_made
from oracle.sources.http_fetch import Fetcher, new_client

ARCHIVE_URL = "https://archive-api.open-meteo.com/v1"
FORECAST_URL = "https://api.open-meteo.com/v1"
LICENCE = "CC-BY-4.0 (Open-Meteo)"
MAX_AGE_SECONDS = 86_400
MAX_CELL_METRES = 40_000
"""How far the centre of the grid's cell may lie from the insured place; cells are up to 25 km wide."""
MAX_HOURS = 24 * 368
HOUR = 3_600
VARIABLES = {Trigger.RAINFALL: ("precipitation", "mm"), Trigger.WIND: ("wind_gusts_10m", "km/h")}


class Service(StrEnum):
    """Which of the two services; the name is also the path."""

    ARCHIVE = "archive"
    FORECAST = "forecast"


Hours = Annotated[list[float | None], Field(max_length=MAX_HOURS)]


class Units(Message):
    """Of the columns."""

    time: str
    precipitation: str | None = None
    wind_gusts_10m: str | None = None


class Hourly(Message):
    """Columns of the same length; times in unix seconds."""

    time: Annotated[list[int], Field(max_length=MAX_HOURS)]
    precipitation: Hours | None = None
    wind_gusts_10m: Hours | None = None


class WeatherAnswer(Message):
    """The whole answer; position is that of the grid's cell."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    utc_offset_seconds: int
    hourly_units: Units
    hourly: Hourly


class OpenMeteo:
    """Asks one of the services. Safe to share between threads."""

    licence = LICENCE
    cost = FREE

    def __init__(self, fetcher: Fetcher, service: Service) -> None:
        self._fetcher = fetcher
        self._service = service
        self.name = f"api:open-meteo-{service}"
        rules = {
            "source": f"open-meteo-{service}",
            "rules": "hourly, whole record, km/h and mm, rounded down to tenths",
        }
        self.source_hash = keccak256(canonical_json(rules))

    def fetch(self, question: InsuredPeriod, now: int) -> Fact[int]:
        """Rain of the period in tenths of a millimetre, or its strongest gust in tenths of km/h.

        Raises:
            SourceUnavailable
        """
        if question.trigger not in VARIABLES:
            raise SourceMisconfigured(f"{self.name} does not measure {question.trigger}: name a source that does")
        fetched = self._fetcher.get(self._service, _params(question))
        answer = read_answer(self.name, WeatherAnswer, fetched.body)
        final_at = question.ends_at + TRIGGER_RULES[question.trigger].settles_after_seconds
        oldest = None if fetched.revalidated else MAX_AGE_SECONDS
        age = check_made(self.name, fetched.made_at, now=now, not_before=final_at, max_age_seconds=oldest)
        value = reading(question, answer, self.name)
        why = "" if value is not None else "an hour of the period is missing from the record"
        return Fact(value, why, now, age, keccak256(fetched.body), LICENCE, FREE)


def open_meteo_source(service: Service, base_url: str | None = None) -> OpenMeteo:
    """The source. It needs no key within its free allowance, which is not for commercial use."""
    default = ARCHIVE_URL if service is Service.ARCHIVE else FORECAST_URL
    return OpenMeteo(Fetcher(new_client(base_url or default)), service)


def reading(insured: InsuredPeriod, answer: WeatherAnswer, name: str) -> int | None:
    """What an answer means; None if hours are missing. Pure.

    Raises:
        SourceAnswerInvalid: It does not answer what was asked.
    """
    variable, unit = VARIABLES[insured.trigger]
    units, column = getattr(answer.hourly_units, variable), getattr(answer.hourly, variable)
    if column is None or len(column) != len(answer.hourly.time):
        raise SourceAnswerInvalid(f"{name}: hourly.{variable} has not one value for each time: check the address")
    if (units, answer.hourly_units.time, answer.utc_offset_seconds) != (unit, "unixtime", 0):
        told = f"{units}, {answer.hourly_units.time}, offset {answer.utc_offset_seconds}"
        raise SourceAnswerInvalid(f"{name}: units are {told[:80]}, asked for {unit}, unixtime, offset 0")
    cell = place_from_decimals(decimal_of(answer.latitude), decimal_of(answer.longitude))
    if distance_metres(cell, insured.place) > MAX_CELL_METRES:
        raise SourceAnswerInvalid(
            f"{name} answers for {cell.text()}, not for {insured.place.text()}: check the address"
        )
    return _measured(insured, dict(_hours(answer.hourly.time, column, name)))


def _measured(insured: InsuredPeriod, hours: dict[int, Decimal | None]) -> int | None:
    ends = range(insured.occurs_at + HOUR, insured.ends_at + HOUR, HOUR)
    record = [hours.get(end) for end in ends]
    measure = rain_sum if insured.trigger is Trigger.RAINFALL else strongest_gust
    return measure(record, insured.hours)


def _hours(times: list[int], column: list[float | None], name: str) -> list[tuple[int, Decimal | None]]:
    if any(later - earlier != HOUR for earlier, later in pairwise(times)):
        raise SourceAnswerInvalid(f"{name}: hourly.time does not go up by the hour: ask again")
    return [(at, None if value is None else decimal_of(value)) for at, value in zip(times, column, strict=True)]


def _params(insured: InsuredPeriod) -> dict[str, str]:
    return {
        "latitude": degrees_text(insured.place.latitude),
        "longitude": degrees_text(insured.place.longitude),
        "start_date": insured.first_day.isoformat(),
        # The last hour ends with the next day's first time stamp.
        "end_date": datetime.fromtimestamp(insured.ends_at, UTC).date().isoformat(),
        "hourly": VARIABLES[insured.trigger][0],
        "wind_speed_unit": "kmh",
        "precipitation_unit": "mm",
        "timeformat": "unixtime",
        "timezone": "GMT",
    }
