"""Rule S7: the canonical text of a flight."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EventTextInvalid
from domain.flight import EXAMPLE, FlightKey, parse_flight_key

NEW_YEAR = datetime(2013, 1, 1, 10, 15, tzinfo=UTC)
airports = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
minutes = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59), timezones=st.just(UTC)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
flights = st.builds(
    FlightKey,
    carrier=st.text("ABCXYZ0189", min_size=2, max_size=2),
    number=st.integers(1, 9999),
    origin=airports,
    dest=airports,
    departs_at_utc=minutes,
)


def test_text__real_flight__is_canonical() -> None:
    flight = FlightKey("UA", 1545, "EWR", "IAH", NEW_YEAR)

    assert flight.text() == EXAMPLE
    assert flight.occurs_at == 1_357_035_300
    assert parse_flight_key(EXAMPLE) == flight


@given(flights)
def test_parse_flight_key__what_text_wrote__comes_back(flight: FlightKey) -> None:
    assert parse_flight_key(flight.text()) == flight
    assert datetime.fromtimestamp(flight.occurs_at, UTC) == flight.departs_at_utc


@given(flights, flights)
def test_event_id__other_flight__is_another_event(one: FlightKey, other: FlightKey) -> None:
    assert (one.event_id() == other.event_id()) == (one == other)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not the text of a flight"),
        ("flight/UA/01545/EWR/IAH/2013-01-01T10:15Z", "is not the text of a flight"),
        ("flight/UA/0/EWR/IAH/2013-01-01T10:15Z", "is not the text of a flight"),
        ("flight/ua/1545/EWR/IAH/2013-01-01T10:15Z", "is not the text of a flight"),
        ("flight/UA/1545/EWR/IAH/2013-01-01T10:15", "is not the text of a flight"),
        ("flight/UA/1545/EWR/IAH/2013-01-01T10:15:00Z", "is not the text of a flight"),
        ("flight/UA/1545/EWR/IAH/2013-01-01T10:15Z\n", "is not the text of a flight"),
        ("flight/UA/1545/EWR/IAH/2013-01-01 10:15Z", "is not the text of a flight"),
        ("flight/UA/٤/EWR/IAH/2013-01-01T10:15Z", "is not the text of a flight"),
        ("flight/UA/1545/EWR/IAH/2013-02-29T10:15Z", "names no such day or time"),
        ("flight/UA/1545/EWR/IAH/2013-01-01T24:00Z", "names no such day or time"),
    ],
)
def test_parse_flight_key__any_other_spelling__is_refused(text: str, problem: str) -> None:
    with pytest.raises(EventTextInvalid) as refused:
        parse_flight_key(text)

    assert refused.value.problem == problem
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"carrier": "U"}, "carrier"),
        ({"carrier": "U/"}, "carrier"),
        ({"number": 0}, "number"),
        ({"number": 10_000}, "number"),
        ({"number": 15.0}, "number"),
        ({"number": True}, "number"),
        ({"origin": "NYCX"}, "origin"),
        ({"dest": "iah"}, "dest"),
        ({"departs_at_utc": datetime(2013, 1, 1, 10, 15)}, "departs_at_utc"),
        ({"departs_at_utc": NEW_YEAR.astimezone(timezone(timedelta(hours=-5)))}, "departs_at_utc"),
        ({"departs_at_utc": NEW_YEAR.replace(second=1)}, "departs_at_utc"),
    ],
)
def test_flight_key__malformed_part__is_refused_by_name(changed: dict[str, object], field: str) -> None:
    parts = {"carrier": "UA", "number": 1545, "origin": "EWR", "dest": "IAH", "departs_at_utc": NEW_YEAR} | changed

    with pytest.raises(EventTextInvalid) as refused:
        FlightKey(**parts)  # type: ignore[arg-type]  # malformed on purpose

    assert refused.value.field == field
