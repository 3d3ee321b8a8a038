"""Looks at claims, one after the other in a thread of its own: a slow evidence store holds up no round."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

import structlog

from oracle.claims.facts import Block
from oracle.network.wanted import ClaimSource, Seen, WaitingClaim
from oracle.rounds.rules import Request
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Counter(Protocol):
    """What is counted."""

    def observed(self, seconds: float, *, seen: bool) -> None:
        """A claim was looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """Look at this claim as of this block, for this request."""

    request: Request
    claim: WaitingClaim
    block: Block


class Looker:
    """A node that cannot see at once looks again until the round is over.

    Args:
        found: Takes what was seen; called from this thread.
        again: Pauses between tries, seconds, then no more of them.
    """

    def __init__(
        self,
        source: ClaimSource,
        counter: Counter,
        found: Callable[[Errand, Seen], None],
        *,
        again: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._counter, self._found = source, counter, found
        self._again, self._sleep = again, sleep
        self._errands: queue.Queue[tuple[float, int, Errand] | None] = queue.Queue()
        self._thread = Thread(target=self._work, name="looking", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the claim in hand."""
        self._errands.put(None)
        self._thread.join(timeout=10)

    def look(self, errand: Errand) -> None:
        """Put a claim in the row."""
        self._errands.put((time.monotonic(), 0, errand))

    def look_once(self, errand: Errand) -> Seen:
        """What this node sees now. Never raises: what nobody thought of is told as not seen."""
        began = time.monotonic()
        try:
            seen = self._source.observe(errand.claim, errand.block)
        except Exception as error:
            log.exception("claim.not_seen", claim=f"0x{errand.claim.claim_id:064x}")
            seen = Seen(Unobserved((f"error.{type(error).__name__.lower()}",)), {}, passing=True)
        self._counter.observed(time.monotonic() - began, seen=not isinstance(seen.observation, Unobserved))
        return seen

    def _work(self) -> None:
        while True:
            item = self._errands.get()
            if item is None:
                return
            due, tried, errand = item
            wait = due - time.monotonic()
            if wait > 0:
                self._sleep(min(wait, 0.05))
                self._errands.put(item)
                continue
            seen = self.look_once(errand)
            if seen.passing and tried < len(self._again):
                self._errands.put((time.monotonic() + self._again[tried], tried + 1, errand))
            else:
                self._found(errand, seen)
