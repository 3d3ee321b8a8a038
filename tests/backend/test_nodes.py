"""Nodes over real HTTP: slow, down, and talking nonsense."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backend.chain.nodes import HttpNodes
from scripts.anvil import free_port


@contextmanager
def node(body: bytes, *, status: int = 200, delay_seconds: float = 0.0) -> Iterator[str]:
    """A node that always answers the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            time.sleep(delay_seconds)
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextmanager
def asking(urls: list[str], timeout_seconds: float = 1.0) -> Iterator[HttpNodes]:
    nodes = HttpNodes(urls, timeout_seconds=timeout_seconds)
    yield nodes
    nodes.close()


def test_ask__one_slow__does_not_wait_for_it_once_there_is_enough() -> None:
    with (
        node(b'{"n": 1}') as a,
        node(b'{"n": 2}') as b,
        node(b'{"n": 3}', delay_seconds=5) as slow,
        asking([slow, a, b], timeout_seconds=10) as nodes,
    ):
        started = time.monotonic()
        answers = nodes.ask("/v1/x", {}, lambda found: len(found) >= 2)
        took = time.monotonic() - started

    assert sorted(a["n"] for a in answers) == [1, 2]
    assert took < 3


def test_ask__slower_than_the_limit__is_left_out() -> None:
    with node(b'{"n": 1}') as a, node(b'{"n": 2}', delay_seconds=3) as slow, asking([a, slow], 0.5) as nodes:
        answers = nodes.ask("/v1/x", {}, lambda _found: False)

    assert answers == [{"n": 1}]


@pytest.mark.parametrize(
    ("body", "status"), [(b"no json", 200), (b"[1]", 200), (b'{"code": "x"}', 409), (b"", 500), (b'"text"', 200)]
)
def test_ask__answers_nonsense_or_refuses__is_left_out(body: bytes, status: int) -> None:
    with node(body, status=status) as bad, node(b'{"n": 1}') as good, asking([bad, good]) as nodes:
        answers = nodes.ask("/v1/x", {}, lambda _found: False)

    assert answers == [{"n": 1}]


def test_ask__nobody_listens__is_left_out() -> None:
    with asking([f"http://127.0.0.1:{free_port()}"]) as nodes:
        assert nodes.ask("/v1/x", {}, lambda _found: False) == []


def test_ask__accepts_and_says_nothing__is_left_out_after_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, asking([f"http://127.0.0.1:{mute.getsockname()[1]}"]) as nodes:
        started = time.monotonic()

        answers = nodes.ask("/v1/x", {}, lambda _found: False)

    assert answers == []
    assert time.monotonic() - started < 3


def test_health__one_up_one_down__says_which() -> None:
    with node(b'{"signer": "0xabc"}') as up, asking([up, f"http://127.0.0.1:{free_port()}"]) as nodes:
        first, second = nodes.health()

    assert (first.reachable, first.signer) == (True, "0xabc")
    assert (second.reachable, second.detail) == (False, "ConnectError")
