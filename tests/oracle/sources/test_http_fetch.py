import time

import pytest

from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured, SourceUnavailable
from oracle.sources.facts import check_made
from oracle.sources.http_fetch import Fetcher, new_client
from scripts.source_replay import Fault, Replay, replaying

BODY = {"all": "is well", "and": "long enough to drip for a while" * 20}


def fetch(replay: Replay, seconds: float = 0.4) -> bytes:
    with new_client(replay.url) as client:
        return Fetcher(client, sleep=lambda _: None, total_seconds=seconds).get("path", {}).body


def test_get__no_fault__the_body_as_it_came() -> None:
    with replaying(BODY) as replay:
        assert fetch(replay) == replay.encoded


@pytest.mark.parametrize("fault", [Fault.HANGS, Fault.DRIPS, Fault.DRIPS_HEADERS])
def test_get__answers_too_slowly__given_up_at_the_deadline(fault: Fault) -> None:
    with replaying(BODY) as replay:
        replay.fault = fault
        started = time.monotonic()
        with pytest.raises(SourceUnavailable, match="gave no answer"):
            fetch(replay)

        assert 0.3 < time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.REDIRECT_LOOP, "redirects more than 3 times"),
        (Fault.REDIRECT_AWAY, "redirects off the host"),
        (Fault.HUGE, "more than 1000000 bytes"),
        (Fault.HUGE_UNTOLD, "more than 1000000 bytes"),
        (Fault.PACKED, "packed body"),
        (Fault.NOT_FOUND, "no such resource"),
        (Fault.NO_CONTENT, "answered 204"),
        (Fault.NOT_MODIFIED, "answered 304"),
    ],
)
def test_get__not_what_was_asked_for__refused_once(fault: Fault, told: str) -> None:
    with replaying(BODY) as replay:
        replay.fault = fault
        with pytest.raises(SourceAnswerInvalid, match=told):
            fetch(replay, 5)

        assert replay.asked == (4 if fault is Fault.REDIRECT_LOOP else 1)


@pytest.mark.parametrize("fault", [Fault.RESETS, Fault.CUT_SHORT, Fault.SERVER_ERROR, Fault.UNAVAILABLE])
def test_get__may_pass__tried_three_times(fault: Fault) -> None:
    with replaying(BODY) as replay:
        replay.fault = fault
        with pytest.raises(SourceUnavailable):
            fetch(replay, 5)

        assert replay.asked == 3


def test_get__asked_again__revalidated_by_etag() -> None:
    with replaying(BODY) as replay, new_client(replay.url) as client:
        fetcher = Fetcher(client)
        first, second = fetcher.get("path", {}), fetcher.get("path", {})

    assert (first.revalidated, second.revalidated) == (False, True)
    assert first.body == second.body


@pytest.mark.parametrize(
    "address", ["", "ftp://example.org", "example.org/path", "http://", "http://[::1", "http://a:b"]
)
def test_new_client__no_address__refused(address: str) -> None:
    with pytest.raises(SourceMisconfigured, match="is no address of a source"):
        new_client(address)


@pytest.mark.parametrize("key", ["", "a\nb", "schl\u00fcssel", "ends "])
def test_new_client__key_that_no_header_takes__refused_and_not_quoted(key: str) -> None:
    with pytest.raises(SourceMisconfigured, match="visible ASCII") as refused:
        new_client("https://example.org", {"Authorization": f"Bearer {key}"})
    assert not key or key not in str(refused.value)


def test_new_client__key_in_the_clear__refused() -> None:
    with pytest.raises(SourceMisconfigured, match="neither TLS nor this machine"):
        new_client("http://example.org", {"x-apikey": "secret"})
    new_client("http://example.org").close()  # what anybody may ask for needs no secrecy


@pytest.mark.parametrize(
    "fault",
    [Fault.UNDATED, Fault.DATE_MALFORMED, Fault.AGE_MALFORMED, Fault.AGE_NEGATIVE],
    ids=lambda fault: fault.name,
)
def test_get__answer_whose_age_cannot_be_read__of_unknown_age_and_not_of_none(fault: Fault) -> None:
    with replaying(BODY) as replay, new_client(replay.url) as client:
        replay.served_at = 1_700_000_000
        assert Fetcher(client).get("path", {}).made_at == 1_700_000_000
        replay.fault = fault
        assert Fetcher(client).get("path", {}).made_at is None


def test_check_made__answer_without_a_date__refused() -> None:
    with pytest.raises(SourceAnswerInvalid, match="does not date its answer"):
        check_made("api:rain", None, now=1_700_000_000, not_before=0, max_age_seconds=None)
