"""Looks at claims and events, one after the other in a thread of its own: a slow source holds up no round.

Every product, and so every insurer's store, has the same share of the time: see `Looker`.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Thread
from typing import Protocol

import structlog

from oracle.claims.facts import Block
from oracle.network.events import WatchedEvents
from oracle.network.wanted import ClaimSource, Seen, Waiting, WaitingClaim, subject_key
from oracle.rounds.rules import Request
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Counter(Protocol):
    """What is counted."""

    def observed(self, seconds: float, *, seen: bool) -> None:
        """Something was looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """Look at this claim or event as of this block, for this request."""

    request: Request
    asked: Waiting
    block: Block


class Eyes(Protocol):
    """What looks."""

    def observe(self, asked: Waiting, block: Block, /) -> Seen:
        """What cannot be seen is `Unobserved`, never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class _Row:
    due: float
    tried: int
    errand: Errand


class Looker:
    """A node that cannot see at once looks again, at the newest block then.

    Of what is due, that of the product comes first which has had least of this thread's time, and of a product that
    which was tried least. So a slow store, or one with many claims, holds up its own: another product's claim waits for
    the one look in hand, whose time is bounded (`oracle/claims/observe.py`, LOOK_SECONDS).

    Args:
        found: Takes what was seen, once it is seen or no more tries are left; called from this thread.
        noted: Takes what each try brought.
        newest: The newest final block, for looks after the first; a chain may have left the errand's own.
        again: Pauses between tries, seconds, then no more of them.
    """

    def __init__(
        self,
        source: Eyes,
        counter: Counter,
        found: Callable[[Errand, Seen], None],
        *,
        noted: Callable[[Errand, Seen], None] = lambda _errand, _seen: None,
        newest: Callable[[], Block | None] = lambda: None,
        again: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._counter, self._found, self._newest = source, counter, found, newest
        self._noted, self._again, self._clock = noted, again, clock
        self._rows: dict[tuple[bytes, int], _Row] = {}
        self._spent: dict[str, float] = {}
        self._changed = Condition()
        self._stopped = False
        self._thread = Thread(target=self._work, name="looking", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether it looks."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the claim in hand."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=10)

    def look(self, errand: Errand) -> None:
        """Put a claim in the row; once for a request, however often it is asked."""
        with self._changed:
            self._count_from_now(errand.asked.product)
            self._rows.setdefault(_key(errand), _Row(self._clock(), 0, errand))
            self._changed.notify_all()

    def work_once(self) -> float | None:
        """Look at one claim that is due.

        Returns:
            Seconds until the next is due, 0 where it may be now; None: nothing waits.
        """
        with self._changed:
            now = self._clock()
            due = [row for row in self._rows.values() if row.due <= now]
            if not due:
                return min((row.due - now for row in self._rows.values()), default=None)
            row = min(due, key=lambda each: (self._spent[each.errand.asked.product], each.tried, each.due))
        began, product = self._clock(), row.errand.asked.product
        try:
            self._look_at(row)
        finally:
            with self._changed:
                self._spent[product] += self._clock() - began
        return 0.0

    def _count_from_now(self, product: str) -> None:
        """A product that asked for nothing for a while has saved up no time: it begins where the least served is."""
        active = {row.errand.asked.product for row in self._rows.values()}
        if product not in active:
            least = min((self._spent[each] for each in active), default=0.0)
            self._spent[product] = max(self._spent.get(product, 0.0), least)

    def look_once(self, errand: Errand) -> Seen:
        """What this node sees now. Never raises: what nobody thought of is told as not seen."""
        began = time.monotonic()
        try:
            seen = self._source.observe(errand.asked, errand.block)
        except Exception as error:
            # Not the message: it may quote the evidence.
            about = subject_key(errand.request)
            log.error("look.failed", about=about, reason=type(error).__name__, at=place_of(error))
            seen = Seen(Unobserved((f"error.{type(error).__name__.lower()}",)), {}, passing=True)
        self._counter.observed(time.monotonic() - began, seen=not isinstance(seen.observation, Unobserved))
        return seen

    def _look_at(self, row: _Row) -> None:
        block = self._newest() if row.tried else None
        errand = row.errand if block is None else replace(row.errand, block=block)
        seen = self.look_once(errand)
        self._noted(errand, seen)
        with self._changed:
            if seen.passing and row.tried < len(self._again):
                self._rows[_key(errand)] = _Row(self._clock() + self._again[row.tried], row.tried + 1, errand)
                return
            del self._rows[_key(errand)]
        self._found(errand, seen)

    def _work(self) -> None:
        while True:
            try:
                pause = self.work_once()
            except Exception as error:  # the thread must outlive what nobody thought of
                log.error("looking.failed", reason=type(error).__name__, at=place_of(error))
                pause = 1.0
            with self._changed:
                now = self._clock()
                if self._stopped:
                    return
                if pause != 0 and not any(row.due <= now for row in self._rows.values()):
                    self._changed.wait(timeout=pause)


class ClaimsAndEvents:
    """Eyes for both."""

    def __init__(self, claims: ClaimSource, events: WatchedEvents | None) -> None:
        self._claims, self._events = claims, events

    def observe(self, asked: Waiting, block: Block) -> Seen:
        """What this node sees of a claim, or of an event."""
        if isinstance(asked, WaitingClaim):
            return self._claims.observe(asked, block)
        assert self._events is not None
        return self._events.observe(asked, block)


def place_of(error: BaseException) -> str:
    """Where in the program it was raised: for logs that must not hold what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))


def _key(errand: Errand) -> tuple[bytes, int]:
    return errand.request.id, errand.request.signer_epoch
