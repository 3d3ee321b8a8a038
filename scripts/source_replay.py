"""A small server that replays a source's documented answer, or one of the faults the world has."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

HANG_SECONDS = 30.0
DRIP_SECONDS = 0.05
HUGE_BYTES = 3_000_000


class Fault(StrEnum):
    """What can go wrong between the documented body and its reader."""

    NONE = "none"
    HANGS = "time-out"
    RESETS = "connection reset"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503 with Retry-After"
    TOO_MANY = "429"
    NOT_FOUND = "404 page"
    FORBIDDEN = "403"
    NO_CONTENT = "204"
    NOT_MODIFIED = "304 unasked"
    EMPTY = "empty body"
    HTML = "HTML in place of JSON"
    CUT_SHORT = "body cut short"
    EXTRA = "bytes after the JSON"
    DUPLICATE_KEYS = "a name twice"
    NOT_A_NUMBER = "NaN"
    DEEP = "nested without end"
    BINARY = "binary"
    DRIPS = "slow drip of the body"
    DRIPS_HEADERS = "slow drip of the headers"
    HUGE = "huge body"
    HUGE_UNTOLD = "huge body of no stated length"
    PACKED = "packed body"
    REDIRECT_LOOP = "redirect loop"
    REDIRECT_AWAY = "redirect off the host"
    OLD_DATE = "stale by its Date"
    OLD_AGE = "stale by its Age"
    UNDATED = "no Date"
    DATE_MALFORMED = "a Date that is none"
    AGE_MALFORMED = "an Age that is none"
    AGE_NEGATIVE = "an Age below zero"


@dataclass
class Replay:
    """What is served.

    Attributes:
        url: Of the server.
        body: The documented answer.
        fault: What goes wrong with it.
        served_at: Unix seconds for `Date`; None: the present.
        key: When given, other bearers get 401.
        only: When given, other last parts of the path get the documented answer for an unknown record.
        bodies: When given, answers by the last part of the path, decoded, in place of `body`; others get 404.
        faulty: When given, only this last part of the path suffers from the fault.
    """

    url: str
    body: Any
    fault: Fault = Fault.NONE
    served_at: int | None = None
    key: str | None = None
    only: str | None = None
    bodies: Mapping[str, bytes] | None = None
    faulty: str | None = None
    asked: int = 0

    @property
    def encoded(self) -> bytes:
        """The documented answer as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def of(self, path: str) -> Replay:
        """What is served at one path."""
        part = unquote(urlsplit(path).path.rsplit("/", 1)[-1])
        fault = self.fault if self.faulty in (None, part) else Fault.NONE
        if self.bodies is None:
            return replace(self, fault=fault)
        if part not in self.bodies:
            return replace(self, fault=Fault.NOT_FOUND)
        return replace(self, fault=fault, body=self.bodies[part])


@contextmanager
def replaying(body: Any) -> Iterator[Replay]:
    """The server, on a free port, for the length of a `with` block."""
    replay = Replay("", body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            replay.asked += 1
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                _answer(self, replay.of(self.path))

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    replay.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, replay: Replay) -> None:
    if replay.key is not None and handler.headers.get("Authorization") != f"Bearer {replay.key}":
        _send(handler, replay, 401, b'{"code": "key_refused"}')
    elif replay.only is not None and urlsplit(handler.path).path.rsplit("/", 1)[-1] != replay.only:
        _send(handler, replay, 404, b'{"code": "record_unknown"}')
    elif replay.fault in _STATUSES:
        status, headers = _STATUSES[replay.fault]
        _send(handler, replay, status, b"" if status in (204, 304) else b"<html>no</html>", headers)
    elif replay.fault in (Fault.REDIRECT_LOOP, Fault.REDIRECT_AWAY):
        where = handler.path if replay.fault is Fault.REDIRECT_LOOP else "http://127.0.0.2:9/"
        _send(handler, replay, 302, b"", {"Location": where})
    elif replay.fault in (Fault.HANGS, Fault.RESETS, Fault.DRIPS_HEADERS):
        _misbehave(handler, replay)
    else:
        _whole(handler, replay)


