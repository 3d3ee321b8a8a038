"""Short messages through an HTTP gateway.

Request: `POST {url}` with `Authorization: Bearer {key}`, `Idempotency-Key: {notice id}` and a JSON object
`{"id", "to", "text", "sender"}`; `to` is E.164. Answer: 200, 201 or 202 with a JSON object `{"reference": "…"}`; the
same key again answers the same and sends nothing. 408, 425, 429 and 5xx mean: try again; any other status: never.
Delivery is told later to `POST /v1/notice-deliveries` (`notices.report_delivery`).
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import phonenumbers

from backend.notices.kinds import ChannelName
from backend.notices.ports import Message, SendingFailed

AGAIN = frozenset({408, 425, 429})
TAKEN = frozenset({200, 201, 202})
SERVER_ERRORS = 500
MAX_REFERENCE = 200


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where short messages go out."""

    url: str
    key: str
    sender: str
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises: ValueError: The gateway is far away and the connection open."""
        url = httpx.URL(self.url)
        if url.scheme != "https" and url.host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(f"the gateway {url.host} would be reached in the open: use https.")


class SmsChannel:
    """Implements `Channel` over the shape above."""

    name = ChannelName.SMS

    def __init__(self, gateway: Gateway, transport: httpx.BaseTransport | None = None) -> None:
        self._gateway = gateway
        self._client = httpx.Client(timeout=gateway.timeout_seconds, transport=transport, trust_env=False)

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def send(self, message: Message) -> str:
        """See `Channel`."""
        body = {
            "id": str(message.reference), "to": _number(message.to), "text": message.text,
            "sender": self._gateway.sender,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self._gateway.key}", "Idempotency-Key": str(message.reference)}
        try:
            answer = self._client.post(self._gateway.url, json=body, headers=headers)
        except httpx.HTTPError:
            raise SendingFailed("connection", final=False) from None
        status = answer.status_code
        if status not in TAKEN:
            again = status in AGAIN or status >= SERVER_ERRORS
            raise SendingFailed(f"sms_{status}", final=not again)
        try:
            reference = answer.json()["reference"]
        except (ValueError, KeyError, TypeError):
            # It was taken: another attempt with the same key sends nothing and may answer as it should.
            raise SendingFailed("sms_answer_malformed", final=False) from None
        return str(reference)[:MAX_REFERENCE]


def _number(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise SendingFailed("number_malformed", final=True) from None
    if not phonenumbers.is_possible_number(parsed):
        raise SendingFailed("number_malformed", final=True)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
