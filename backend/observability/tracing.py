"""Traces by OpenTelemetry: a span for each request, each step of a workflow, each look at a transaction.

Nothing is sent anywhere until QUITTANCE_TRACES_URL names a collector. Spans say what logs may say and no more: their
attributes pass the same table, and errors are told by their type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from backend.observability.redaction import known

SERVICE: Final = "quittance"
_HEADER: Final = "traceparent"
_W3C: Final = TraceContextTextMapPropagator()


class _Kept:
    """The provider of this process. Not OpenTelemetry's global one: what libraries would tell there is not ours."""

    provider: TracerProvider | None = None


def configure_traces(processor: SpanProcessor | None, *, ratio: float = 1.0) -> None:
    """From now on tell spans to `processor`; None: to nobody, and none are made.

    Args:
        ratio: Share of traces that are told, 0 to 1. Callers cannot raise it.
    """
    close_traces()
    if processor is None:
        return
    provider = TracerProvider(
        resource=Resource({"service.name": SERVICE}), sampler=TraceIdRatioBased(ratio), shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    _Kept.provider = provider


def close_traces() -> None:
    """Tell what is left to be told, and stop."""
    provider, _Kept.provider = _Kept.provider, None
    if provider is not None:
        provider.shutdown()


@contextmanager
def span(
    name: str, *, kind: SpanKind = SpanKind.INTERNAL, links: Sequence[str] = (), **attributes: object
) -> Iterator[Span]:
    """A span around what is done inside. An error marks it, by its type alone, and goes on."""
    provider = _Kept.provider
    if provider is None:
        yield trace.INVALID_SPAN
        return
    linked = [Link(found) for each in links if (found := _context_of(each)).is_valid]
    with provider.get_tracer(SERVICE).start_as_current_span(
        name, kind=kind, links=linked, attributes=known(attributes), record_exception=False,
        set_status_on_exception=False,
    ) as current:  # fmt: skip
        try:
            yield current
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def describe(current: Span, **attributes: object) -> None:
    """Say more about a span."""
    current.set_attributes(known(attributes))


def traceparent() -> str | None:
    """The span at hand, to be kept in a row; None outside of any."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(_HEADER)


@contextmanager
def under(parent: str | None) -> Iterator[None]:
    """Spans made inside belong to the trace of `parent`, which a row or a caller kept."""
    if parent is None:
        yield
        return
    token = otel.attach(_W3C.extract({_HEADER: parent}))
    try:
        yield
    finally:
        otel.detach(token)


def _context_of(parent: str) -> trace.SpanContext:
    return trace.get_current_span(_W3C.extract({_HEADER: parent})).get_span_context()
