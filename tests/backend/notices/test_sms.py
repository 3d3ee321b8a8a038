"""The gateway's shape over real HTTP: what is asked, what each answer means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from backend.notices.channels.sms import Gateway, SmsChannel
from backend.notices.kinds import Language
from backend.notices.ports import Message, SendingFailed

REFERENCE = UUID(int=0xABC)


class FakeGateway(ThreadingHTTPServer):
    """Answers as the shape says: one effect for a key, or what it is told to answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.texts: dict[str, str] = {}
        self.answer: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/messages"


class _Handler(BaseHTTPRequestHandler):
    server: FakeGateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((dict(self.headers), body))
        key = self.headers["Idempotency-Key"]
        known = {"reference": f"sms-{len(self.server.texts)}"} if key in self.server.texts else None
        status, content = self.server.answer or (200 if known else 201, b"")
        if self.server.answer is None:
            self.server.texts.setdefault(key, body["text"])
            content = json.dumps(known or {"reference": f"sms-{len(self.server.texts)}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    server = FakeGateway()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def channel(gateway: FakeGateway) -> Iterator[SmsChannel]:
    found = SmsChannel(Gateway(gateway.url, "secret key", "EXAMPLE", timeout_seconds=2.0))
    yield found
    found.close()


def message(to: str = "+86 138 0013 8000") -> Message:
    return Message(REFERENCE, to, Language.ZH, "", "同意承保您的申请。")


def test_send__taken__asks_as_the_shape_says(gateway: FakeGateway, channel: SmsChannel) -> None:
    reference = channel.send(message())

    ((headers, body),) = gateway.requests
    assert reference == "sms-1"
    assert headers["Authorization"] == "Bearer secret key"
    assert headers["Idempotency-Key"] == str(REFERENCE)
    assert body == {"id": str(REFERENCE), "to": "+8613800138000", "text": "同意承保您的申请。", "sender": "EXAMPLE"}


def test_send__again__one_message_and_the_same_reference(gateway: FakeGateway, channel: SmsChannel) -> None:
    assert channel.send(message()) == channel.send(message())

    assert len(gateway.texts) == 1


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (401, True), (408, False), (422, True), (429, False), (500, False), (503, False)]
)
def test_send__not_taken__says_whether_another_attempt_is_of_use(
    gateway: FakeGateway, channel: SmsChannel, status: int, final: bool
) -> None:
    gateway.answer = (status, b"{}")

    with pytest.raises(SendingFailed) as failed:
        channel.send(message())

    assert (failed.value.code, failed.value.final) == (f"sms_{status}", final)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"other": 1}', b"not json"])
def test_send__answer_that_is_none__is_tried_again(gateway: FakeGateway, channel: SmsChannel, content: bytes) -> None:
    gateway.answer = (200, content)

    with pytest.raises(SendingFailed, match="sms_answer_malformed") as failed:
        channel.send(message())

    assert not failed.value.final


@pytest.mark.parametrize("to", ["", "12", "ada@example.org", "0138001380"])
def test_send__no_number__nothing_is_asked(gateway: FakeGateway, channel: SmsChannel, to: str) -> None:
    with pytest.raises(SendingFailed, match="number_malformed") as failed:
        channel.send(message(to))

    assert failed.value.final
    assert gateway.requests == []


def test_send__nobody_listens__is_tried_again(gateway: FakeGateway) -> None:
    away = SmsChannel(Gateway("http://127.0.0.1:9/messages", "k", "X", timeout_seconds=1.0))

    with pytest.raises(SendingFailed, match="connection"):
        away.send(message())
    assert gateway.requests == []


def test_gateway__far_away_and_open__is_refused() -> None:
    with pytest.raises(ValueError, match="in the open"):
        Gateway("http://sms.example.org/messages", "k", "X")
