"""The oracle nodes over HTTP: asked all at once, believed only together.

No node is trusted: what it says counts when enough others say the same, what it signs counts when the signature
recovers to a signer of the set on the chain. A node that is down, slow or lying only loses its voice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import httpx
import structlog

from ledger.certificates import trusted_certificates

log = structlog.get_logger()
T = TypeVar("T")
Answer = dict[str, Any]


class OracleUnavailable(Exception):
    """Too few nodes agreed or answered in time.

    Attributes:
        detail: Sentence that says how many of how many, and what the others said.
    """

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """What one node said of itself, or why it did not."""

    url: str
    reachable: bool
    signer: str | None
    detail: str | None


class OracleNodes(Protocol):
    """All nodes as one thing to ask."""

    def ask(self, path: str, body: Answer, enough: Callable[[Sequence[Answer]], bool]) -> list[Answer]:
        """Answers of the nodes, gathered until `enough` says so or none is left to wait for."""

    def health(self) -> list[NodeHealth]:
        """How each node is."""


class HttpNodes:
    """Implements `OracleNodes` over HTTP. One event loop in one thread serves every caller.

    Args:
        urls: Addresses of the nodes.
        timeout_seconds: Longest wait for one answer; the whole round takes no longer.
    """

    def __init__(self, urls: Sequence[str], *, timeout_seconds: float) -> None:
        self._urls = tuple(urls)
        self._timeout = timeout_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="oracle-nodes", daemon=True)
        self._thread.start()
        self._client = self._run(self._open())

    def close(self) -> None:
        """Close connections and the thread."""
        self._run(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def ask(self, path: str, body: Answer, enough: Callable[[Sequence[Answer]], bool]) -> list[Answer]:
        """See `OracleNodes`. What is not a JSON object with status 200 is no answer."""
        return self._run(self._gather(path, body, enough))

    def health(self) -> list[NodeHealth]:
        """See `OracleNodes`."""
        return self._run(self._health())

    async def _open(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        return httpx.AsyncClient(timeout=self._timeout, limits=limits, verify=trusted_certificates(), trust_env=False)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _gather(self, path: str, body: Answer, enough: Callable[[Sequence[Answer]], bool]) -> list[Answer]:
        tasks = [asyncio.create_task(self._post(url, path, body)) for url in self._urls]
        answers: list[Answer] = []
        try:
            for next_done in asyncio.as_completed(tasks):
                answer = await next_done
                if answer is not None:
                    answers.append(answer)
                    if enough(answers):
                        break
        finally:
            for task in tasks:
                task.cancel()
        return answers

    async def _post(self, url: str, path: str, body: Answer) -> Answer | None:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.post(url + path, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("node.failed", url=url, path=path, reason=type(error).__name__)
            return None
        found = _object(response)
        if response.status_code != httpx.codes.OK or found is None:
            code = found.get("code") if found else None
            log.warning("node.refused", url=url, path=path, status=response.status_code, code=code)
            return None
        return found

    async def _health(self) -> list[NodeHealth]:
        return list(await asyncio.gather(*(self._one_health(url) for url in self._urls)))

    async def _one_health(self, url: str) -> NodeHealth:
        try:
            async with asyncio.timeout(min(self._timeout, 2.0)):
                response = await self._client.get(url + "/v1/node")
        except (httpx.HTTPError, TimeoutError) as error:
            return NodeHealth(url, reachable=False, signer=None, detail=type(error).__name__)
        signer = (_object(response) or {}).get("signer")
        if response.status_code != httpx.codes.OK or not isinstance(signer, str):
            return NodeHealth(url, reachable=False, signer=None, detail=f"status {response.status_code}")
        return NodeHealth(url, reachable=True, signer=signer, detail=None)


def _object(response: httpx.Response) -> Answer | None:
    """The JSON object of an answer, None when it is something else."""
    try:
        found = response.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
