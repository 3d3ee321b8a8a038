"""Traces by OpenTelemetry: a span for each request, each step of a workflow, each look at a transaction.

Nothing is sent anywhere until QUITTANCE_TRACES_URL names a collector. Spans say what logs may say and no more: their
attributes pass the same table, and errors are told by their type.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from backend.observability.redaction import known

SERVICE: Final = "quittance"
_HEADER: Final = "traceparent"
_W3C: Final = TraceContextTextMapPropagator()


class _Kept:
    """The provider of this process. Not OpenTelemetry's global one: what libraries would tell there is not ours."""

    provider: TracerProvider | None = None
    ratio: float = 1.0
    chance: random.Random = random.SystemRandom()


def configure_traces(
    processor: SpanProcessor | None, *, ratio: float = 1.0, chance: random.Random | None = None
) -> None:
    """From now on tell spans to `processor`; None: to nobody, and none are made.

    Args:
        ratio: Share of traces that are told, 0 to 1. Callers cannot raise it: of theirs we draw which are told.
        chance: Draws.
    """
    close_traces()
    if processor is None:
        return
    provider = TracerProvider(
        resource=Resource({"service.name": SERVICE}), sampler=ParentBased(TraceIdRatioBased(ratio)),
        shutdown_on_exit=False,
    )  # fmt: skip
    provider.add_span_processor(processor)
    _Kept.provider, _Kept.ratio, _Kept.chance = provider, ratio, chance or random.SystemRandom()


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


def drawn(parent: str | None) -> str | None:
    """A caller's trace, told or not as we draw it: what the caller says of that, and its choice of ids, decide nothing.

    Work that is handed on by rows goes by what was drawn, so that a trace is told as a whole.
    """
    found = trace.INVALID_SPAN_CONTEXT if parent is None else _context_of(parent)
    if not found.is_valid:
        return None
    told = _Kept.chance.random() < _Kept.ratio
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(told):02x}"


@contextmanager
def under(parent: str | None) -> Iterator[None]:
    """Spans made inside belong to the trace of `parent`, and are told if it is."""
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
