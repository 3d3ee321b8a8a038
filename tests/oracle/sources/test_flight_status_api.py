"""The live source against a server that speaks the vendor's format, and everything that can go wrong with it."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from domain.flight import parse_flight_key
from domain.hashing import keccak256
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured, SourceRateLimited, SourceUnavailable
from oracle.sources.flight_status import FlightOutcome
from oracle.sources.flight_status_api import KEY_VARIABLE, AeroApiSource, aeroapi_source
from oracle.sources.http_fetch import ATTEMPTS, MAX_BODY_BYTES, Fetcher
from tests.oracle.vendor import KEY, Reply, Sleeps, Vendor, flight_body, recorded, running_vendor

FLIGHT = parse_flight_key("flight/UA/1545/EWR/IAH/2013-01-01T10:15Z")
NEXT_DAY = int(datetime(2013, 1, 2, tzinfo=UTC).timestamp())


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as server:
        yield server


@pytest.fixture
def sleeps() -> Sleeps:
    return []


@pytest.fixture
def source(vendor: Vendor, sleeps: Sleeps) -> Iterator[AeroApiSource]:
    with httpx.Client(base_url=vendor.url + "/", headers={"x-apikey": KEY}, timeout=0.5, trust_env=False) as client:
        yield AeroApiSource(Fetcher(client, sleep=recorded(sleeps)))


def test_observe__arrived__delay_in_whole_minutes(vendor: Vendor, source: AeroApiSource) -> None:
    vendor.replies = [Reply(body=flight_body())]

    status = source.observe(FLIGHT, NEXT_DAY)

    assert (status.outcome, status.value, status.observed_at) == (FlightOutcome.MEASURED, 11, NEXT_DAY)
    assert len(status.provenance) == 32
    assert "AeroAPI" in status.licence


def test_observe__one_flight__asked_as_documented(vendor: Vendor, source: AeroApiSource) -> None:
    source.observe(FLIGHT, NEXT_DAY)

    (asked,) = vendor.asked
    assert asked.path == "/aeroapi/flights/UA1545"
    assert asked.query == {
        "ident_type": ["designator"],
        "start": ["2013-01-01T10:15:00Z"],
        "end": ["2013-01-01T10:16:00Z"],
        "max_pages": ["1"],
    }
    assert asked.headers["x-apikey"] == KEY


HOUR, SIX = timedelta(hours=1), timedelta(hours=6)
NOT_LEFT = {"actual_out": None, "actual_off": None, "actual_in": None}


@pytest.mark.parametrize(
    ("changes", "after", "seen"),
    [
        ({"actual_in": "2013-01-01T14:09:00Z"}, SIX, (FlightOutcome.MEASURED, -10)),
        ({"actual_in": "2013-01-01T14:19:59Z"}, SIX, (FlightOutcome.MEASURED, 0)),
        ({"actual_in": "2013-01-01T14:18:59Z"}, SIX, (FlightOutcome.MEASURED, -1)),
        ({}, timedelta(hours=4), (FlightOutcome.NOT_DUE, 0)),
        ({"actual_in": None, "arrival_delay": 690}, SIX, (FlightOutcome.NOT_DUE, 0)),
        ({"scheduled_in": None}, SIX, (FlightOutcome.UNKNOWN, 0)),
        ({"cancelled": True, **NOT_LEFT}, HOUR - timedelta(seconds=1), (FlightOutcome.NOT_DUE, 0)),
        ({"cancelled": True, **NOT_LEFT}, HOUR, (FlightOutcome.CANCELLED, 0)),
        ({"cancelled": True}, SIX, (FlightOutcome.UNKNOWN, 0)),
        ({"diverted": True}, SIX - timedelta(seconds=1), (FlightOutcome.NOT_DUE, 0)),
        ({"diverted": True}, SIX, (FlightOutcome.DIVERTED, 0)),
        ({"diverted": True, "destination": {"code_iata": "AUS"}}, SIX, (FlightOutcome.DIVERTED, 0)),
        ({"destination": {"code_iata": "AUS"}}, SIX, (FlightOutcome.UNKNOWN, 0)),
        ({"origin": None}, SIX, (FlightOutcome.UNKNOWN, 0)),
        ({"scheduled_out": "2013-01-01T10:16:00Z"}, SIX, (FlightOutcome.UNKNOWN, 0)),
        ({"ident_iata": "UA1546"}, SIX, (FlightOutcome.UNKNOWN, 0)),
    ],
)
def test_observe__each_state__its_outcome(
    vendor: Vendor,
    source: AeroApiSource,
    changes: dict[str, Any],
    after: timedelta,
    seen: tuple[FlightOutcome, int],
) -> None:
    vendor.replies = [Reply(body=flight_body(**changes))]

    status = source.observe(FLIGHT, FLIGHT.occurs_at + int(after.total_seconds()))

    assert (status.outcome, status.value) == seen


def test_observe__no_such_flight__unknown(source: AeroApiSource) -> None:
    assert source.observe(FLIGHT, NEXT_DAY).outcome is FlightOutcome.UNKNOWN
    assert not source.is_scheduled(FLIGHT)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_observe__server_in_trouble_once__tried_again(
    vendor: Vendor, source: AeroApiSource, sleeps: Sleeps, status: int
) -> None:
    vendor.replies = [Reply(status), Reply(body=flight_body())]

    assert source.observe(FLIGHT, NEXT_DAY).value == 11
    assert len(vendor.asked) == 2
    assert 0.25 <= sleeps[0] < 0.35


def test_observe__server_in_trouble_for_good__given_up_after_three(
    vendor: Vendor, source: AeroApiSource, sleeps: Sleeps
) -> None:
    vendor.replies = [Reply(500)]

    with pytest.raises(SourceUnavailable, match="answered 500: it is in trouble"):
        source.observe(FLIGHT, NEXT_DAY)
    assert len(vendor.asked) == ATTEMPTS
    assert len(sleeps) == ATTEMPTS - 1


def test_observe__no_answer_in_time__tried_again_then_told(vendor: Vendor, source: AeroApiSource) -> None:
    vendor.replies = [Reply(delay_seconds=1.2), Reply(body=flight_body())]
    assert source.observe(FLIGHT, NEXT_DAY).value == 11

    vendor.replies = [Reply(delay_seconds=1.2)]
    with pytest.raises(SourceUnavailable, match="gave no answer \\(ReadTimeout\\)"):
        source.observe(FLIGHT, NEXT_DAY)


def test_observe__nobody_listens__told(sleeps: Sleeps) -> None:
    with running_vendor() as gone:
        url = gone.url
    with httpx.Client(base_url=url + "/", timeout=0.5, trust_env=False) as client:
        source = AeroApiSource(Fetcher(client, sleep=recorded(sleeps)))

        with pytest.raises(SourceUnavailable, match="is it up"):
            source.observe(FLIGHT, NEXT_DAY)


def test_observe__too_many_requests__waits_as_told(vendor: Vendor, source: AeroApiSource, sleeps: Sleeps) -> None:
    vendor.replies = [Reply(429, headers={"Retry-After": "2"}), Reply(body=flight_body())]

    assert source.observe(FLIGHT, NEXT_DAY).value == 11
    assert sleeps == [2.0]


@pytest.mark.parametrize("seconds", [120, 90])
def test_observe__told_to_wait_long__left_to_the_caller_and_not_asked_meanwhile(
    vendor: Vendor, source: AeroApiSource, sleeps: Sleeps, seconds: int
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    vendor.replies = [Reply(429, headers={"Retry-After": date if seconds == 90 else str(seconds)})]

    for _ in range(2):
        with pytest.raises(SourceRateLimited) as refused:
            source.observe(FLIGHT, NEXT_DAY)
        assert refused.value.retry_after_seconds == pytest.approx(seconds, abs=3)

    assert sleeps == []
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the body"),
        (b"<html>gateway</html>", "the body"),
        ({"error": "no"}, "flights"),
        ({"flights": {}}, "flights"),
        (flight_body(cancelled="perhaps"), "flights.0.cancelled"),
        (flight_body(actual_in="yesterday"), "flights.0.actual_in"),
        (flight_body(actual_in="2013-01-01T14:30:30"), "flights.0.actual_in"),
        (flight_body(actual_in=1_357_047_000), "flights.0.actual_in"),
        (flight_body(actual_in="1357047000"), "flights.0.actual_in"),
        (flight_body(cancelled=1), "flights.0.cancelled"),
        ({"flights": flight_body()["flights"] * 61}, "flights"),
    ],
)
def test_observe__other_form_than_documented__refused_by_field(
    vendor: Vendor, source: AeroApiSource, body: Any, told: str
) -> None:
    vendor.replies = [Reply(body=body)]

    with pytest.raises(SourceAnswerInvalid, match=rf"not in its documented form: {told}"):
        source.observe(FLIGHT, NEXT_DAY)
    assert len(vendor.asked) == 1


def test_observe__huge_body__refused_unread(vendor: Vendor, source: AeroApiSource) -> None:
    vendor.replies = [Reply(body=b" " * (MAX_BODY_BYTES + 1))]

    with pytest.raises(SourceAnswerInvalid, match="more than 1000000 bytes"):
        source.observe(FLIGHT, NEXT_DAY)


@pytest.mark.parametrize(("status", "error"), [(401, SourceMisconfigured), (403, SourceMisconfigured)])
def test_observe__key_refused__said_so_once(
    vendor: Vendor, source: AeroApiSource, status: int, error: type[SourceUnavailable]
) -> None:
    vendor.replies = [Reply(status)]

    with pytest.raises(error, match="API key"):
        source.observe(FLIGHT, NEXT_DAY)
    assert len(vendor.asked) == 1


def test_observe__redirected__key_does_not_follow(vendor: Vendor, source: AeroApiSource) -> None:
    vendor.replies = [Reply(302, headers={"Location": "http://127.0.0.1:9/steal"})]

    with pytest.raises(SourceAnswerInvalid, match="answered 302"):
        source.observe(FLIGHT, NEXT_DAY)


def test_observe__unchanged__asked_with_etag_and_read_from_memory(vendor: Vendor, source: AeroApiSource) -> None:
    vendor.replies = [Reply(body=flight_body(), headers={"ETag": '"v1"'}), Reply(304)]
    first = source.observe(FLIGHT, NEXT_DAY)

    second = source.observe(FLIGHT, NEXT_DAY)

    assert "if-none-match" not in vendor.asked[0].headers
    assert vendor.asked[1].headers["if-none-match"] == '"v1"'
    assert (second.outcome, second.value, second.provenance) == (first.outcome, first.value, first.provenance)


def test_observe__anything__key_is_never_logged(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    source = aeroapi_source(vendor.url)
    vendor.replies = [Reply(401)]
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceMisconfigured) as refused:
        source.observe(FLIGHT, NEXT_DAY)

    assert vendor.asked[0].headers["x-apikey"] == KEY
    assert KEY not in caplog.text
    assert KEY not in str(refused.value)


def test_aeroapi_source__no_key__says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)

    with pytest.raises(SourceMisconfigured, match=f"{KEY_VARIABLE} is not set"):
        aeroapi_source()


def test_source_hash__two_nodes__the_same_and_not_the_archives(source: AeroApiSource) -> None:
    assert source.source_hash == AeroApiSource.source_hash
    assert source.source_hash != keccak256(b"")
