"""Runs every round of one node: one thread takes statements, observations and time, in the order they come."""

from __future__ import annotations

import queue
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

import structlog

from oracle.network.wanted import Seen
from oracle.rounds.journal import RoundJournal
from oracle.rounds.messages import encode
from oracle.rounds.outcome import Outcome
from oracle.rounds.quorum import Verifier
from oracle.rounds.refusals import RoundRefused, SigningFailed
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.runner import RoundRunner, no_harm
from oracle.rounds.statements import Statement
from oracle.rounds.steps import Seat

log: structlog.stdlib.BoundLogger = structlog.get_logger()

TICK_SECONDS = 0.05
MOST_QUEUED = 10_000
"""Statements waiting for the engine; more are refused, and said again by who sent them."""
MOST_ROUNDS = 512
"""Rounds kept in memory; of more, those that ended longest ago are let go. The journal keeps them all."""
MOST_EARLY_REQUESTS, MOST_EARLY_EACH = 64, 128
"""Statements about requests this node has not seen on chain yet: kept so many, for so many requests."""


class Counters(Protocol):
    """What is counted of rounds."""

    def received(self, result: str) -> None:
        """A statement came in."""
        ...

    def started(self, open_rounds: int) -> None:
        """A round began."""
        ...

    def ended(self, path: str, took_ms: int, open_rounds: int) -> None:
        """A round ended."""
        ...

    def refused(self, code: str) -> None:
        """This node did not join something."""
        ...


class Surroundings(Protocol):
    """Where a round's outputs go, besides the other nodes."""

    def hand_in(self, request: Request, made: MadeReport, signatures: tuple[bytes, ...], attempt: int | None) -> None:
        """Keep a report until it is mined. On disk when it returns."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Keep how a round ended. On disk when it returns."""
        ...

    def chain_time(self) -> int:
        """Unix seconds of the newest final block."""
        ...


@dataclass(frozen=True, slots=True)
class _Begin:
    request: Request
    rules: RoundRules
    look: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Look:
    request: Request
    seen: Seen


_Key = tuple[bytes, int]
_STOP = object()


