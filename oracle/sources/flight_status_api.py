"""A live flight-status service as a source: FlightAware AeroAPI v4, `GET /flights/{ident}`.

The key comes from the environment and leaves it only in the `x-apikey` header; it is never logged. Source of the
format: FlightAware's AeroAPI 4 reference; the fields read are in `aeroapi_messages.py`.
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from domain.flight import FlightKey
from domain.hashing import canonical_json, keccak256
from oracle.sources.aeroapi_messages import Flight, FlightsAnswer
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured
from oracle.sources.flight_status import FlightOutcome, FlightStatus
from oracle.sources.http_fetch import Fetched, Fetcher, new_client

BASE_URL = "https://aeroapi.flightaware.com/aeroapi"
KEY_VARIABLE = "QUITTANCE_FLIGHT_STATUS_API_KEY"
LICENCE = "FlightAware AeroAPI terms of use"
DIVERTED_FINAL_AFTER = timedelta(hours=6)
"""A diverted flight may still go on to its destination; after this it counts as diverted."""
CANCELLED_FINAL_AFTER = timedelta(hours=1)
_RULES = "gate arrival, whole minutes rounded down; cancelled 1 h, diverted 6 h after scheduled departure"


class AeroApiSource:
    """Asks AeroAPI. Safe to share between threads.

    Args:
        fetcher: GETs from the service.
    """

    name = "api:flightaware-aeroapi-4"
    source_hash = keccak256(canonical_json({"source": "flightaware-aeroapi-4", "rules": _RULES}))

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def observe(self, flight: FlightKey, now: int) -> FlightStatus:
        """What the service says of a flight; nothing that lies after `now` counts.

        Raises:
            SourceUnavailable
        """
        fetched = self._fetch(flight)
        outcome, value = decide(flight, _parse(fetched.body), datetime.fromtimestamp(now, UTC))
        age = max(0, round(time.monotonic() - fetched.confirmed_at))
        return FlightStatus(outcome, value, now, age, keccak256(fetched.body), LICENCE)

    def observe_many(self, flights: Sequence[FlightKey], now: int) -> list[FlightStatus]:
        """The same for several flights, in their order, one request each."""
        return [self.observe(flight, now) for flight in flights]

    def is_scheduled(self, flight: FlightKey) -> bool:
        """Whether the service knows such a departure."""
        return _matching(flight, _parse(self._fetch(flight).body)) is not None

    def _fetch(self, flight: FlightKey) -> Fetched:
        start = flight.departs_at_utc
        params = {
            "ident_type": "designator",
            "start": _iso(start),
            "end": _iso(start + timedelta(minutes=1)),
            "max_pages": "1",
        }
        return self._fetcher.get(f"flights/{flight.carrier}{flight.number}", params)


def aeroapi_source(base_url: str = BASE_URL) -> AeroApiSource:
    """The source, with the key from the environment.

    Raises:
        SourceMisconfigured: There is no key.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise SourceMisconfigured(f"{KEY_VARIABLE} is not set: put the AeroAPI key there")
    headers = {"x-apikey": key, "Accept": "application/json; charset=UTF-8"}
    return AeroApiSource(Fetcher(new_client(base_url, headers)))


def decide(flight: FlightKey, answer: FlightsAnswer, now: datetime) -> tuple[FlightOutcome, int]:
    """What an answer means at `now`: outcome, and minutes of delay if measured. Pure."""
    found = _matching(flight, answer)
    if found is None:
        return FlightOutcome.UNKNOWN, 0
    late_enough = now - flight.departs_at_utc
    if found.cancelled:
        if found.left is not None:
            return FlightOutcome.UNKNOWN, 0  # no longer followed though it left: that is not a cancellation
        return (FlightOutcome.CANCELLED if late_enough >= CANCELLED_FINAL_AFTER else FlightOutcome.NOT_DUE), 0
    if found.diverted:
        return (FlightOutcome.DIVERTED if late_enough >= DIVERTED_FINAL_AFTER else FlightOutcome.NOT_DUE), 0
    if found.actual_in is None or found.actual_in > now or now < flight.departs_at_utc:
        return FlightOutcome.NOT_DUE, 0
    if found.scheduled_in is None:
        return FlightOutcome.UNKNOWN, 0  # arrived, but the service does not know when it should have
    if found.left is not None and found.actual_in < found.left:
        return FlightOutcome.UNKNOWN, 0  # it cannot have arrived before it left: one of the two is wrong
    return FlightOutcome.MEASURED, (found.actual_in - found.scheduled_in) // timedelta(minutes=1)


def _matching(flight: FlightKey, answer: FlightsAnswer) -> Flight | None:
    """The flight of an answer that is the one asked for; a diverted one may name another destination."""
    ident = f"{flight.carrier}{flight.number}"
    for each in answer.flights:
        scheduled = each.scheduled_out.astimezone(UTC).replace(second=0, microsecond=0) if each.scheduled_out else None
        if ident not in (each.ident_iata, each.ident) or scheduled != flight.departs_at_utc:
            continue
        origin = each.origin.code_iata if each.origin else None
        dest = each.destination.code_iata if each.destination else None
        if origin == flight.origin and (dest == flight.dest or each.diverted):
            return each
    return None


def _parse(body: bytes) -> FlightsAnswer:
    try:
        return FlightsAnswer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise SourceAnswerInvalid(f"AeroAPI's answer is not in its documented form: {where}: {first['msg']}") from None


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
