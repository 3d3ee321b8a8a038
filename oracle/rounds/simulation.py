"""Whole rounds of machines and adversaries with real signatures, messages that take their time, and a contract's twin.

Nothing here is random but by the seed. Clock and network are simulated; statements, signatures and checks are real.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from random import Random

from coincurve import PrivateKey

from domain.hashing import checksum_address, keccak256, word
from ledger.typed_data import address_of
from oracle.rounds.adversaries import LIE, Adversary, Fault, Handed, Plot
from oracle.rounds.agreement import Agreed
from oracle.rounds.machine import RoundMachine
from oracle.rounds.outcome import Outcome
from oracle.rounds.quorum import QuorumRefused, Verifier, require_quorum
from oracle.rounds.refusals import Disagreement
from oracle.rounds.reports import MadeReport, make_report
from oracle.rounds.rules import FieldRule, Request, RequestKind, RoundRules, Timing
from oracle.rounds.statements import Observation, ReportSignature, Statement
from oracle.rounds.steps import Finish, Output, Seat, Send, Submit

CHAIN_ID = 31_337
QUORUM = checksum_address("0x" + "51" * 20)
CONTRACT = checksum_address("0x" + "c0" * 20)
START = 1_700_000_000
MOST_DELAY_MS = 40
TOLERANCE, TIGHT = 10, 4
REMEMBERED_STATEMENTS = 200

MakeMachine = Callable[..., RoundMachine]


@cache
def seats_of(count: int) -> tuple[Seat, ...]:
    """Made-up nodes, ascending; the keys are held open, which signs three times as fast."""
    keys = [PrivateKey(keccak256(f"round node {number}".encode())) for number in range(count)]
    seats = [Seat(address_of(key.public_key), _signer(key)) for key in keys]
    return tuple(sorted(seats, key=lambda seat: int(seat.node, 16)))


def rules_of(seats: Sequence[Seat], deadline_ms: int) -> RoundRules:
    """Rules for the three kinds of request as `truth` tells them."""
    whole = FieldRule(0, 100_000_000, tolerance=TOLERANCE, tight=TIGHT)
    clock = FieldRule(0, (1 << 40) - 1, tolerance=30, tight=30)
    names = ("value", "expected_share_ppb", "sum_insured_cap", "loss", "fraud_score", "confidence_bps")
    return RoundRules(
        tuple(seat.node for seat in seats),
        {"observed_at": clock, **dict.fromkeys(names, whole)},
        Timing(deadline_ms=deadline_ms),
    )


def request_of(number: int, kind: RequestKind) -> Request:
    """The request of a round; every round is about something else."""
    return Request(kind, CHAIN_ID, QUORUM, CONTRACT, (number + 1,), signer_epoch=1)


def truth(request: Request, random: Random) -> Observation:
    """What an ideal node would see."""
    key = f"{request.subjects[0]:064x}"
    middle = random.randrange(100, 9_000)
    numbers: dict[str, int] = {"observed_at": START}
    if request.kind is RequestKind.EVENT:
        numbers[f"value.{key}"] = middle
        decisions = {f"outcome.{key}": word(1)}
    elif request.kind is RequestKind.RISK:
        numbers |= {f"expected_share_ppb.{key}": middle, f"sum_insured_cap.{key}": middle + 50}
        decisions = {f"event.{key}": word(7), f"occurs_at.{key}": word(START + 9), f"commitment.{key}": word(middle)}
    else:
        numbers |= {"loss": middle, "fraud_score": middle // 2, "confidence_bps": 9_000}
        decisions = {"evidence": word(middle), "exclusions": word(0), "nullifiers.0": keccak256(word(middle))}
    source = "source" if request.kind is RequestKind.EVENT else "model"
    return Observation(tuple(sorted(numbers.items())), tuple(sorted(decisions.items())), ((source, word(3)),))


def seen_by(ideal: Observation, random: Random, noise: int = 1) -> Observation:
    """What one honest node sees of it."""
    numbers = tuple((name, value + random.randint(-noise, noise)) for name, value in ideal.numbers)
    return Observation(numbers, ideal.decisions, ideal.versions)


@dataclass
class Result:
    """What came of one round.

    Attributes:
        accepted: Report digests the contract's twin took, or would take from all signatures that were said.
        wrong: Of them, those that say something no honest node would.
        live: Every honest node ended with a report the contract takes.
    """

    accepted: set[bytes] = field(default_factory=set)
    wrong: set[bytes] = field(default_factory=set)
    refused: int = 0
    live: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    took_ms: int = 0
    equivocators: set[str] = field(default_factory=set)


class Simulation:
    """Rounds one after another among the same nodes."""

    def __init__(self, count: int, seed: int, make: MakeMachine = RoundMachine, deadline_ms: int = 30_000) -> None:
        self.seats = seats_of(count)
        self.rules = rules_of(self.seats, deadline_ms)
        self.verifier = Verifier()
        self._random = Random(seed)
        self._plot = Plot()
        self._number = 0
        self._make = make
        self._maker = lru_cache(maxsize=64)(_made)

    def play(self, faults: Sequence[Fault]) -> Result:
        """One round with these faults, at seats drawn by lot."""
        random, kind = self._random, RequestKind(self._number % 3)
        request = request_of(self._number, kind)
        self._number += 1
        places = dict(zip(random.sample(range(len(self.seats)), len(faults)), faults, strict=True))
        liars = [self.seats[place] for place, fault in places.items() if fault is Fault.COLLUDING]
        self._plot.seats, self._plot.lie = liars, random.choice((LIE, TOLERANCE + 3, -TOLERANCE - 3, TOLERANCE - 2))
        stage = _Stage(self, request, places, random)
        result = stage.run()
        self._plot.earlier = (stage.said + self._plot.earlier)[:REMEMBERED_STATEMENTS]
        return result

    def machine(self, request: Request, seat: Seat) -> RoundMachine:
        """A node at the beginning of a round."""
        return self._make(request, self.rules, seat, started_at=0, verifier=self.verifier, maker=self._report)

    def _report(self, request: Request, agreed: Agreed) -> MadeReport:
        """The same report is made once for all nodes: it is a pure function, and most of a round's hashing."""
        made = self._maker(_Held(request), agreed)
        if isinstance(made, Disagreement):
            raise made
        return made

    def adversary(self, request: Request, seat: Seat, fault: Fault) -> Adversary:
        """One that breaks a rule."""
        machine = RoundMachine(request, self.rules, seat, started_at=0, verifier=self.verifier, maker=self._report)
        return Adversary(machine, fault, self._plot, self._random)


