from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from domain.errors import EventTextInvalid
from oracle.sources.answers import read_answer
from oracle.sources.errors import SourceAnswerInvalid, SourceStale
from oracle.sources.http_fetch import Fetcher, new_client
from oracle.sources.usgs_earthquakes import FeatureCollection, UsgsEarthquakes, reading
from scripts.source_replay import replaying
from scripts.source_samples import NAPA, NAPA_INTENSITY, RAIN, final_at, usgs

NOW = final_at(NAPA)


def read(**changes: Any) -> tuple[int | None, str]:
    body = usgs()
    body["features"][0]["properties"].update(changes)
    return reading(NAPA, FeatureCollection.model_validate(body, strict=False))


def test_reading__south_napa__intensity_at_napa() -> None:
    assert read() == (NAPA_INTENSITY, "")


@pytest.mark.parametrize("changes", [{"mag": None}, {"status": "automatic"}])
def test_reading__not_yet_certain__no_value(changes: dict[str, Any]) -> None:
    value, why = read(**changes)

    assert value is None
    assert "no reviewed magnitude yet" in why


def test_reading__deleted__does_not_count() -> None:
    assert read(status="deleted") == (0, "")


def test_reading__nothing_happened__zero_is_a_measurement() -> None:
    body = usgs()
    body["features"], body["metadata"]["count"] = [], 0

    assert reading(NAPA, FeatureCollection.model_validate(body, strict=False)) == (0, "")


def test_fetch__documented_answer__fact_with_its_origin() -> None:
    with replaying(usgs()) as replay, new_client(replay.url) as client:
        fact = UsgsEarthquakes(Fetcher(client)).fetch(NAPA, NOW)

    assert (fact.value, fact.observed_at, fact.freshness_seconds, fact.licence) == (
        NAPA_INTENSITY, NOW, 600, "public domain (USGS)",
    )  # fmt: skip
    assert len(fact.provenance) == 32
    assert fact.cost.millionths == 0


def test_fetch__asked__for_every_moment_that_is_insured() -> None:
    """Events are dated in milliseconds: one in the last second of the last day is insured too."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.extend(request.url.params[name] for name in ("starttime", "endtime"))
        return httpx.Response(200, json=usgs())

    with httpx.Client(base_url="https://usgs.test", transport=httpx.MockTransport(handle)) as client:
        UsgsEarthquakes(Fetcher(client)).fetch(NAPA, NOW)

    first, last = (datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp() for each in asked)
    assert (first, last) == (NAPA.occurs_at, pytest.approx(NAPA.ends_at - 0.001, abs=1e-6))


def test_fetch__made_before_the_records_are_final__stale() -> None:
    body = usgs()
    body["metadata"]["generated"] = NAPA.ends_at * 1_000
    with (
        replaying(body) as replay,
        new_client(replay.url) as client,
        pytest.raises(SourceStale, match="cannot be final"),
    ):
        UsgsEarthquakes(Fetcher(client)).fetch(NAPA, NOW)


def test_fetch__made_days_ago__stale() -> None:
    with replaying(usgs()) as replay, new_client(replay.url) as client, pytest.raises(SourceStale, match="s old"):
        UsgsEarthquakes(Fetcher(client)).fetch(NAPA, NOW + 2 * 86_400)


def test_fetch__another_trigger__refused_unasked() -> None:
    with replaying(usgs()) as replay, new_client(replay.url) as client:
        with pytest.raises(EventTextInvalid, match="is not about earthquake"):
            UsgsEarthquakes(Fetcher(client)).fetch(RAIN, NOW)
        assert replay.asked == 0


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b"[" * 100_000, b"\xff\xfe", b"null", b""])
def test_read_answer__no_such_form__refused_by_name(body: bytes) -> None:
    with pytest.raises(SourceAnswerInvalid, match="the test's answer is not in its documented form"):
        read_answer("the test", FeatureCollection, body)
