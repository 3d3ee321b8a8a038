"""The outermost layer: a request id, security headers, a limit on bodies, and an answer for errors nobody foresaw."""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.http.answers import MAX_BODY_BYTES, problem_of, problem_response
from backend.http.routes import is_streamed
from backend.observability.redaction import told_id
from domain.evidence.limits import LIMITS

REQUEST_ID_HEADER: Final = "X-Request-Id"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
_TUS: Final = {"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0"}
"""On every answer of uploads, refusals too, as the protocol asks."""
_TUS_PATH: Final = re.compile(r"/v1/(cases/[^/]+/)?evidence-uploads(/.*)?")
_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def request_id(scope: Scope) -> str:
    """The caller's id when it is 8 to 64 letters, digits, dots, lines; else a new one."""
    given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
    return given if _WELL_FORMED.fullmatch(given) else uuid4().hex


def limited(scope: Scope, receive: Receive) -> Receive:
    """What comes in, up to the limit, with and without Content-Length. What is read as it comes may be a whole file.

    Raises:
        HTTPException: 413, at once when the length is said, else when the limit is passed.
    """
    headers = Headers(scope=scope)
    said = headers.get("content-length", "0")
    most = LIMITS.file_bytes if is_streamed(scope) else MAX_BODY_BYTES
    if not said.isdecimal() or int(said) > most:
        raise HTTPException(413)
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return receive_limited


class Edge:
    """Wraps the app. The id is in problems as it is, in the log and the audit log as `told_id` tells it.

    Args:
        page_policy: Content-Security-Policy of pages; answers of the API get one that allows nothing.
    """

    def __init__(self, app: ASGIApp, page_policy: str) -> None:
        self._app = app
        self._page_policy = page_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["quittance.request_id"] = request_id(scope)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=told_id(scope["quittance.request_id"])):
            try:
                await self._app(scope, limited(scope, receive), send_with_headers)
            except ClientDisconnect:
                return  # nobody is left to answer
            except Exception as error:
                if started:
                    raise
                answer = problem_response(problem_of(error), Request(scope))
                await answer(scope, receive, send_with_headers)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        headers[REQUEST_ID_HEADER] = scope["quittance.request_id"]
        api = scope["path"].startswith("/v1/")
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", _API_POLICY if api else self._page_policy)
        if api:
            headers.setdefault("Cache-Control", "no-store")
        if _TUS_PATH.fullmatch(scope["path"]):
            for name, value in _TUS.items():
                headers.setdefault(name, value)