class _Held:
    """A request as a key: the same object."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __hash__(self) -> int:
        return hash(self.request.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.request.id == self.request.id


def _made(held: _Held, agreed: Agreed) -> MadeReport | Disagreement:
    try:
        return make_report(held.request, agreed)
    except Disagreement as disagreement:
        return disagreement


class _Stage:
    """One round: who is on it, what is on its way."""

    def __init__(self, play: Simulation, request: Request, places: dict[int, Fault], random: Random) -> None:
        self._play, self._random, self._request = play, random, request
        self._honest: dict[str, RoundMachine] = {}
        self._false: dict[str, Adversary] = {}
        for place, seat in enumerate(play.seats):
            if place in places:
                self._false[seat.node] = play.adversary(request, seat, places[place])
            else:
                self._honest[seat.node] = play.machine(request, seat)
        ideal = truth(request, random)
        self._seen = {seat.node: seen_by(ideal, random) for seat in play.seats}
        self._colluding = Fault.COLLUDING in places.values()
        self._mail: list[tuple[int, int, str, Statement]] = []
        self._posted = 0
        self._open = set(self._honest)
        self._signed: list[ReportSignature] = []
        self._handed: list[Handed] = []
        self._result = Result()
        self.said: list[Statement] = []

    def run(self) -> Result:
        """Until every honest node has ended, which the deadline in the rules makes sure of."""
        for node, seen in self._seen.items():
            self._act(node, lambda side, seen=seen: side.observe(seen, 0), 0)
        now = 0
        while self._open:
            if self._mail:
                now, _, to, statement = heapq.heappop(self._mail)
                self._act(to, lambda side, what=statement, at=now: side.receive(what, at), now)
            else:
                now += self._play.rules.timing.resend_ms
                for node in self._seen:
                    self._act(node, lambda side, at=now: side.tick(at), now)
        self._result.took_ms = now
        return self._judge()

    def _act(self, node: str, do: Callable[..., Sequence[Output]], now: int) -> None:
        adversary = self._false.get(node)
        if adversary is not None:
            outputs: Sequence[Output] = do(adversary)
            self._handed += adversary.handed
            adversary.handed = []
        else:
            outputs = do(self._honest[node])
        for output in outputs:
            if isinstance(output, Send):
                self._post(node, output, now)
            elif isinstance(output, Submit):
                self._handed.append(Handed(output.report.digest, output.signatures))
            elif isinstance(output, Finish):
                self._open.discard(node)
                self._result.outcomes[node] = output.outcome

    def _post(self, sender: str, send: Send, now: int) -> None:
        said = send.statement
        if sender in self._honest:
            self.said.append(said)
        if isinstance(said, ReportSignature):
            self._signed.append(said)
        for node in (send.to,) if send.to else self._seen:
            if node != sender:
                self._posted += 1
                due = now + 1 + int(self._random.random() * MOST_DELAY_MS)
                heapq.heappush(self._mail, (due, self._posted, node, said))

    def _all_said(self) -> list[Handed]:
        """For every report there is, all signatures anybody ever said over it."""
        digests = {o.report.digest for o in self._result.outcomes.values() if o.report}
        digests |= {handed.digest for handed in self._handed}
        verifier, found = self._play.verifier, []
        for digest in digests:
            by_node = {s.node: s.signature for s in self._signed if verifier.signed_by(s.node, digest, s.signature)}
            found.append(Handed(digest, tuple(by_node[node] for node in sorted(by_node, key=lambda n: int(n, 16)))))
        return found

    def _judge(self) -> Result:
        """Hand in all there is, and hold what was accepted against what honest nodes saw."""
        result, rules, verifier = self._result, self._play.rules, self._play.verifier
        for handed in [*self._handed, *self._all_said()]:
            try:
                require_quorum(handed.digest, rules.seats, rules.threshold, handed.signatures, verifier)
                result.accepted.add(handed.digest)
            except QuorumRefused:
                result.refused += 1
        right = {o.report.digest for o in result.outcomes.values() if o.report is not None and self._is_true(o)}
        result.wrong = result.accepted - right
        result.live = all(o.report is not None for o in result.outcomes.values()) and bool(result.accepted & right)
        for machine in self._honest.values():
            result.equivocators |= machine.book.proofs.keys()
        return result

    def _is_true(self, outcome: Outcome) -> bool:
        """Inside what honest nodes saw; with more than f liars, within the tolerance of one of them."""
        assert outcome.agreed is not None
        honest = [dict(self._seen[node].numbers) for node in self._honest]
        decisions = next(iter(self._seen.values())).decisions
        if outcome.agreed.decisions != decisions:
            return False
        return all(self._fits(name, value, [seen[name] for seen in honest]) for name, value in outcome.agreed.numbers)

    def _fits(self, name: str, value: int, honest: Sequence[int]) -> bool:
        rule = self._play.rules.rule_of(name)
        if self._colluding and rule is not None:
            return any(abs(value - seen) <= rule.tolerance for seen in honest)
        return min(honest) <= value <= max(honest)


def _signer(key: PrivateKey) -> Callable[[bytes], bytes]:
    def sign(digest: bytes) -> bytes:
        signature = key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([signature[64] + 27])

    return sign
