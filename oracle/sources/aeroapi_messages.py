"""What AeroAPI v4 answers to `GET /flights/{ident}`: the fields this client reads, as FlightAware documents them.

Times are gate times (out, in) and runway times (off, on) in UTC; all may be null. `arrival_delay` is in seconds and may
rest on an estimate, so it is not read. `cancelled` means that FlightAware no longer follows the flight, which is not
always a cancellation by the airline.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

MAX_FLIGHTS = 60


def _written_out(value: object) -> datetime:
    """Numbers, also as text, are no times: they would be read as seconds since 1970."""
    if not isinstance(value, str) or "T" not in value:
        raise ValueError("give a time as ISO 8601 text")
    return datetime.fromisoformat(value)


_Time = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class _Message(BaseModel):
    """Fields the vendor adds later are passed over; those we read must have their documented type."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Airport(_Message):
    """An airport as it is referred to in a flight."""

    code_iata: Annotated[str, Field(max_length=4)] | None = None


class Flight(_Message):
    """One departure of a flight."""

    ident: Annotated[str, Field(max_length=16)]
    ident_iata: Annotated[str, Field(max_length=16)] | None = None
    fa_flight_id: Annotated[str, Field(max_length=128)]
    cancelled: bool
    diverted: bool
    origin: Airport | None
    destination: Airport | None
    scheduled_out: _Time | None
    actual_out: _Time | None
    actual_off: _Time | None
    scheduled_in: _Time | None
    estimated_in: _Time | None = None
    actual_in: _Time | None

    @property
    def left(self) -> datetime | None:
        """When it left its gate or, failing that, the runway."""
        return self.actual_out or self.actual_off


class FlightsAnswer(_Message):
    """The whole answer."""

    flights: Annotated[list[Flight], Field(max_length=MAX_FLIGHTS)]