_STATUSES: dict[Fault, tuple[int, dict[str, str]]] = {
    Fault.SERVER_ERROR: (500, {}),
    Fault.UNAVAILABLE: (503, {"Retry-After": "0"}),
    Fault.TOO_MANY: (429, {"Retry-After": "60"}),
    Fault.NOT_FOUND: (404, {}),
    Fault.FORBIDDEN: (403, {}),
    Fault.NO_CONTENT: (204, {}),
    Fault.NOT_MODIFIED: (304, {}),
}


_AGES = {Fault.AGE_MALFORMED: "2592000 s", Fault.AGE_NEGATIVE: "-2592000"}
AGELESS = frozenset({Fault.OLD_DATE, Fault.OLD_AGE, Fault.UNDATED, Fault.DATE_MALFORMED, *_AGES})
"""The answer is too old, or may be: it does not say in a form to be read."""


def _whole(handler: BaseHTTPRequestHandler, replay: Replay) -> None:
    body = _spoilt(replay.encoded, replay.fault)
    etag = f'"{hash(body) & 0xFFFFFFFF:x}"'
    if handler.headers.get("If-None-Match") == etag:
        _send(handler, replay, 304, b"", {"ETag": etag})
        return
    headers = {"ETag": etag, "Content-Length": str(len(body))}
    if replay.fault is Fault.CUT_SHORT:
        body = body[: len(body) // 2]
    elif replay.fault is Fault.HUGE_UNTOLD:
        del headers["Content-Length"]
    elif replay.fault is Fault.PACKED:
        headers["Content-Encoding"] = "gzip"
    elif replay.fault is Fault.OLD_AGE:
        headers["Age"] = str(30 * 86_400)
    elif replay.fault in _AGES:
        headers["Age"] = _AGES[replay.fault]
    pause = DRIP_SECONDS if replay.fault is Fault.DRIPS else 0.0
    _send(handler, replay, 200, body, headers, pause)


def _spoilt(body: bytes, fault: Fault) -> bytes:
    spoilt = {
        Fault.EMPTY: b"",
        Fault.HTML: b"<html><body>welcome</body></html>",
        Fault.EXTRA: body + b"{}",
        Fault.DUPLICATE_KEYS: body[:-1] + b"," + body.lstrip()[1:],
        Fault.NOT_A_NUMBER: b'{"not": NaN,' + body.lstrip()[1:],
        Fault.DEEP: b"[" * 200_000,
        Fault.BINARY: bytes(range(256)) * 16,
        Fault.HUGE: body[:-1] + b" " * HUGE_BYTES + body[-1:],
        Fault.HUGE_UNTOLD: body[:-1] + b" " * HUGE_BYTES + body[-1:],
    }
    return gzip.compress(body) if fault is Fault.PACKED else spoilt.get(fault, body)


def _misbehave(handler: BaseHTTPRequestHandler, replay: Replay) -> None:
    handler.close_connection = True
    if replay.fault is Fault.HANGS:
        time.sleep(HANG_SECONDS)
    elif replay.fault is Fault.DRIPS_HEADERS:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * int(HANG_SECONDS / DRIP_SECONDS):
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(DRIP_SECONDS)


def _send(
    handler: BaseHTTPRequestHandler,
    replay: Replay,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
    pause: float = 0.0,
) -> None:
    at = time.time() if replay.served_at is None else replay.served_at
    handler.send_response_only(status)
    if replay.fault is not Fault.UNDATED:
        date = formatdate(at - 30 * 86_400 if replay.fault is Fault.OLD_DATE else at, usegmt=True)
        handler.send_header("Date", "the day before" if replay.fault is Fault.DATE_MALFORMED else date)
    if status != 304:
        handler.send_header("Content-Type", "application/json")
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    if headers is None or (status != 200 and "Content-Length" not in headers and status != 304):
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for start in range(0, len(body), 1 if pause else max(len(body), 1)):
        handler.wfile.write(body[start : start + 1] if pause else body)
        handler.wfile.flush()
        time.sleep(pause)
