"""What the API's edge tells the log: every request for an operation, whoever asks and however it ends.

What a request did is told in its own transaction: both are kept or neither. Where there is none, or it was rolled back,
the request is told of in a transaction of its own, before the answer goes out: who may not be told of reads nothing.
A path is told by its operation's template and the ids in it. What is no id in it stays out: somebody may have written
a name there. Decision record 0060.
"""

from __future__ import annotations

import re
from typing import Final

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.access.principal import Principal, PrincipalKind
from backend.audit import service
from backend.audit.entries import Fact, Outcome, told_id
from backend.database import Database

log = structlog.get_logger()
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_TOLD: Final = 429
"""Refused before anything was looked at, to cost little: a row for each would give a flood what it wants."""
_AT_ONCE: Final = 2
"""Entries written apart at the same time: they take connections from nobody who works."""


def record_request(request: Request, session: Session, principal: Principal) -> None:
    """Tell what a request did, in its transaction; and of a refusal that is kept, that it was one."""
    operation = _operation(request)
    if operation is None:
        return
    status = getattr(request.state, "replayed_status", None)
    why = getattr(request.state, "problem_code", None)
    facts: dict[str, Fact] = {}
    if status is not None:
        facts["replayed"] = True
    if why is not None:
        facts["why"] = why
    refused = why is not None or (status is not None and status >= 400)
    service.record(
        session, principal, operation=operation, subject=subject_of(request), facts=facts,
        outcome=(Outcome.REFUSED if refused else Outcome.DONE).value, hurried=_hurried(request, principal),
    )  # fmt: skip
    request.state.told = True


class Teller:
    """Wraps the app: before an answer goes out, the log has the request, if its transaction did not tell of it.

    A read that cannot be told of is not answered (503); what was changed or refused already is, and the log of the
    process has `audit.unrecorded`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        started = False

        async def send_told(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and not started:
                await self._tell(request, int(message["status"]))
                started = True
            await send(message)

        try:
            await self._app(scope, receive, send_told)
        except _Unrecorded as found:
            raise found.error from found
        except Exception:
            if not started:
                await self._tell(request, 500)
            raise

    async def _tell(self, request: Request, status: int) -> None:
        """Raises: _Unrecorded."""
        operation = _operation(request)
        if operation is None or status == _NOT_TOLD or (status < 500 and getattr(request.state, "told", False)):
            return
        self._limiter = self._limiter or CapacityLimiter(_AT_ONCE)
        try:
            await to_thread.run_sync(_record_apart, request, operation, status, limiter=self._limiter)
        except SQLAlchemyError as error:
            log.error("audit.unrecorded", operation=operation, status=status, reason=type(error).__name__)
            if status < 400 and request.method in _SAFE:
                raise _Unrecorded(error) from error


class _Unrecorded(Exception):
    """The log could not be told; nothing in between answers this."""

    def __init__(self, error: SQLAlchemyError) -> None:
        self.error = error
        super().__init__("the audit log could not be told")


def _record_apart(request: Request, operation: str, status: int) -> None:
    """Tell in a transaction of its own, in the log of whoever asked."""
    database: Database = request.app.state.services.database
    principal: Principal = getattr(request.state, "principal", None) or Principal.anonymous()
    why = getattr(request.state, "problem_code", None)
    facts: dict[str, Fact] = {} if status < 400 else {"why": why or f"status_{status}"}
    outcome = Outcome.DONE if status < 400 else Outcome.REFUSED if status < 500 else Outcome.FAILED
    service.record_apart(
        database, principal, operation=operation, subject=subject_of(request), outcome=outcome.value, facts=facts,
        hurried=_hurried(request, principal),
    )  # fmt: skip


def _hurried(request: Request, principal: Principal) -> bool:
    """Who looks at what is public need not wait for the disk."""
    return principal.kind is PrincipalKind.ANONYMOUS and request.method in _SAFE


def _operation(request: Request) -> str | None:
    """What was asked for; None where there is no such operation, or where asking is not told of."""
    if getattr(request.state, "untold", False):
        return None
    known = getattr(request.state, "operation", None) or getattr(request.scope.get("route"), "operation_id", None)
    return str(known) if known else None


def subject_of(request: Request) -> str:
    """The path by its template: ids as they are, anything else as the beginning of its SHA-256."""
    route = request.scope.get("route")
    path = str(getattr(route, "path", "")).strip("/")
    for name, value in request.path_params.items():
        path = re.sub(r"\{" + re.escape(name) + r"(:[a-z]+)?\}", told_id(str(value)), path)
    return re.sub(r"[^A-Za-z0-9_.:/+=-]", "", path)[:200]
