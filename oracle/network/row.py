"""What waits for the engine, in the order it came: bounded, and so that no node keeps another's words out."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from oracle.network.wanted import Seen
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import Statement

MOST_QUEUED, MOST_QUEUED_BYTES = 512, 4_000_000
"""Of one node's statements; more are refused, and said again by who sent them."""

Key = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Begin:
    """Take part in a request."""

    request: Request
    rules: RoundRules
    look: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Look:
    """This node has looked."""

    request: Request
    seen: Seen


@dataclass(frozen=True, slots=True)
class Heard:
    """Another node said something; `size` in bytes."""

    statement: Statement
    size: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing comes after it."""


Item = Begin | Look | Heard | Stop


def key_of(request: Request) -> Key:
    """A request in one signer set."""
    return request.id, request.signer_epoch


class Row:
    """May be filled from any thread; one thread takes."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self._asked: set[Key] = set()
        self._waiting: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._heard: set[Statement] = set()

    def close(self) -> None:
        """Nobody takes any more: what is put from now on is refused or forgotten."""
        with self._lock:
            self._closed = True

    def begin(self, item: Begin) -> None:
        """Put a request in; once until it is taken."""
        with self._lock:
            key = key_of(item.request)
            if not self._closed and key not in self._asked:
                self._asked.add(key)
                self._queue.put(item)

    def put(self, item: Look | Stop) -> None:
        """Put in what there is only one of."""
        with self._lock:
            if not self._closed:
                self._queue.put(item)

    def hear(self, item: Heard) -> bool:
        """Put a statement in, once while it waits, whoever says it. False: too many of its node wait, or nobody takes
        any."""
        node = item.statement.node
        with self._lock:
            if item.statement in self._heard and not self._closed:
                return True
            full = self._waiting[node] >= MOST_QUEUED or self._bytes[node] > MOST_QUEUED_BYTES
            if full or self._closed:
                return False
            self._waiting[node] += 1
            self._bytes[node] += item.size
            self._heard.add(item.statement)
            self._queue.put(item)
            return True

    def take(self, wait_seconds: float) -> Item | None:
        """What came first; None: nothing came in time."""
        try:
            item = self._queue.get(timeout=wait_seconds) if wait_seconds else self._queue.get_nowait()
        except queue.Empty:
            return None
        with self._lock:
            if isinstance(item, Begin):
                self._asked.discard(key_of(item.request))
            elif isinstance(item, Heard):
                self._waiting[item.statement.node] -= 1
                self._bytes[item.statement.node] -= item.size
                self._heard.discard(item.statement)
        return item
