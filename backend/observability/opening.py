"""Opens what this process is watched by, as configured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from backend.chain.workers import Background
from backend.dependencies import ServiceSet
from backend.observability.house import House
from backend.observability.server import MetricsServer
from backend.observability.tracing import close_traces, configure_traces
from ledger.rpc import Rpc

CHAIN_SECONDS: Final = 2.0
"""Longest wait for the chain when metrics are asked for."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What was opened."""

    metrics: MetricsServer | None

    def close(self) -> None:
        """Tell what is left to tell, and end."""
        if self.metrics is not None:
            self.metrics.close()
        close_traces()


def open_watch(services: ServiceSet, workers: Sequence[Background]) -> Watch:
    """Metrics and traces, where the settings name a port and a collector.

    Raises:
        MetricsPortTaken
    """
    settings = services.settings
    if settings.traces_url:
        configure_traces(BatchSpanProcessor(OTLPSpanExporter(settings.traces_url)), ratio=settings.traces_ratio)
    if settings.metrics_port == 0:
        return Watch(None)
    house = make_house(services, workers)
    return Watch(MetricsServer(house, host=settings.metrics_host, port=settings.metrics_port))


def make_house(services: ServiceSet, workers: Sequence[Background]) -> House:
    """What tells the house's metrics."""
    rpc = Rpc(services.deployment.rpc_url, timeout_seconds=CHAIN_SECONDS)
    keys = services.vault.keys if services.vault is not None else None
    return House(services.database, rpc, workers, keys, services.clock, services.settings.backup_folder)
