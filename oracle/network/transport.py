"""Statements to other nodes: one thread and one short queue for each, so a slow peer delays nobody."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Protocol

import httpx
import structlog

from oracle.sources import http_deadline

log: structlog.stdlib.BoundLogger = structlog.get_logger()

PATH = "/v1/round-messages"
MOST_WAITING = 256
"""Statements to one peer. The oldest is dropped: what still matters is said again."""
MOST_BATCH_BYTES, MOST_IN_BATCH = 500_000, 64
"""Statements go out together while a peer is busy with the ones before."""
TIMEOUT = httpx.Timeout(2.0, connect=1.0)
TOTAL_SECONDS = 4.0
"""For one statement, however slowly the peer answers."""
MOST_ANSWERED = 16_384
"""Bytes of an answer that are read, so that the connection can be kept; its status is all that counts."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
"""After a peer gave no answer; doubled each time."""


class Gauge(Protocol):
    """What is counted of messages."""

    def sent(self, peer: str, result: str) -> None:
        """A statement went out: `accepted`, `refused`, `unreachable` or `dropped`."""
        ...


@dataclass
class PeerState:
    """How a peer was last found. Times by the monotonic clock; None: never."""

    heard_at: float | None = None
    failed_at: float | None = None
    refused: str | None = None


@dataclass
class _Lane:
    """`waiting` in the order it came; what waits already is not queued twice."""

    url: str
    waiting: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    state: PeerState = field(default_factory=PeerState)


class Peers:
    """The other nodes. `send` never blocks and never raises.

    Args:
        urls: Address → where it listens.
        client: Carries timeouts; closed by `close`.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        gauge: Gauge,
        *,
        client: httpx.Client | None = None,
    ) -> None:
        self._client = client or _client(len(urls))
        self._gauge = gauge
        self._lanes = {node: _Lane(url) for node, url in urls.items()}
        self._changed = Condition()
        self._open = True
        self._closing = Event()
        self._threads = [
            Thread(target=self._work, args=(node,), name=f"to {node}", daemon=True) for node in self._lanes
        ]
        for thread in self._threads:
            thread.start()

    def send(self, body: bytes, to: str | None) -> None:
        """Queue a statement for one peer, or for all."""
        with self._changed:
            for node in [to] if to is not None else list(self._lanes):
                lane = self._lanes.get(node)
                if lane is None:
                    continue
                lane.waiting[body] = None
                if len(lane.waiting) > MOST_WAITING:
                    lane.waiting.popitem(last=False)
                    self._gauge.sent(node, "dropped")
            self._changed.notify_all()

    def states(self) -> dict[str, PeerState]:
        """How each peer was last found."""
        return {node: lane.state for node, lane in self._lanes.items()}

    def close(self) -> None:
        """Stop sending; what waits is lost, and is said again after a restart."""
        self._closing.set()
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)
        self._client.close()

    def _work(self, node: str) -> None:
        lane, pause = self._lanes[node], FIRST_PAUSE_SECONDS
        while True:
            with self._changed:
                while self._open and not lane.waiting:
                    self._changed.wait()
                if not self._open:
                    return
                batch = _batch(lane.waiting)
            if self._deliver(node, lane, batch):
                pause = FIRST_PAUSE_SECONDS
            else:
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _deliver(self, node: str, lane: _Lane, batch: Sequence[bytes]) -> bool:
        """Whether the peer answered, even if it refused."""
        try:
            with http_deadline.until(time.monotonic() + TOTAL_SECONDS):
                status = self._post(lane.url + PATH, b"\n".join(batch))
        except Exception as error:  # this thread must outlive whatever a peer can think of
            if not isinstance(error, httpx.HTTPError) and not self._closing.is_set():
                log.warning("peer.failed", peer=node, reason=type(error).__name__)
            lane.state.failed_at = time.monotonic()
            self._count(node, "unreachable", batch)
            return False
        lane.state.heard_at = time.monotonic()
        well = httpx.codes.is_success(status)
        lane.state.refused = None if well else f"HTTP {status}"
        self._count(node, "accepted" if well else "refused", batch)
        return True

    def _count(self, node: str, result: str, batch: Sequence[bytes]) -> None:
        for _ in batch:
            self._gauge.sent(node, result)

    def _post(self, url: str, body: bytes) -> int:
        read = 0
        with self._client.stream("POST", url, content=body, headers={"Content-Type": "application/x-ndjson"}) as answer:
            for piece in answer.iter_raw():
                read += len(piece)
                if read > MOST_ANSWERED:
                    break
            return answer.status_code


def _client(peers: int) -> httpx.Client:
    """A connection for each peer and some more: none waits for another's."""
    transport = http_deadline.DeadlineTransport(max_connections=peers + 4)
    return httpx.Client(timeout=TIMEOUT, transport=transport, trust_env=False)


def _batch(waiting: OrderedDict[bytes, None]) -> list[bytes]:
    """Takes as many statements as one body may hold, one to a line."""
    taken: list[bytes] = []
    size = 0
    while waiting:
        body = next(iter(waiting))
        if taken and (size + len(body) > MOST_BATCH_BYTES or len(taken) >= MOST_IN_BATCH):
            break
        del waiting[body]
        taken.append(body)
        size += len(body) + 1
    return taken
