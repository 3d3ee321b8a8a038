"""A real receiver on this machine, with faults to order, and a postman on a real database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook

from backend.database import Database
from backend.http.server_key import ServerKey
from backend.webhooks import service
from backend.webhooks.delivery import Postman
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit
from backend.webhooks.schemas import EndpointRequest
from backend.webhooks.sending import HttpSender
from backend.webhooks.service import Desk

TENANT = UUID(int=7)
NOW = 1_790_000_000
SERVER_KEY = ServerKey(b"s" * 32)


@dataclass
class Receiver:
    """What came in, and what to answer: statuses in order, the last one for ever. 0: hang up without an answer."""

    url: str
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[dict[str, str], str]] = field(default_factory=list)

    def verified(self, secret: str) -> list[Any]:
        """Bodies whose signature holds for the secret and the time it says."""
        found = []
        for headers, body in self.taken:
            found.append(verified_at_its_time(secret, headers, body))
        return found


def verified_at_its_time(secret: str, headers: dict[str, str], body: str) -> Any:
    """The body, when one of the signatures is the secret's. The library's clock is set to the message's."""
    import time_machine

    with time_machine.travel(int(headers["webhook-timestamp"]), tick=False):
        return Webhook(secret).verify(body, headers)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            if status == 0:
                self.connection.close()
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None: ...

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()


@dataclass
class PostOffice:
    """A postman, his clock, and a tenant's endpoints."""

    database: Database
    now: int = NOW
    sender: HttpSender = field(default_factory=lambda: HttpSender(allow_loopback=True))

    @property
    def postman(self) -> Postman:
        return Postman(self.database, self.sender, SERVER_KEY, lambda: self.now, Random(1))

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with self.database.every_tenant() as session:
            yield Desk(session, TENANT, SERVER_KEY, self.now, allow_loopback=True)

    def register(self, url: str, *event_types: EventType) -> tuple[UUID, str]:
        with self.desk() as desk:
            row, secret = service.register(desk, EndpointRequest(url=url, event_types=event_types))
            return row.endpoint_id, secret

    def tell(self, event_type: EventType = EventType.WEBHOOK_TEST) -> UUID:
        with self.database.every_tenant() as session:
            return emit(session, TENANT, event_type, {"number": 1}, now=self.now)

    def run(self, seconds: int = 0, *, step: int = 3600) -> None:
        """Let time pass, and deliver what falls due."""
        end = self.now + seconds
        while True:
            while not self.postman.step():
                pass
            if self.now >= end:
                return
            self.now = min(self.now + step, end)

    def states(self, endpoint_id: UUID) -> list[tuple[str, int]]:
        """State and logged attempts of each delivery."""
        with self.desk() as desk:
            return [(d.delivery.state, len(d.attempts)) for d in service.deliveries(desk, endpoint_id, None, 100)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def office(database: Database) -> PostOffice:
    return PostOffice(database)


def body_of(taken: tuple[dict[str, str], str]) -> Any:
    """The JSON of a delivery."""
    return json.loads(taken[1])
