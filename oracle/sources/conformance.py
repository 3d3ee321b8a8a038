"""What a provider of records can run against its own endpoint before it signs a contract: does it keep the format?

The checks need two references, one with a record and one without, and ask without a key and with a wrong one. Nothing
is written anywhere, and nothing of a record is shown.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from oracle.sources import (
    commerce,
    credit,
    hospital_invoice,
    http_deadline,
    medical_record,
    repair_estimate,
    traffic_violations,
)
from oracle.sources.errors import SourceUnavailable
from oracle.sources.http_fetch import MAX_BODY_BYTES, TOTAL_SECONDS, Fetcher, new_client
from oracle.sources.records import RecordKind, RecordSource

KINDS: Mapping[str, RecordKind[Any]] = {
    module.KIND.name: module.KIND
    for module in (hospital_invoice, medical_record, traffic_violations, credit, commerce, repair_estimate)
}
"""Every kind of record, by the name in its address."""
WRONG_KEY = "not-a-key-of-anybody"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the format, and how the endpoint kept it; `told` says what to mend."""

    rule: str
    kept: bool
    told: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is tested.

    Attributes:
        kind: One of `KINDS`.
        base_url: Address before `/v1/records/`.
        key: That the provider gave out for the test.
        known, unknown: A reference it has a record for, and one it has none for.
    """

    kind: str
    base_url: str
    key: str
    known: str
    unknown: str


def run(endpoint: Endpoint, now: int) -> list[Check]:
    """Every check, in order. `now`: unix seconds.

    Raises:
        SourceMisconfigured: The address is none.
        KeyError: There is no such kind.
    """
    kind = KINDS[endpoint.kind]
    with new_client(endpoint.base_url, _bearer(endpoint.key)) as client:
        path = f"v1/records/{kind.name}/"
        source: RecordSource[Any] = RecordSource(kind, Fetcher(client))
        steps: list[tuple[str, Callable[[], str]]] = [
            ("a known reference gives its record in the documented form", lambda: _known(source, endpoint, now)),
            ("an unknown reference gives 404 and record_unknown", lambda: _unknown(source, endpoint, now)),
            ("a wrong key gives 401 or 403", lambda: _wrong_key(kind, endpoint)),
            ("no key gives 401 or 403", lambda: _no_key(client, path + endpoint.known)),
            ("the record has an ETag, and the same question with it gives 304", lambda: _etag(client, path, endpoint)),
            ("the answer is JSON, uncompressed, of stated length", lambda: _headers(client, path + endpoint.known)),
            ("the same question twice gives the same bytes", lambda: _same(client, path + endpoint.known)),
        ]
        return [_check(rule, step) for rule, step in steps]


def _check(rule: str, step: Callable[[], str]) -> Check:
    try:
        with http_deadline.until(time.monotonic() + TOTAL_SECONDS):
            told = step()
    except (SourceUnavailable, httpx.HTTPError) as error:
        told = str(error) or type(error).__name__
    return Check(rule, not told, told)


def _known(source: RecordSource[Any], endpoint: Endpoint, now: int) -> str:
    fact = source.fetch(endpoint.known, now)
    return "" if fact.value is not None else f"{endpoint.known}: {fact.why_missing}; name one with a record"


def _unknown(source: RecordSource[Any], endpoint: Endpoint, now: int) -> str:
    fact = source.fetch(endpoint.unknown, now)
    return "" if fact.value is None else f"{endpoint.unknown} has a record: name one without"


def _wrong_key(kind: RecordKind[Any], endpoint: Endpoint) -> str:
    with new_client(endpoint.base_url, _bearer(WRONG_KEY)) as client:
        return _refused(client.get(f"v1/records/{kind.name}/{endpoint.known}"))


def _no_key(client: httpx.Client, path: str) -> str:
    request = client.build_request("GET", path)
    del request.headers["Authorization"]
    return _refused(client.send(request))


def _refused(response: httpx.Response) -> str:
    return "" if response.status_code in (401, 403) else f"answered {response.status_code}: refuse who has no key"


def _etag(client: httpx.Client, path: str, endpoint: Endpoint) -> str:
    first = client.get(path + endpoint.known)
    etag = first.headers.get("ETag")
    if not etag:
        return "there is no ETag: send one that changes with the record"
    again = client.get(path + endpoint.known, headers={"If-None-Match": etag})
    if again.status_code != 304 or again.content:
        return f"answered {again.status_code} with {len(again.content)} bytes: answer 304 and no body"
    return ""


def _headers(client: httpx.Client, path: str) -> str:
    response = client.get(path)
    kind = response.headers.get("Content-Type", "")
    if kind.split(";")[0].strip().lower() != "application/json":
        return f"Content-Type is {kind!r}: send application/json"
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return "the body is compressed though that was not asked for"
    length = response.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        return f"Content-Length is {length!r}: state it, at most {MAX_BODY_BYTES}"
    return ""


def _same(client: httpx.Client, path: str) -> str:
    first, second = client.get(path), client.get(path)
    return "" if first.content == second.content else "the bytes differ: nodes must all read the same"


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
