"""Third parties over HTTP, and how old a report of each may be.

Request: `POST {url}/{source}` with `Authorization: Bearer {key}`, `Idempotency-Key` and a JSON object `{"request_id",
"person": {…}, "authorisation": "0x…"}`, where the authorisation is the hash of what the customer signed. Answer: 200
with `{"obtained_at", "reference", "values": {…}}`, values by the names of the application's form. 404 and 410: nothing
is known of this person; 401, 403 and 422: asking again is of no use; anything else: later.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

import httpx

from backend.underwriting.ports import SourceAnswer, SourceFailed

DAY_SECONDS = 86_400
GREATEST_AGE_SECONDS: Mapping[str, int] = MappingProxyType(
    {
        source: days * DAY_SECONDS
        for source, days in {
            "credit-report": 90, "hospital": 180, "traffic-authority": 30, "commerce": 90, "insurers": 90,
            "survey": 365,
        }.items()
    }
)  # fmt: skip
"""As oracle/risk/tables/sources.yaml has it (a test holds them together): an older report is asked for anew."""
FINAL = frozenset({401, 403, 404, 410, 422})
MAX_VALUES = 100


class HttpThirdParties:
    """Implements `ThirdParties` over the shape above."""

    def __init__(
        self, url: str, key: str, *, timeout_seconds: float = 20.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        address = httpx.URL(url)
        if address.scheme != "https" and address.host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(f"{address.host} would be asked in the open: use https.")
        self._url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(timeout=timeout_seconds, headers=headers, transport=transport, trust_env=False)

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def ask(self, source: str, request_id: UUID, person: Mapping[str, object], evidence_hash: bytes) -> SourceAnswer:
        """See `ThirdParties`."""
        body = {
            "request_id": str(request_id), "person": dict(person), "authorisation": f"0x{evidence_hash.hex()}"
        }  # fmt: skip
        try:
            answer = self._client.post(f"{self._url}/{source}", json=body, headers={"Idempotency-Key": str(request_id)})
        except httpx.HTTPError:
            raise SourceFailed("connection", final=False) from None
        if answer.status_code != httpx.codes.OK:
            raise SourceFailed(f"source_{answer.status_code}", final=answer.status_code in FINAL)
        try:
            found = answer.json()
            obtained_at, values = found["obtained_at"], found["values"]
            reference = str(found.get("reference", ""))[:200]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SourceFailed("source_answer_malformed", final=False) from None
        if type(obtained_at) is not int or not isinstance(values, dict) or len(values) > MAX_VALUES:
            raise SourceFailed("source_answer_malformed", final=False)
        return SourceAnswer(obtained_at, reference, values)
