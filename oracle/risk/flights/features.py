"""What is known of a flight before it departs: schedule, recent punctuality, and the weather of the evening before.

Everything is read as of a cutoff: the evening before the flight, or the time of asking if that is earlier. Nothing a
source could see only later enters; tests/oracle/test_features.py scrambles the future to prove it.
"""

from dataclasses import dataclass

import numpy as np

from oracle.sources.flight_records import (
    CANCELLED,
    DAY_SECONDS,
    HOUR_SECONDS,
    MEASURED,
    ORIGINS,
    WEATHER_FIELDS,
    FlightRecords,
    Floats,
    Ints,
    Texts,
)

LATE_MINUTES = 60
DELAY_CAP_MINUTES = 180
PRIOR_FLIGHTS = 10.0
PRIOR_LATE = 0.9
"""A flight or route is taken as late once in eleven until its own history says otherwise."""
WEATHER_STALE_SECONDS = DAY_SECONDS
_TIME_BITS = 34
NUMERIC = (
    "minute_of_day",
    "distance_miles",
    "departures_same_hour",
    "late_flight_30d",
    "late_route_30d",
    "late_all_1d",
    "cancelled_all_1d",
    "late_carrier_3d",
    "cancelled_carrier_3d",
    "delay_origin_4h",
    *WEATHER_FIELDS,
)
CATEGORICAL = ("carrier", "origin", "dest", "weekday")


@dataclass(frozen=True)
class Features:
    """Rows of features: `numeric` in the order of `NUMERIC` (NaN: not known), `categorical` texts by name."""

    numeric: Floats
    categorical: dict[str, Texts]

    def __len__(self) -> int:
        return len(self.numeric)


class _Group:
    """Running totals of a grouping of flights, so that any window can be read by two look-ups."""

    def __init__(self, group: Ints, records: FlightRecords) -> None:
        key = (group << _TIME_BITS) | records.visible_at
        order = np.argsort(key, kind="stable")
        self._key = key[order]
        measured = records.outcome == MEASURED
        late = measured & (records.value >= LATE_MINUTES)
        delay = np.where(measured, np.clip(records.value, 0, DELAY_CAP_MINUTES), 0)
        totals = np.stack([np.ones(len(key)), late, records.outcome == CANCELLED, delay], axis=1)
        self._running = np.vstack([np.zeros((1, 4)), np.cumsum(totals[order], axis=0)])

    def window(self, group: Ints, cutoff: Ints, seconds: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Flights, late ones, cancelled ones and minutes of delay seen in the `seconds` that end with `cutoff`."""
        head = group << _TIME_BITS
        last = np.searchsorted(self._key, head | cutoff, side="right")
        first = np.searchsorted(self._key, head | np.maximum(cutoff - seconds, 0), side="right")
        flights, late, cancelled, delay = (self._running[last] - self._running[first]).T
        return flights, late, cancelled, delay


class FeatureReader:
    """Reads features of any of the records' flights as of any time."""

    def __init__(self, records: FlightRecords) -> None:
        self._records = records
        _, self._carrier = np.unique(records.carrier, return_inverse=True)
        dests, dest = np.unique(records.dest, return_inverse=True)
        self._route = records.origin * len(dests) + dest
        self._line = (self._carrier * 10_000 + records.number) * len(ORIGINS) + records.origin
        self._all = np.zeros(len(records), dtype=np.int64)
        self._by_all, self._by_origin = _Group(self._all, records), _Group(records.origin, records)
        self._by_carrier, self._by_route = _Group(self._carrier, records), _Group(self._route, records)
        self._by_line = _Group(self._line, records)
        self._same_hour = _departures_same_hour(records)
        self._weekday = np.array(["thu", "fri", "sat", "sun", "mon", "tue", "wed"])[records.local_day % 7]

    def read(self, rows: Ints, asked_at: int | None = None) -> Features:
        """Features of the flights in `rows`, as of the evening before each, or `asked_at` if that is earlier.

        Args:
            rows: Indices into the records.
            asked_at: Unix seconds.
        """
        records = self._records
        cutoff = records.evening_before[rows]
        if asked_at is not None:
            cutoff = np.minimum(cutoff, asked_at)
        schedule = (records.local_minute[rows], records.distance[rows], self._same_hour[rows])
        history = self._history(rows, cutoff)
        numeric = np.column_stack([*schedule, *history, self._weather(records.origin[rows], cutoff)])
        categorical = {
            "carrier": records.carrier[rows],
            "origin": np.array(ORIGINS)[records.origin[rows]],
            "dest": records.dest[rows],
            "weekday": self._weekday[rows],
        }
        return Features(numeric.astype(np.float64), categorical)

    def _history(self, rows: Ints, cutoff: Ints) -> list[Floats]:
        line = self._by_line.window(self._line[rows], cutoff, 30 * DAY_SECONDS)
        route = self._by_route.window(self._route[rows], cutoff, 30 * DAY_SECONDS)
        day = self._by_all.window(self._all[rows], cutoff, DAY_SECONDS)
        carrier = self._by_carrier.window(self._carrier[rows], cutoff, 3 * DAY_SECONDS)
        origin = self._by_origin.window(self._records.origin[rows], cutoff, 4 * HOUR_SECONDS)
        return [
            (line[1] + PRIOR_LATE) / (line[0] + PRIOR_FLIGHTS),
            (route[1] + PRIOR_LATE) / (route[0] + PRIOR_FLIGHTS),
            _ratio(day[1], day[0]),
            _ratio(day[2], day[0]),
            _ratio(carrier[1], carrier[0]),
            _ratio(carrier[2], carrier[0]),
            _ratio(origin[3], origin[0]),
        ]

    def _weather(self, origin: Ints, cutoff: Ints) -> Floats:
        """The last observation completed by the cutoff: that of an hour counts once the hour is over."""
        found = np.full((len(origin), len(WEATHER_FIELDS)), np.nan)
        for index in range(len(ORIGINS)):
            here = np.flatnonzero(origin == index)
            at = self._records.weather_at[index]
            last = np.searchsorted(at, cutoff[here] - HOUR_SECONDS, side="right") - 1
            usable = (last >= 0) & (cutoff[here] - at[np.maximum(last, 0)] <= WEATHER_STALE_SECONDS)
            found[here[usable]] = self._records.weather[index][last[usable]]
        return found


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio


def _departures_same_hour(records: FlightRecords) -> Ints:
    """How many departures are scheduled from the same airport in the same hour: known from the timetable."""
    hour = (records.departs_at // HOUR_SECONDS) * len(ORIGINS) + records.origin
    _, position, counts = np.unique(hour, return_inverse=True, return_counts=True)
    same: Ints = counts.astype(np.int64)[position]
    return same
