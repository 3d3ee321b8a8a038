"""Request ids, limits, headers, languages, and errors nobody foresaw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.http.answers import MAX_BODY_BYTES
from backend.http.languages import preferred_language
from tests.backend.api import assert_problem, keyed
from tests.backend.http.conftest import House


def test_request_id__well_formed__kept(house: House) -> None:
    response = house.client.get("/v1/nothing", headers={"X-Request-Id": "order-4711.retry_2"})

    assert response.headers["x-request-id"] == response.json()["request_id"] == "order-4711.retry_2"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g h", "-leading-dash", "bad\u00e9bad-bad".encode()])
def test_request_id__not_well_formed__made(house: House, given: str | bytes) -> None:
    found = house.client.get("/v1/nothing", headers={"X-Request-Id": given}).headers["x-request-id"]

    assert len(found) == 32
    assert found != given


def test_error_nobody_foresaw__internal_error_with_id_and_headers(house: House) -> None:
    response = house.client.get("/v1/entries/failing", headers={"X-Request-Id": "find-me-again"})

    assert_problem(response, "internal_error", "request_id")
    assert response.json()["request_id"] == response.headers["x-request-id"] == "find-me-again"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "nobody foresaw" not in response.text


def test_body__length_said_and_too_large__refused_unread(house: House) -> None:
    response = house.client.post("/v1/entries", content=b" " * (MAX_BODY_BYTES + 1), headers=keyed())

    assert_problem(response, "body_too_large", str(MAX_BODY_BYTES))


def test_body__length_not_said_and_too_large__refused_where_the_limit_is_passed(house: House) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(64):
            taken += 1
            yield b" " * (MAX_BODY_BYTES // 16)

    headers = keyed() | {"content-type": "application/json"}
    response = house.client.post("/v1/entries", content=endless(), headers=headers)

    assert "content-length" not in response.request.headers
    assert_problem(response, "body_too_large", str(MAX_BODY_BYTES))
    assert house.entries == 0


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"[" * 100_000, b'{"amount": 1e999}', b'"\\ud800"', b"NaN", b'{"amount":' + b"9" * 5000 + b"}"],
)
def test_body__hostile__a_problem_and_no_effect(house: House, body: bytes) -> None:
    headers = keyed() | {"content-type": "application/json"}

    response = house.client.post("/v1/entries", content=body, headers=headers)

    assert response.headers["content-type"] == "application/problem+json"
    assert 400 <= response.status_code < 500
    assert house.entries == 0


def test_answer__of_the_api__not_cached_and_allows_a_page_nothing(house: House) -> None:
    headers = house.write().headers

    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_problem__chinese_wanted__chinese_with_the_same_code(house: House) -> None:
    response = house.client.post(
        "/v1/entries", json={"amount": 1}, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    )

    assert response.json()["code"] == "idempotency_key_missing"
    assert response.json()["title"] == "缺少 Idempotency-Key"
    assert response.headers["content-language"] == "zh"
    assert response.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-Hant-HK;q=0.4, en;q=0.3", "zh"),
        ("en-GB, zh;q=0.9", "en"),
        ("fr, de;q=0.5", "en"),
        ("en;q=0, *", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=much", "en"),
        ("zh;level=1", "en"),
        (",;=,", "en"),
    ],
)
def test_preferred_language__as_weighed(header: str, language: str) -> None:
    assert preferred_language(header) == language
