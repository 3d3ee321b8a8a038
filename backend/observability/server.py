"""Metrics over HTTP, on a port of their own: this machine's alone unless told otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector


class MetricsPortTaken(Exception):
    """The port for metrics cannot be used. The text says what to do."""


class Everything(Collector):
    """What this process counted, and what the house says of itself."""

    def __init__(self, house: Collector) -> None:
        self._house = house

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        yield from REGISTRY.collect()
        yield from self._house.collect()


def registry_of(house: Collector) -> CollectorRegistry:
    """A registry that tells everything."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything(house))
    return registry


class MetricsServer:
    """Serves `/metrics` in threads of its own, from its start to its stop.

    Args:
        port: 0 picks a free one; see `port`.
    Raises:
        MetricsPortTaken
    """

    def __init__(self, house: Collector, *, host: str, port: int) -> None:
        try:
            self._server, self._thread = _started(house, host, port)
        except OSError as error:
            raise MetricsPortTaken(
                f"QUITTANCE_METRICS_PORT is {port}, which cannot be used on {host} ({error.strerror}). Choose another."
            ) from error
        self.port = int(self._server.server_port)

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _started(house: Collector, host: str, port: int) -> tuple[WSGIServer, threading.Thread]:
    return start_http_server(port, addr=host, registry=registry_of(house))
