"""Flights for tests: one morning's departures, by number."""

from datetime import UTC, datetime

from domain.flight import FlightKey

GENESIS = 1_378_864_800  # 2013-09-11 02:00 UTC
DEPARTURE = datetime(2013, 9, 11, 14, 0, tzinfo=UTC)


def flight(number: int) -> FlightKey:
    """Flight UA `number`, 11 September 2013, 14:00 UTC."""
    return FlightKey("UA", number, "EWR", "IAH", DEPARTURE)


def flights(count: int, *, first: int = 1) -> list[FlightKey]:
    """`count` of them."""
    return [flight(first + n) for n in range(count)]
