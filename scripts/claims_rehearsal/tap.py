"""Listens on the wire between nodes: a relay before each, which passes everything on and keeps a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
from fastapi import FastAPI, Request, Response

from oracle.rounds.messages import decode
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.statements import Statement
from scripts.anvil import free_port
from scripts.claims_rehearsal.store import serving
from scripts.oracle_nodes import OracleNode

FORWARD_SECONDS: Final = 30.0
PASSED_ON: Final = frozenset({"content-type", "authorization", "accept"})


@dataclass
class Tap:
    """What was said between nodes, in the order it came: receiving node and body."""

    heard: list[tuple[int, bytes]] = field(default_factory=list)

    def statements(self) -> Iterator[Statement]:
        """Every statement that can be read."""
        for _, body in list(self.heard):
            try:
                yield decode(body)
            except RoundRefused:
                continue

    def relay(self, node: OracleNode) -> FastAPI:
        """What stands before one node."""
        client = httpx.AsyncClient(base_url=node.url, timeout=FORWARD_SECONDS, trust_env=False)

        @asynccontextmanager
        async def closing(_: FastAPI) -> AsyncIterator[None]:
            yield
            await client.aclose()

        app = FastAPI(lifespan=closing)

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def pass_on(path: str, request: Request) -> Response:
            body = await request.body()
            if request.method == "POST":
                self.heard.append((node.number, body))
            headers = {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
            try:
                answer = await client.request(request.method, f"/{path}", content=body, headers=headers)
            except httpx.HTTPError:
                return Response(status_code=502)
            return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

        return app


@contextmanager
def tapped(nodes: Sequence[OracleNode]) -> Iterator[tuple[Tap, dict[int, str]]]:
    """A tap, and under which address each node is reached through it."""
    tap = Tap()
    with ExitStack() as open_now:
        urls = {node.number: open_now.enter_context(serving(tap.relay(node), free_port())) for node in nodes}
        yield tap, urls
