"""A connection that ends: whatever the other side does, however slowly, all of it is over by one moment.

A timeout for each read would not do: who sends a byte at a time would hold a worker for days.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Deadline:
    """A moment on the monotonic clock, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = time.monotonic() + seconds

    def left(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Seconds that the next thing may take.

        Raises:
            httpcore.TimeoutException: `late`, when none are left.
        """
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise late(f"no answer within {self._seconds:g} seconds")
        return left if timeout is None else min(timeout, left)


class EndingStream(httpcore.NetworkStream):
    """A stream on which nothing happens after the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises: httpcore.ReadTimeout."""
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Raises: httpcore.WriteTimeout."""
        self._inner.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Raises: httpcore.ConnectTimeout."""
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return EndingStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the stream under it says."""
        return self._inner.get_extra_info(info)


class EndingBackend(httpcore.NetworkBackend):
    """Connects by another backend, and ends what it connected."""

    def __init__(self, inner: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Raises: httpcore.ConnectTimeout, and what the backend under it raises."""
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return EndingStream(stream, self._deadline)
