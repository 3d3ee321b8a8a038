"""What AeroAPI v4 answers to `GET /flights/{ident}`: the fields this client reads, as FlightAware documents them.

Times are gate times (out, in) and runway times (off, on) in UTC; all may be null. `arrival_delay` is in seconds and may
rest on an estimate, so it is not read. `cancelled` means that FlightAware no longer follows the flight, which is not
always a cancellation by the airline.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MAX_FLIGHTS = 60


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
    scheduled_out: AwareDatetime | None
    actual_out: AwareDatetime | None
    actual_off: AwareDatetime | None
    scheduled_in: AwareDatetime | None
    estimated_in: AwareDatetime | None = None
    actual_in: AwareDatetime | None

    @property
    def left(self) -> datetime | None:
        """When it left its gate or, failing that, the runway."""
        return self.actual_out or self.actual_off


class FlightsAnswer(_Message):
    """The whole answer."""

    flights: Annotated[list[Flight], Field(max_length=MAX_FLIGHTS)]
