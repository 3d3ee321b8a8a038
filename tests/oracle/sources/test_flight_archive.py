"""The archive: real outcomes, each visible only when its time has come."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.flight import FlightKey, parse_flight_key
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import (
    CANCELLED,
    DIVERTED,
    MEASURED,
    FlightRecords,
    evening_before,
    load_records,
    package_files,
)
from oracle.sources.flight_status import FlightOutcome


def flight_with(records: FlightRecords, archive: ArchiveSource, outcome: int) -> tuple[FlightKey, int]:
    row = int(np.flatnonzero(records.outcome == outcome)[100])
    return archive.flight(row), row


def raw_rows(day: str) -> list[dict[str, str]]:
    """A day as the package's own file has it, read without any of our code."""
    year, month, date = (str(int(part)) for part in day.split("-"))
    with zipfile.ZipFile(package_files()[0]) as package, package.open(package.namelist()[0]) as file:
        rows = csv.DictReader(io.TextIOWrapper(file, "utf-8"))
        return [row for row in rows if (row["year"], row["month"], row["day"]) == (year, month, date)]


def test_observe__whole_day_long_after__equals_the_data_set(archive: ArchiveSource) -> None:
    wanted = {}
    for row in raw_rows("2013-09-12"):
        hour = datetime.fromisoformat(row["time_hour"].replace("Z", "+00:00"))
        departs = hour + timedelta(minutes=int(row["minute"]))
        flight = FlightKey(row["carrier"], int(row["flight"]), row["origin"], row["dest"], departs)
        if row["dep_time"] in ("", "NA"):
            wanted[flight] = (FlightOutcome.CANCELLED, 0)
        elif row["arr_delay"] in ("", "NA"):
            wanted[flight] = (FlightOutcome.DIVERTED, 0)
        else:
            wanted[flight] = (FlightOutcome.MEASURED, int(float(row["arr_delay"])))

    flights = archive.flights_on("2013-09-12")
    seen = archive.observe_many(flights, 1_500_000_000)

    assert {f: (s.outcome, s.value) for f, s in zip(flights, seen, strict=True)} == wanted
    assert {outcome for outcome, _ in wanted.values()} >= {FlightOutcome.CANCELLED, FlightOutcome.MEASURED}


def test_observe__measured_flight__visible_half_an_hour_after_landing(archive: ArchiveSource) -> None:
    # UA 1545 left 2 minutes late at 10:17Z and flew 227 minutes: landed 14:04Z, at its gate by 14:34Z.
    flight = parse_flight_key("flight/UA/1545/EWR/IAH/2013-01-01T10:15Z")
    seen_from = int(datetime(2013, 1, 1, 14, 34, tzinfo=UTC).timestamp())

    before, after = archive.observe(flight, seen_from - 1), archive.observe(flight, seen_from)

    assert (before.outcome, before.value) == (FlightOutcome.NOT_DUE, 0)
    assert (after.outcome, after.value, after.freshness_seconds) == (FlightOutcome.MEASURED, 11, 0)


@pytest.mark.parametrize(
    ("outcome", "seen", "after_seconds"),
    [(CANCELLED, FlightOutcome.CANCELLED, 3_600), (DIVERTED, FlightOutcome.DIVERTED, 6 * 3_600)],
)
def test_observe__not_arrived__visible_after_its_time(
    archive: ArchiveSource, records: FlightRecords, outcome: int, seen: FlightOutcome, after_seconds: int
) -> None:
    flight, _ = flight_with(records, archive, outcome)

    before = archive.observe(flight, flight.occurs_at + after_seconds - 1)
    after = archive.observe(flight, flight.occurs_at + after_seconds)

    assert (before.outcome, after.outcome, after.value) == (FlightOutcome.NOT_DUE, seen, 0)


def test_visible_at__every_flight__never_before_its_scheduled_departure(records: FlightRecords) -> None:
    assert (records.visible_at >= records.departs_at).all()
    assert (records.outcome[records.value != 0] == MEASURED).all()


@pytest.mark.parametrize(
    "text",
    [
        "flight/UA/1545/EWR/IAH/2013-01-01T10:16Z",
        "flight/UA/9999/EWR/IAH/2013-01-01T10:15Z",
        "flight/ZZ/1545/EWR/IAH/2013-01-01T10:15Z",
        "flight/UA/1545/BOS/IAH/2013-01-01T10:15Z",
        "flight/UA/1545/EWR/XXX/2013-01-01T10:15Z",
        "flight/UA/1545/EWR/IAH/2031-01-01T10:15Z",
    ],
)
def test_observe__no_such_flight__unknown(archive: ArchiveSource, text: str) -> None:
    flight = parse_flight_key(text)

    assert archive.observe(flight, 2_000_000_000).outcome is FlightOutcome.UNKNOWN
    assert not archive.is_scheduled(flight)


def test_row__every_flight__found_where_it_is(archive: ArchiveSource, records: FlightRecords) -> None:
    chosen = range(0, len(records), 997)

    assert [archive.row(archive.flight(row)) for row in chosen] == list(chosen)


def test_evening_before__both_sides_of_the_clock_change__nine_in_the_evening() -> None:
    day = (datetime(2013, 3, 11, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days

    # Clocks went forward on 10 March 2013: New York was five hours behind UTC until then, four from then on.
    assert datetime.fromtimestamp(evening_before(day - 1), UTC) == datetime(2013, 3, 10, 2, tzinfo=UTC)
    assert datetime.fromtimestamp(evening_before(day), UTC) == datetime(2013, 3, 11, 1, tzinfo=UTC)


def test_load_records__cache_warm_broken_or_absent__same_records(records: FlightRecords, cache: Path) -> None:
    warm = load_records(cache)
    (stored,) = cache.glob("*.npz")
    whole = stored.read_bytes()
    stored.write_bytes(whole[:1_000])
    broken = load_records(cache)

    for again in (warm, broken):
        assert again.data_hash == records.data_hash
        assert (again.visible_at == records.visible_at).all()
        assert (again.carrier == records.carrier).all()
    assert stored.stat().st_size == len(whole)
