"""A small server that speaks AeroAPI's format on a free port, and its faults."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "test-key-3f9a"


@dataclass
class Reply:
    """What the server answers once: `status`, JSON `body` (or raw bytes), `headers`, after `delay_seconds`."""

    status: int = 200
    body: Any = field(default_factory=lambda: {"flights": [], "links": None, "num_pages": 1})
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0


@dataclass
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class Vendor:
    """Answers replies in turn, the last one for ever."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/aeroapi"
        self.replies: list[Reply] = [Reply()]
        self.asked: list[Asked] = []

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def running_vendor() -> Iterator[Vendor]:
    vendor: list[Vendor] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, vendor[0])

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    vendor.append(Vendor(server))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield vendor[0]
    finally:
        server.shutdown()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, vendor: Vendor) -> None:
    parts = urlsplit(handler.path)
    vendor.asked.append(Asked(parts.path, parse_qs(parts.query), {k.lower(): v for k, v in handler.headers.items()}))
    reply = vendor.next_reply()
    time.sleep(reply.delay_seconds)
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    try:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json; charset=UTF-8")
        if reply.status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if reply.status != 304:
            handler.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the client gave up, which is what some tests are about


def flight_body(**changes: Any) -> dict[str, Any]:
    """One flight as AeroAPI documents it: UA 1545, eleven and a half minutes late."""
    flight = {
        "ident": "UAL1545",
        "ident_icao": "UAL1545",
        "ident_iata": "UA1545",
        "fa_flight_id": "UAL1545-1356850800-airline-0123",
        "operator": "UAL",
        "operator_iata": "UA",
        "flight_number": "1545",
        "registration": "N14228",
        "blocked": False,
        "diverted": False,
        "cancelled": False,
        "position_only": False,
        "origin": {"code": "KEWR", "code_icao": "KEWR", "code_iata": "EWR", "timezone": "America/New_York"},
        "destination": {"code": "KIAH", "code_icao": "KIAH", "code_iata": "IAH", "timezone": "America/Chicago"},
        "departure_delay": 120,
        "arrival_delay": 690,
        "filed_ete": 13_000,
        "scheduled_out": "2013-01-01T10:15:00Z",
        "estimated_out": "2013-01-01T10:17:00Z",
        "actual_out": "2013-01-01T10:17:00Z",
        "actual_off": "2013-01-01T10:29:00Z",
        "scheduled_in": "2013-01-01T14:19:00Z",
        "estimated_in": "2013-01-01T14:30:30Z",
        "actual_in": "2013-01-01T14:30:30Z",
        "progress_percent": 100,
        "status": "Arrived / Gate Arrival",
    }
    return {"flights": [{**flight, **changes}], "links": None, "num_pages": 1}


Sleeps = list[float]


def recorded(sleeps: Sleeps) -> Callable[[float], None]:
    """A sleep that only notes how long it should have been."""
    return sleeps.append
