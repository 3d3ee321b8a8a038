"""Engines of several nodes in one thread: the test carries messages and time. Real journals, no sockets."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from oracle.network.engine import Engine
from oracle.network.wanted import Seen
from oracle.rounds.journal import RoundJournal
from oracle.rounds.messages import decode
from oracle.rounds.outcome import Outcome
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request
from oracle.rounds.simulation import START, seats_of
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Seat, Unobserved
from tests.oracle.rounds.worlds import request, rules, seen


class Counts:
    """What engines counted, by name."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def _more(self, name: str) -> None:
        self.of[name] = self.of.get(name, 0) + 1

    def received(self, result: str) -> None:
        self._more(f"received {result}")

    def started(self, open_rounds: int) -> None:  # noqa: ARG002
        self._more("started")

    def ended(self, path: str, took_ms: int, open_rounds: int) -> None:  # noqa: ARG002
        self._more(f"ended {path}")

    def refused(self, code: str) -> None:
        self._more(f"refused {code}")


@dataclass
class Around:
    """What one engine handed in and how its rounds ended."""

    handed_in: list[tuple[MadeReport, tuple[bytes, ...]]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def hand_in(self, request: Request, made: MadeReport, signatures: tuple[bytes, ...], attempt: int | None) -> None:
        assert attempt is not None
        assert request.subjects
        self.handed_in.append((made, signatures))

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def chain_time(self) -> int:
        return START


class Room:
    """So many engines, and the messages between them."""

    def __init__(self, folder: Path, count: int = 4) -> None:
        self.folder, self.count, self.now = folder, count, 1_000
        self.seats = seats_of(count)
        self.mail: deque[tuple[int, bytes]] = deque()
        self.down: set[int] = set()
        self.around = [Around() for _ in range(count)]
        self.sees: list[Observation | Unobserved] = [seen() for _ in range(count)]
        self.engines = [self.made(number) for number in range(count)]

    def made(self, number: int, sign: Callable[[bytes], bytes] | None = None) -> Engine:
        """An engine over the journal of that node."""
        seat = self.seats[number] if sign is None else Seat(self.seats[number].node, sign)
        return Engine(
            seat, RoundJournal(self.folder / f"{number}.sqlite", "31337:0x00"), self.around[number],
            self.around[number].counts,
            send=lambda body, to: self._post(number, body, to), clock_ms=lambda: self.now,
        )  # fmt: skip

    def begin(self, number: int, asked: Request | None = None) -> None:
        """The node sees the request on chain, and looks at once."""
        engine, wanted = self.engines[number], asked or request()
        engine.begin(wanted, rules(self.count), lambda: engine.looked(wanted, Seen(self.sees[number], {})))

    def run(self, until_ms: int = 25_000) -> None:
        """Let everybody work until nothing is under way."""
        while self.now < until_ms:
            self.work()
            self.now += 50
            if not self.mail and not any(self._busy(number) for number in range(self.count)):
                return

    def work(self) -> None:
        """Everybody takes what is there now."""
        for _ in range(len(self.mail)):
            to, body = self.mail.popleft()
            if to not in self.down:
                self.engines[to].offer(decode(body))
        for number, engine in enumerate(self.engines):
            if number not in self.down:
                for _ in range(64):
                    engine.step(0)

    def _busy(self, number: int) -> bool:
        return number not in self.down and self.engines[number].open_rounds > 0

    def _post(self, sender: int, body: bytes, to: str | None) -> None:
        for number, seat in enumerate(self.seats):
            if number != sender and to in (None, seat.node):
                self.mail.append((number, body))