class Engine:
    """Every method but `start` and `stop` may be called from any thread; none blocks on a round.

    Args:
        seat: Who this node is, and how it signs.
        send: Bytes to one peer, or to all; must not block.
        clock_ms: This node's clock, milliseconds since 1970: the journal compares it across restarts.
        kill_point: For tests; see `RoundRunner`.
    """

    def __init__(
        self,
        seat: Seat,
        journal: RoundJournal,
        surroundings: Surroundings,
        counters: Counters,
        *,
        send: Callable[[bytes, str | None], None],
        clock_ms: Callable[[], int],
        kill_point: Callable[[str], None] = no_harm,
    ) -> None:
        self._seat, self._journal, self._around, self._counters = seat, journal, surroundings, counters
        self._send, self._clock_ms, self._kill_point = send, clock_ms, kill_point
        self._queue: queue.Queue[object] = queue.Queue()
        self._rounds: OrderedDict[_Key, RoundRunner] = OrderedDict()
        self._early: OrderedDict[_Key, deque[Statement]] = OrderedDict()
        self._refused: set[_Key] = set()
        self._verifier = Verifier()
        self._thread = Thread(target=self._work, name="rounds", daemon=True)
        self._next_tick = 0
        self.failed: str | None = None

    def start(self) -> None:
        """Begin to take part."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in hand; everything said is on disk."""
        self._queue.put(_STOP)
        self._thread.join(timeout=10)

    def begin(self, request: Request, rules: RoundRules, look: Callable[[], None]) -> None:
        """Take part in a request, or go on with it.

        Args:
            look: Called once, from the engine's thread, where this node has yet to look; it must not block, and brings
                what it finds to `looked`.
        """
        self._queue.put(_Begin(request, rules, look))

    def looked(self, request: Request, seen: Seen) -> None:
        """This node has looked."""
        self._queue.put(_Look(request, seen))

    def offer(self, statement: Statement) -> bool:
        """A statement of another node. False: too many wait, it should be said again."""
        if self._queue.qsize() >= MOST_QUEUED:
            self._counters.received("dropped")
            return False
        self._queue.put(statement)
        return True

    def _work(self) -> None:
        """One thread for all rounds. A journal that cannot be written ends it: silence is safe, two words are not."""
        try:
            while self.step(TICK_SECONDS):
                pass
        except Exception as error:
            log.exception("rounds.stopped")
            self.failed = type(error).__name__

    def step(self, wait_seconds: float) -> bool:
        """Take what came first, if something comes, and let time pass. False: this engine was told to stop."""
        try:
            item = self._queue.get(timeout=wait_seconds) if wait_seconds else self._queue.get_nowait()
        except queue.Empty:
            item = None
        if item is _STOP:
            return False
        self._take(item)
        now = self._clock_ms()
        if now >= self._next_tick:
            self._tick(now)
            self._next_tick = now + int(TICK_SECONDS * 1_000)
        return True

    def _take(self, item: object) -> None:
        if isinstance(item, _Begin):
            self._begin(item)
        elif isinstance(item, _Look):
            self._observe(item)
        elif item is not None:
            assert not isinstance(item, _Begin | _Look)
            self._receive(item)  # type: ignore[arg-type]  # only statements are left

    def _observe(self, look: _Look) -> None:
        key = _key(look.request)
        runner = self._rounds.get(key)
        if runner is not None and runner.needs_observation and runner.ended is None:
            with self._letting_go(key):
                runner.observe(look.seen.observation, self._clock_ms())

    @contextmanager
    def _letting_go(self, key: _Key) -> Iterator[None]:
        """A round that cannot sign now is let go, and gone on with from the journal at the next look at the chain."""
        try:
            yield
        except SigningFailed as error:
            self._rounds.pop(key, None)
            self._refuse(key, RoundRefused("signing_failed", str(error)))

    def _receive(self, statement: Statement) -> None:
        key = _key(statement.request)
        runner = self._rounds.get(key)
        if runner is not None:
            self._counters.received("taken")
            with self._letting_go(key):
                runner.receive(statement, self._clock_ms())
            return
        waiting = self._early.setdefault(key, deque(maxlen=MOST_EARLY_EACH))
        waiting.append(statement)
        self._counters.received("early")
        while len(self._early) > MOST_EARLY_REQUESTS:
            self._early.popitem(last=False)

    def _begin(self, begin: _Begin) -> None:
        key = _key(begin.request)
        if key in self._rounds:
            return
        try:
            runner = RoundRunner(
                begin.request, begin.rules, self._seat, self._journal, _Outside(self, begin.request),
                now=self._clock_ms(), verifier=self._verifier, kill_point=self._kill_point,
            )  # fmt: skip
        except RoundRefused as refusal:
            self._refuse(key, refusal)
            return
        self._refused.discard(key)
        self._rounds[key] = runner
        self._counters.started(self.open_rounds)
        for statement in self._early.pop(key, ()):
            with self._letting_go(key):
                runner.receive(statement, self._clock_ms())
        if key not in self._rounds:
            return
        if runner.ended is None and runner.needs_observation:
            begin.look()
        self._let_go()

    def _refuse(self, key: _Key, refusal: RoundRefused) -> None:
        """Told once: the chain is looked at again and again."""
        if key not in self._refused:
            self._refused.add(key)
            self._counters.refused(refusal.code)
            log.warning("round.refused", request=key[0].hex(), epoch=key[1], code=refusal.code, detail=refusal.detail)

    def _tick(self, now: int) -> None:
        for key, runner in list(self._rounds.items()):
            if runner.ended is None and runner.machine.outcome is None:
                with self._letting_go(key):
                    runner.tick(now)

    def _let_go(self) -> None:
        for key, runner in list(self._rounds.items()):
            if len(self._rounds) <= MOST_ROUNDS:
                return
            if runner.machine.outcome is not None or runner.ended is not None:
                del self._rounds[key]

    @property
    def open_rounds(self) -> int:
        """Rounds under way."""
        return sum(runner.machine.outcome is None and runner.ended is None for runner in list(self._rounds.values()))

    def takes_part_in(self, request: Request) -> bool:
        """Whether a round of this request is in memory, under way or ended."""
        return _key(request) in self._rounds

    def say(self, statement: Statement, to: str | None) -> None:
        """Tell others."""
        self._send(encode(statement), to)

    def finish(self, outcome: Outcome) -> None:
        """A round is over."""
        self._around.ended(outcome)
        self._counters.ended(outcome.path.value, outcome.took_ms, self.open_rounds)

    @property
    def surroundings(self) -> Surroundings:
        """Where outputs go."""
        return self._around

    def attempt_of(self, request: Request) -> int | None:
        """The attempt a round is in."""
        runner = self._rounds.get(_key(request))
        return None if runner is None else runner.machine.voting.attempt


class _Outside:
    """Where the outputs of one round go."""

    def __init__(self, engine: Engine, request: Request) -> None:
        self._engine, self._request = engine, request

    def send(self, statement: Statement, to: str | None) -> None:
        self._engine.say(statement, to)

    def submit(self, made: MadeReport, signatures: object) -> None:
        assert isinstance(signatures, tuple)
        attempt = self._engine.attempt_of(self._request)
        self._engine.surroundings.hand_in(self._request, made, signatures, attempt)

    def finished(self, outcome: Outcome) -> None:
        self._engine.finish(outcome)

    def chain_time(self) -> int:
        return self._engine.surroundings.chain_time()


def _key(request: Request) -> _Key:
    return request.id, request.signer_epoch
