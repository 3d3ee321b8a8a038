"""A flight as an insured event: its canonical text, which the event id is made from."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.errors import EventTextInvalid
from domain.policy import event_id
from domain.ranges import is_whole

EXAMPLE = "flight/UA/1545/EWR/IAH/2013-01-01T10:15Z"
_CARRIER = re.compile(r"[A-Z0-9]{2}")
_AIRPORT = re.compile(r"[A-Z]{3}")
_TEXT = re.compile(
    r"flight/([A-Z0-9]{2})/([1-9][0-9]{0,3})/([A-Z]{3})/([A-Z]{3})/([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})Z"
)
_MINUTE_FORMAT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, order=True)
class FlightKey:
    """One departure of one flight.

    Attributes:
        carrier: Two-character IATA code.
        number: Flight number, 1 to 9999.
        origin, dest: Three-letter IATA codes.
        departs_at_utc: Scheduled departure, whole minutes, in UTC.
    Raises:
        EventTextInvalid: A part is malformed.
    """

    carrier: str
    number: int
    origin: str
    dest: str
    departs_at_utc: datetime

    def __post_init__(self) -> None:
        if not _CARRIER.fullmatch(self.carrier):
            raise EventTextInvalid("carrier", self.carrier, "is not a two-character IATA code", "Write it as in UA")
        if not is_whole(self.number, 1, 9999):
            raise EventTextInvalid("number", self.number, "is not a flight number", "Give 1 to 9999")
        for field, airport in (("origin", self.origin), ("dest", self.dest)):
            if not _AIRPORT.fullmatch(airport):
                raise EventTextInvalid(field, airport, "is not a three-letter IATA code", "Write it as in EWR")
        at = self.departs_at_utc
        if at.utcoffset() != timedelta(0):
            raise EventTextInvalid("departs_at_utc", at, "is not in UTC", "Convert it to UTC first")
        if at.second or at.microsecond:
            raise EventTextInvalid("departs_at_utc", at, "is not a whole minute", "Give the scheduled departure")

    def text(self) -> str:
        """Canonical text, as signed and hashed: `flight/UA/1545/EWR/IAH/2013-01-01T10:15Z`."""
        at = self.departs_at_utc.isoformat(timespec="minutes").removesuffix("+00:00")
        return f"flight/{self.carrier}/{self.number}/{self.origin}/{self.dest}/{at}Z"

    def event_id(self) -> int:
        """Id of this flight as an insured event."""
        return event_id(self.text())

    @property
    def occurs_at(self) -> int:
        """Scheduled departure, unix seconds."""
        return int(self.departs_at_utc.timestamp())


def parse_flight_key(text: str) -> FlightKey:
    """The flight a canonical text names.

    Raises:
        EventTextInvalid: The text is not exactly canonical; another spelling would be another event.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise EventTextInvalid("insured_event", text, "is not the text of a flight", f"Write it as in {EXAMPLE}")
    carrier, number, origin, dest, minute = match.groups()
    try:
        departs_at = datetime.strptime(minute, _MINUTE_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise EventTextInvalid("insured_event", text, "names no such day or time", "Check the departure") from error
    return FlightKey(carrier, int(number), origin, dest, departs_at)
