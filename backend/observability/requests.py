"""Every request counted, timed and traced: by operation and status, never by address, path or person."""

from __future__ import annotations

import time
from typing import Final

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.observability import tracing
from backend.observability.redaction import told_id

STATUSES: Final = frozenset(
    {200, 201, 202, 204, 206, 303, 304, 307, 400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 416, 422, 428, 429, 500,
     503}
)  # fmt: skip
"""Statuses with a label of their own; any other is `other`."""
REQUESTS: Final = Counter("quittance_requests_total", "Requests answered", ("operation", "status"))
SECONDS: Final = Histogram(
    "quittance_request_seconds", "Until an answer begins", ("operation",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
NONE: Final = "none"
"""Operation of what no route answers."""
_FAILED: Final = 500


class Observed:
    """Outermost: sees what goes out, whoever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answered = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = int(message["status"])
                _count(scope, answered, time.perf_counter() - began)
            await send(message)

        parent = Headers(scope=scope).get("traceparent")
        with (
            tracing.under(tracing.drawn(parent)),
            tracing.span("request", kind=SpanKind.SERVER, method=scope["method"]) as span,
        ):
            await self._app(scope, receive, noted)
            _tell(span, scope, answered)


def operation_of(scope: Scope) -> str:
    """The operation that answered, as its route declares it."""
    return str(getattr(scope.get("route"), "operation_id", None) or NONE)


def _count(scope: Scope, status: int, seconds: float) -> None:
    operation = operation_of(scope)
    REQUESTS.labels(operation=operation, status=str(status) if status in STATUSES else "other").inc()
    SECONDS.labels(operation=operation).observe(seconds)


def _tell(span: Span, scope: Scope, status: int) -> None:
    operation = operation_of(scope)
    span.update_name(operation)
    request_id = told_id(str(scope.get("quittance.request_id", "")))
    tracing.describe(span, operation=operation, status=status, request_id=request_id)
    if status >= _FAILED:
        span.set_status(Status(StatusCode.ERROR))
