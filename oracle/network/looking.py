"""Looks at claims and events in a few threads of its own: a slow source holds up no round, and no other source."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Condition, Thread
from typing import Protocol

import structlog

from oracle.claims.facts import Block, NoticedAt
from oracle.network.events import WatchedEvents
from oracle.network.turns import Errand, Row, Turns
from oracle.network.wanted import ClaimSource, Seen, Waiting, WaitingClaim, subject_key
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

EARLY_PAUSES = (0.25, 0.5, 1.0, 2.0)
"""Seconds before what it was too early to look at is looked at again; the last for ever."""
IDLE_SECONDS = 1.0
"""How often a thread without errands asks whether an earlier claim is to be read."""


class Counter(Protocol):
    """What is counted."""

    def observed(self, seconds: float, *, seen: bool) -> None:
        """Something was looked at."""
        ...


class Eyes(Protocol):
    """What looks; in several threads at once."""

    def observe(self, asked: Waiting, block: Block, /) -> Seen:
        """What cannot be seen is `Unobserved`, never an exception."""
        ...


class EarlierClaims(Protocol):
    """Noticed claims whose evidence this node has still to read, as later ones are compared with them."""

    def unread(self, *, without: Collection[str], but: Collection[int]) -> NoticedAt | None:
        """One of them, leaving out those of some products and some claims."""
        ...

    def learn(self, notice: NoticedAt) -> None:
        """Read it, or note that it cannot be had now."""
        ...


@dataclass(frozen=True)
class Looking:
    """How a node looks.

    Attributes:
        threads: How many claims or events at one time.
        places: Product → where its evidence comes from, as `Turns`.
        earlier: Read where there is nothing else to look at.
    """

    threads: int = 1
    places: Mapping[str, str] = field(default_factory=dict)
    earlier: EarlierClaims | None = None


ONE_AT_A_TIME = Looking()


class Looker:
    """A node that cannot see at once looks again, at the newest block then. Whose turn it is: see `Turns`.

    A slow store, or one with many claims, so holds up its own: one thread is always left to the others. Threads that
    have nothing to look at read earlier claims, all but one of them where there are several.

    Args:
        found: Takes what was seen, once it is seen or no more tries are left; called from these threads.
        noted: Takes what each try brought.
        newest: The newest final block, for looks after the first; a chain may have left the errand's own.
        again: Pauses between tries, seconds, then no more of them.
    """

    def __init__(
        self,
        source: Eyes,
        counter: Counter,
        found: Callable[[Errand, Seen], None],
        how: Looking = ONE_AT_A_TIME,
        *,
        noted: Callable[[Errand, Seen], None] = lambda _errand, _seen: None,
        newest: Callable[[], Block | None] = lambda: None,
        again: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._counter, self._found, self._newest = source, counter, found, newest
        self._noted, self._again, self._earlier = noted, again, how.earlier
        self._turns = Turns(how.threads, how.places, clock)
        self._learning = 0
        self._changed = Condition()
        self._stopped = False
        self._threads = [Thread(target=self._work, name=f"looking {n}", daemon=True) for n in range(how.threads)]

    @property
    def is_alive(self) -> bool:
        """Whether all threads look."""
        return all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the claims in hand."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        ends_at = time.monotonic() + 10
        for thread in self._threads:
            thread.join(timeout=max(0.0, ends_at - time.monotonic()))

    def look(self, errand: Errand) -> None:
        """Put a claim in the row; once for a request, however often it is asked."""
        with self._changed:
            self._turns.add(errand)
            self._changed.notify_all()

    def work_once(self) -> float | None:
        """Look at one claim that is due, or read an earlier one.

        Returns:
            Seconds until the next is due, 0 where it may be now; None: nothing waits.
        """
        with self._changed:
            row = self._turns.take()
        if row is not None:
            self._look_at(row)
            return 0.0
        if self._learn_one():
            return 0.0
        with self._changed:
            return self._turns.pause()

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

    def _look_at(self, row: Row) -> None:
        if (row.tried or row.early) and (block := self._newest()) is not None:
            row.errand = replace(row.errand, block=block)
        pause: float | None = 1.0  # after an error nobody thought of
        try:
            seen = self.look_once(row.errand)
            self._noted(row.errand, seen)
            pause = self._pause_after(row, seen)
        finally:
            with self._changed:
                self._turns.give_back(row, pause)
                self._changed.notify_all()
        if pause is None:
            self._found(row.errand, seen)

    def _pause_after(self, row: Row, seen: Seen) -> float | None:
        """Seconds until it is looked at again; None: this was the last look."""
        if seen.early:
            row.early += 1
            return EARLY_PAUSES[min(row.early, len(EARLY_PAUSES)) - 1]
        row.early = 0
        row.tried += 1
        return self._again[row.tried - 1] if seen.passing and row.tried <= len(self._again) else None

    def _learn_one(self) -> bool:
        """Read one earlier claim; False: there is none, or enough threads do."""
        if self._earlier is None:
            return False
        with self._changed:
            if self._learning >= self._turns.most_at_place:
                return False
            self._learning += 1
            full, subjects = self._turns.full, self._turns.subjects
        try:
            notice = self._earlier.unread(without=full, but=subjects)
            return notice is not None and self._learn(self._earlier, notice)
        finally:
            with self._changed:
                self._learning -= 1

    def _learn(self, earlier: EarlierClaims, notice: NoticedAt) -> bool:
        with self._changed:
            if not self._turns.enter(notice.product):
                return False
        try:
            earlier.learn(notice)
        finally:
            with self._changed:
                self._turns.leave(notice.product)
                self._changed.notify_all()
        return True

    def _work(self) -> None:
        while True:
            try:
                pause = self.work_once()
            except Exception as error:  # the thread must outlive what nobody thought of
                log.error("looking.failed", reason=type(error).__name__, at=place_of(error))
                pause = 1.0
            with self._changed:
                if self._stopped:
                    return
                if pause != 0 and self._turns.pause() != 0:
                    idle = [IDLE_SECONDS] if self._earlier is not None else []
                    self._changed.wait(timeout=min([*idle, *([] if pause is None else [pause])], default=None))


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
