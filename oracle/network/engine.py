"""Runs every round of one node: one thread takes statements, observations and time, in the order they come."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

import structlog

from oracle.network.early import EarlyWords
from oracle.network.engine_ports import Counters, Surroundings
from oracle.network.late import tell_late
from oracle.network.repeats import Repeats
from oracle.network.row import Begin, Heard, Key, Look, Row, Stop, key_of
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
MOST_ROUNDS = 512
"""Rounds kept in memory; of more, those that ended longest ago are let go. The journal keeps them all."""
MOST_NOTED = 50_000
"""Requests of which only is kept that they are over, or were refused."""
STAND_STILL = (OSError, sqlite3.Error)
"""What cannot be kept cannot be said: silence is safe, two words are not."""
_Item = TypeVar("_Item", bound=Hashable)


class Engine:
    """Every method but `start` and `stop` may be called from any thread; none blocks on a round.

    Args:
        seat: Who this node is, and how it signs.
        send: Bytes to one peer, or to all; must not block.
        clock_ms: Milliseconds since 1970 when this process began, and never back from there.
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
        self._row = Row()
        self._rounds: OrderedDict[Key, RoundRunner] = OrderedDict()
        self._early = EarlyWords()
        self._refused: OrderedDict[Key, None] = OrderedDict()
        self._over: OrderedDict[Key, None] = OrderedDict()
        self._verifier, self._repeats = Verifier(), Repeats()
        self._thread = Thread(target=self._work, name="rounds", daemon=True)
        self._next_tick = 0
        self.failed: str | None = None

    def start(self) -> None:
        """Begin to take part."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is in hand; everything said is on disk."""
        self._row.put(Stop())
        self._thread.join(timeout=10)

    def begin(self, request: Request, rules: RoundRules, look: Callable[[], None]) -> None:
        """Take part in a request, or go on with it.

        Args:
            look: Called once, from the engine's thread, where this node has yet to look; it must not block, and brings
                what it finds to `looked`.
        """
        self._row.begin(Begin(request, rules, look))

    def looked(self, request: Request, seen: Seen) -> None:
        """This node has looked."""
        self._row.put(Look(request, seen))

    def offer(self, statement: Statement, size: int = 0) -> bool:
        """A statement of another node. False: too many of its statements wait, it should be said again.

        Args:
            size: Bytes it came in.
        """
        taken = self._row.hear(Heard(statement, size))
        if not taken:
            self._counters.received("dropped")
        return taken

    def _work(self) -> None:
        """One thread for all rounds. A journal that cannot be written ends it; see `STAND_STILL`."""
        try:
            while self.step(TICK_SECONDS):
                pass
        except Exception as error:
            log.exception("rounds.stopped")
            self.failed = type(error).__name__
        finally:
            self._row.close()

    def step(self, wait_seconds: float) -> bool:
        """Take what came first, if something comes, and let time pass. False: this engine was told to stop."""
        item = self._row.take(wait_seconds)
        if isinstance(item, Stop):
            return False
        if isinstance(item, Begin):
            self._begin(item)
        elif isinstance(item, Look):
            self._observe(item)
        elif item is not None:
            self._receive(item.statement, item.size)
        now = self._clock_ms()
        if now >= self._next_tick:
            self._tick(now)
            self._next_tick = now + int(TICK_SECONDS * 1_000)
        return True

    def _observe(self, look: Look) -> None:
        key = key_of(look.request)
        runner = self._rounds.get(key)
        if runner is not None and runner.needs_observation:
            with self._letting_go(key):
                runner.observe(look.seen.observation, self._clock_ms()) if runner.is_open else tell_late(runner, look)

    @contextmanager
    def _letting_go(self, key: Key) -> Iterator[None]:
        """A round that cannot go on here is let go, and gone on with from the journal at the next look at the chain.

        So a word nobody thought of harms one round at most, not the node.
        """
        try:
            yield
            return
        except STAND_STILL:
            raise
        except SigningFailed as error:
            refusal = RoundRefused("signing_failed", str(error))
        except RoundRefused as error:
            refusal = error
        except Exception as error:
            refusal = RoundRefused("round_failed", f"{type(error).__name__}: see the log, and tell who maintains this")
            if key not in self._refused:
                log.exception("round.failed", request=key[0].hex(), epoch=key[1])
        self._rounds.pop(key, None)
        self._refuse(key, refusal)

    def _receive(self, statement: Statement, size: int) -> None:
        key = key_of(statement.request)
        runner = self._rounds.get(key)
        if runner is not None:
            self._counters.received("taken")
            with self._letting_go(key):
                runner.receive(statement, self._clock_ms())
        elif key in self._over:
            self._counters.received("late")
        else:
            self._counters.received("early")
            self._early.keep(key, statement, size)
            self._tell_of_another_way_to_ask(statement.request)

    def _tell_of_another_way_to_ask(self, asked: Request) -> None:
        """Nodes that ask for one thing in two ways never come together: a setting differs."""
        for runner in self._rounds.values():
            mine = runner.request
            alike = (mine.subject_id, mine.sequence, mine.signer_epoch)
            if alike == (asked.subject_id, asked.sequence, asked.signer_epoch) and runner.is_open:
                detail = (
                    f"another node asks with valid_seconds {asked.valid_seconds} and refers_below_bps "
                    f"{asked.refers_below_bps}, this one with {mine.valid_seconds} and {mine.refers_below_bps}: "
                    "give all nodes the same network file and deployment"
                )
                self._refuse(key_of(asked), RoundRefused("settings_differ", detail))

    def _begin(self, begin: Begin) -> None:
        key = key_of(begin.request)
        if key in self._rounds:
            return
        with self._letting_go(key):
            self._rounds[key] = runner = RoundRunner(
                begin.request, begin.rules, self._seat, self._journal, _Outside(self, begin.request),
                now=self._clock_ms(), verifier=self._verifier, kill_point=self._kill_point,
            )  # fmt: skip
        if key not in self._rounds:
            return
        self._refused.pop(key, None)
        self._counters.started(self.open_rounds)
        for statement in self._early.take(key):
            if key in self._rounds:
                with self._letting_go(key):
                    runner.receive(statement, self._clock_ms())
        if key in self._rounds and runner.is_open and runner.needs_observation:
            begin.look()
        self._let_go()

    def _refuse(self, key: Key, refusal: RoundRefused) -> None:
        """Told once: the chain is looked at again and again."""
        if key not in self._refused:
            _note(self._refused, key)
            self._counters.refused(refusal.code)
            log.warning("round.refused", request=key[0].hex(), epoch=key[1], code=refusal.code, detail=refusal.detail)

    def _tick(self, now: int) -> None:
        for key, runner in self._repeats.in_turn(self._rounds, now):
            with self._letting_go(key):
                self._repeats.take(runner.tick(now, repeat=self._repeats.allowed))

    def _let_go(self) -> None:
        for key, runner in list(self._rounds.items()):
            if len(self._rounds) <= MOST_ROUNDS:
                return
            if not runner.is_open:
                del self._rounds[key]
                _note(self._over, key)

    @property
    def open_rounds(self) -> int:
        """Rounds under way."""
        return sum(runner.is_open for runner in list(self._rounds.values()))

    def takes_part_in(self, request: Request) -> bool:
        """Whether a round of this request is under way here, or over."""
        key = key_of(request)
        return key in self._rounds or key in self._over

    def brought_nothing(self, request: Request) -> bool:
        """Whether its round is over here with nothing to hand in, as far as this process saw."""
        runner = self._rounds.get(key_of(request))
        if runner is None or runner.is_open:
            return runner is None and key_of(request) in self._over
        return runner.machine.outcome is None or runner.machine.outcome.report is None

    def has_refused(self, request: Request) -> bool:
        """Whether this node did not join it when it tried last; it may later."""
        return key_of(request) in self._refused

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
        runner = self._rounds.get(key_of(request))
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


def _note(noted: OrderedDict[_Item, None], item: _Item) -> None:
    """Remember an item; of too many, the first are forgotten."""
    noted[item] = None
    while len(noted) > MOST_NOTED:
        noted.popitem(last=False)
