"""Values of insured periods worked out a second time, another way: floating point, straight from the files.

Nothing of `domain.readings`, `domain.sphere` or the sources is used. A value may differ by one where floating point
falls on the other side of a whole number.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from domain.insured_period import InsuredPeriod, Trigger
from oracle.sources.flight_records import package_files

RADIUS_KM = 6_371.009
STATIONS = {"EWR": (40.6925, -74.1687), "JFK": (40.6398, -73.7789), "LGA": (40.7772, -73.8726)}
TOLERANCES = {Trigger.RAINFALL: 100, Trigger.WIND: 200}
FASTEST_KMH = 420.0


class Recheck:
    """The files once, for many questions."""

    def __init__(self, trigger: Trigger, archive: Path | None) -> None:
        self._trigger = trigger
        if trigger is Trigger.EARTHQUAKE:
            assert archive is not None
            table = pd.read_parquet(archive)
            table = table[(table["type"] == "earthquake") & (table["mag"] >= 6)]
            at = pd.to_datetime(table["time"], utc=True)
            self._table: Any = table.assign(at=at)
        else:
            table = pd.read_csv(package_files()[1])
            gust = table["wind_gust"].fillna(table["wind_speed"]) * 1.609344
            self._table = table.assign(
                at=pd.to_datetime(table["time_hour"], utc=True), rain=table["precip"] * 25.4, gust=gust
            )

    def value(self, insured: InsuredPeriod) -> int | None:
        """The value, or None where nothing can be reported."""
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (insured.occurs_at, insured.ends_at))
        here = (insured.place.latitude / 10_000, insured.place.longitude / 10_000)
        if self._trigger is Trigger.EARTHQUAKE:
            rows = self._table[(self._table["at"] >= begin) & (self._table["at"] < end)]
            felt = (_intensity(*here, row.latitude, row.longitude, row.mag) for row in rows.itertuples())
            return max([int(10 * each + 1e-9) for each in felt if each > 0], default=0)
        rows = self._table[(self._table["at"] > begin) & (self._table["at"] <= end)]
        near = sorted(STATIONS, key=lambda name: _km(*here, *STATIONS[name]))[:2]
        values = [self._station(rows[rows["origin"] == name], insured.hours) for name in near]
        if any(_km(*here, *STATIONS[name]) > 25 for name in near) or None in values:
            return None
        low, high = sorted(int(value) for value in values if value is not None)
        return None if high - low > TOLERANCES[self._trigger] else (low + high) // 2

    def _station(self, rows: Any, hours: int) -> int | None:
        column = rows["rain" if self._trigger is Trigger.RAINFALL else "gust"]
        if len(column) != hours or column.isna().any() or column.max() > FASTEST_KMH:
            return None
        value = column.sum() if self._trigger is Trigger.RAINFALL else column.max()
        return int(10 * float(value) + 1e-6)


def _intensity(north: float, east: float, other_north: float, other_east: float, magnitude: float) -> float:
    return 1.68 * magnitude - 3.29 - 0.0206 * _km(north, east, other_north, other_east)


def _km(north: float, east: float, other_north: float, other_east: float) -> float:
    a, b, c, d = (math.radians(x) for x in (north, east, other_north, other_east))
    chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0)))
