"""One delivery attempt over HTTP: no redirects, no proxies, an end in sight, and of the answer only the status."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import httpcore

from backend.webhooks.addresses import AddressRefused, GuardedBackend, check_url
from backend.webhooks.deadlines import Deadline

TIMEOUT_SECONDS: Final = 15.0
_LONGEST_RETRY_AFTER: Final = 86_400


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of an attempt: the status, or why there is none. `wait_seconds`: what the receiver asked us to wait."""

    status: int | None
    failure: str | None
    milliseconds: int
    wait_seconds: int = 0

    @property
    def succeeded(self) -> bool:
        """Any 2xx is a success, anything else is not."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver says that it wants no more."""
        return self.status == 410


class Sender(Protocol):
    """Sends a body to an address."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempted: ...


class HttpSender:
    """Sends over the network, to public addresses only.

    Args:
        seconds: Within which an attempt is over, from the first connection to the answer's headers.
    """

    def __init__(
        self, *, allow_loopback: bool, trusted: ssl.SSLContext | None = None, seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._allow_loopback = allow_loopback
        self._seconds = seconds
        self._context = trusted or ssl.create_default_context()

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempted:
        """One POST. What goes wrong is told, never raised: a receiver's faults are everyday."""
        started = time.monotonic()

        def took() -> int:
            return int((time.monotonic() - started) * 1000)

        try:
            check_url(url, allow_loopback=self._allow_loopback)
            status, wait = self._post(url, headers, body)
        except AddressRefused as error:
            return Attempted(None, str(error)[:200], took())
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            return Attempted(None, f"{type(error).__name__}: {error}"[:200], took())
        return Attempted(status, None, took(), wait)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, int]:
        """Status, and seconds of Retry-After. A connection of its own: none is shared between tenants."""
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        backend = GuardedBackend(allow_loopback=self._allow_loopback, deadline=Deadline(self._seconds))
        sent = [(name.encode(), value.encode("ascii")) for name, value in headers.items()]
        with (
            httpcore.ConnectionPool(self._context, max_connections=1, network_backend=backend) as pool,
            pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": timeout}) as response,
        ):
            named = {name.lower(): value for name, value in response.headers}
            after = named.get(b"retry-after", b"").decode("latin-1")
            wait = min(int(after), _LONGEST_RETRY_AFTER) if after.isascii() and after.isdecimal() else 0
            return response.status, wait
