"""Features: nothing that could be known only after the evening before, and the numbers they claim to be."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.risk.flights.features import NUMERIC, FeatureReader
from oracle.sources.flight_records import MEASURED, ORIGINS, FlightRecords

DAYS = ("2013-01-15", "2013-03-11", "2013-06-30", "2013-12-31")


def rows_on(records: FlightRecords, day: str) -> np.ndarray:
    return np.flatnonzero(records.local_day == int(np.datetime64(day, "D").astype(np.int64)))


def scrambled_after(records: FlightRecords, cutoff: int) -> FlightRecords:
    """The same schedule, but every outcome visible after the cutoff and all weather after it is another."""
    rng = np.random.default_rng(5)
    later = records.visible_at > cutoff
    outcome = np.where(later, rng.integers(1, 4, len(records)), records.outcome)
    value = np.where(later, rng.integers(-60, 900, len(records)), records.value)
    # When they become visible is part of the future too, so long as it stays the future.
    seen = np.where(later, np.maximum(cutoff + 1, records.departs_at + rng.integers(0, 90_000, len(records))), 0)
    weather_later = records.weather_at + 3_600 > cutoff
    noise = rng.normal(50, 30, records.weather.shape)
    return replace(
        records,
        outcome=outcome,
        value=np.where(outcome == MEASURED, value, 0),
        visible_at=np.where(later, seen, records.visible_at),
        weather=np.where(weather_later[..., None], noise, records.weather),
    )


@pytest.mark.parametrize("day", DAYS)
def test_read__everything_after_the_evening_before_scrambled__same_features(records: FlightRecords, day: str) -> None:
    rows = rows_on(records, day)
    cutoff = int(records.evening_before[rows[0]])
    other = scrambled_after(records, cutoff)
    assert (other.value != records.value).mean() > 0.001  # the scramble reaches something

    honest, blind = FeatureReader(records).read(rows), FeatureReader(other).read(rows)

    np.testing.assert_array_equal(honest.numeric, blind.numeric)
    assert all((honest.categorical[name] == blind.categorical[name]).all() for name in honest.categorical)


def test_read__yesterday_scrambled__other_features(records: FlightRecords) -> None:
    rows = rows_on(records, "2013-06-30")
    other = scrambled_after(records, int(records.evening_before[rows[0]]) - 6 * 3_600)

    assert (FeatureReader(records).read(rows).numeric != FeatureReader(other).read(rows).numeric).any()


def test_read__asked_two_days_ahead__knows_no_more_than_then(records: FlightRecords) -> None:
    rows = rows_on(records, "2013-06-30")
    asked_at = int(records.evening_before[rows[0]]) - 2 * 86_400
    other = scrambled_after(records, asked_at)

    early = FeatureReader(records).read(rows, asked_at)

    np.testing.assert_array_equal(early.numeric, FeatureReader(other).read(rows, asked_at).numeric)
    assert (early.numeric != FeatureReader(records).read(rows).numeric).any()


def test_read__asked_after_the_evening_before__no_more_than_the_evening(
    records: FlightRecords, reader: FeatureReader
) -> None:
    rows = rows_on(records, "2013-09-12")

    np.testing.assert_array_equal(
        reader.read(rows).numeric, reader.read(rows, int(records.departs_at[rows[-1]])).numeric
    )


def test_read__one_flight__equals_a_plain_count(records: FlightRecords, reader: FeatureReader) -> None:
    row = int(rows_on(records, "2013-09-12")[400])
    cutoff = int(records.evening_before[row])
    day = (records.visible_at > cutoff - 86_400) & (records.visible_at <= cutoff)
    late = (records.outcome == MEASURED) & (records.value >= 60)
    line = (records.carrier == records.carrier[row]) & (records.number == records.number[row])
    line &= records.origin == records.origin[row]
    month = (records.visible_at > cutoff - 30 * 86_400) & (records.visible_at <= cutoff)
    weather_at = records.weather_at[int(records.origin[row])]
    last = int(np.flatnonzero(weather_at + 3_600 <= cutoff)[-1])

    found = dict(zip(NUMERIC, reader.read(np.array([row])).numeric[0], strict=True))

    assert found["late_all_1d"] == pytest.approx(late[day].mean())
    assert found["late_flight_30d"] == pytest.approx((late[line & month].sum() + 0.9) / ((line & month).sum() + 10))
    assert found["wind_speed"] == records.weather[int(records.origin[row]), last, 0]
    assert found["minute_of_day"] == records.local_minute[row]


def test_read__same_hour__counts_departures_of_the_timetable(records: FlightRecords, reader: FeatureReader) -> None:
    row = int(rows_on(records, "2013-09-12")[400])
    hour = records.departs_at // 3_600
    same = (hour == hour[row]) & (records.origin == records.origin[row])

    found = reader.read(np.array([row])).numeric[0][NUMERIC.index("departures_same_hour")]

    assert found == same.sum()
    assert len(ORIGINS) == 3
