"""How a flight ended, whoever says so. The one interface of every source."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.flight import FlightKey
from domain.policy import Outcome


class FlightOutcome(StrEnum):
    """What a source says of a flight. The first three are final; the others may still become one of them."""

    MEASURED = "measured"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    NOT_DUE = "not_due"
    """The flight is known and has not ended yet, or its end is not visible yet."""
    UNKNOWN = "unknown"
    """The source knows no such flight, or contradicts itself."""


REPORTABLE: dict[FlightOutcome, Outcome] = {
    FlightOutcome.MEASURED: Outcome.MEASURED,
    FlightOutcome.CANCELLED: Outcome.CANCELLED,
    FlightOutcome.DIVERTED: Outcome.DIVERTED,
}
"""The outcome on chain of each final answer."""


@dataclass(frozen=True, slots=True)
class FlightStatus:
    """One source's answer about one flight.

    Attributes:
        outcome: See `FlightOutcome`.
        value: Arrival delay in whole minutes, negative when early; 0 unless measured.
        observed_at: Unix seconds this answer speaks of: the `now` it was asked for.
        freshness_seconds: Age of the source's record at `observed_at`; 0 when it was fetched for this answer.
        provenance: keccak of the bytes the answer was read from.
        licence: Under which the source may be used.
    """

    outcome: FlightOutcome
    value: int
    observed_at: int
    freshness_seconds: int
    provenance: bytes
    licence: str

    @property
    def is_final(self) -> bool:
        """Whether this can be reported."""
        return self.outcome in REPORTABLE


class FlightStatusSource(Protocol):
    """A place where a node looks."""

    @property
    def name(self) -> str:
        """Short name, as in `GET /v1/node`."""
        ...

    @property
    def source_hash(self) -> bytes:
        """32 bytes that name the source and its rules; goes into event reports as their provenance."""
        ...

    def observe(self, flight: FlightKey, now: int) -> FlightStatus:
        """What can be known of a flight at `now`, unix seconds.

        Raises:
            SourceUnavailable
        """
        ...

    def observe_many(self, flights: Sequence[FlightKey], now: int) -> list[FlightStatus]:
        """The same for several flights, in their order.

        Raises:
            SourceUnavailable
        """
        ...

    def is_scheduled(self, flight: FlightKey) -> bool:
        """Whether such a departure is (or was) planned. Says nothing of how it ended.

        Raises:
            SourceUnavailable
        """
        ...
