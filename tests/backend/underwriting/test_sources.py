"""Third parties over HTTP: what is asked, what each answer means, and how old a report may be."""

from __future__ import annotations

import json
from uuid import UUID

import httpx
import pytest

from backend.underwriting.ports import SourceAnswer, SourceFailed
from backend.underwriting.sources import GREATEST_AGE_SECONDS, HttpThirdParties
from oracle.risk.sources import greatest_ages

REQUEST = UUID(int=7)
PERSON = {"identity": "110101199001011234"}


def asked(answer: httpx.Response | Exception) -> tuple[HttpThirdParties, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpThirdParties("http://localhost/sources/", "key", transport=httpx.MockTransport(handle)), seen


def test_greatest_ages__every_source__as_the_engine_reads_them() -> None:
    engine = {source.value: age for source, age in greatest_ages().items()}

    assert {source: engine[source] for source in GREATEST_AGE_SECONDS} == GREATEST_AGE_SECONDS


def test_ask__report__asks_as_the_shape_says() -> None:
    body = {"obtained_at": 5, "reference": "H-1", "values": {"smoking": "never"}}
    parties, seen = asked(httpx.Response(200, json=body))

    found = parties.ask("hospital", REQUEST, PERSON, b"\x01" * 32)

    (request,) = seen
    assert isinstance(found, SourceAnswer)
    assert (found.obtained_at, found.reference, found.values) == (5, "H-1", {"smoking": "never"})
    assert (request.url.path, request.headers["authorization"]) == ("/sources/hospital", "Bearer key")
    assert request.headers["idempotency-key"] == str(REQUEST)
    assert json.loads(request.content) == {
        "request_id": str(REQUEST), "person": PERSON, "authorisation": "0x" + "01" * 32
    }  # fmt: skip
    assert "smoking" not in repr(found)


@pytest.mark.parametrize(("status", "final"), [(401, True), (404, True), (422, True), (429, False), (503, False)])
def test_ask__no_report__says_whether_asking_again_is_of_use(status: int, final: bool) -> None:
    parties, _ = asked(httpx.Response(status))

    with pytest.raises(SourceFailed) as failed:
        parties.ask("hospital", REQUEST, PERSON, b"\x01" * 32)

    assert (failed.value.code, failed.value.final) == (f"source_{status}", final)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="x"), httpx.Response(200, json=[]),
        httpx.Response(200, json={"obtained_at": "5", "values": {}}),
        httpx.Response(200, json={"obtained_at": 5, "values": []}),
        httpx.Response(200, json={"obtained_at": 5, "values": {str(n): n for n in range(101)}}),
        httpx.ConnectError("away"),
    ],
)  # fmt: skip
def test_ask__no_answer_or_none_that_can_be_read__is_asked_again(answer: httpx.Response | Exception) -> None:
    parties, _ = asked(answer)

    with pytest.raises(SourceFailed) as failed:
        parties.ask("hospital", REQUEST, PERSON, b"\x01" * 32)

    assert not failed.value.final


def test_http_third_parties__far_away_and_open__is_refused() -> None:
    with pytest.raises(ValueError, match="in the open"):
        HttpThirdParties("http://sources.example.org", "key")
