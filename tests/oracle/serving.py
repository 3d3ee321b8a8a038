"""A server on this machine that answers as a test tells it, and keeps what it was asked."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered.

    Attributes:
        drip_seconds: Pause after each byte, headers included; 0: all at once.
        endless: The body never stops.
    """

    status: int = 200
    body: bytes = b""
    drip_seconds: float = 0.0
    endless: bool = False


@dataclass
class Served:
    """Where it listens, what it answers, and what it was asked."""

    url: str
    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[Served]:
    """The server, on a free port, for the length of a `with` block."""
    served = Served("", answer)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers.items()), body)
            served.asked.append(asked)
            with contextlib.suppress(OSError):
                _write(self, served, served.answer(asked))

        do_GET = do_POST = _answer  # noqa: N815  # as http.server calls them

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield served
    finally:
        served.closing.set()
        server.shutdown()
        server.server_close()


def _write(handler: BaseHTTPRequestHandler, served: Served, answer: Answer) -> None:
    length = "" if answer.endless else f"Content-Length: {len(answer.body)}\r\n"
    whole = f"HTTP/1.1 {answer.status} told\r\n{length}Connection: close\r\n\r\n".encode() + answer.body
    step = 1 if answer.drip_seconds else len(whole)
    for at in range(0, len(whole), step):
        handler.wfile.write(whole[at : at + step])
        handler.wfile.flush()
        if answer.drip_seconds and served.closing.wait(answer.drip_seconds):
            return
    while answer.endless and not served.closing.is_set():
        handler.wfile.write(b"x" * 4_096)


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
