"""Nodes in a room where the test carries every message: delays it, repeats it, loses it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from oracle.rounds.machine import RoundMachine
from oracle.rounds.outcome import Outcome
from oracle.rounds.quorum import Verifier
from oracle.rounds.rules import FieldRule, Request, RequestKind, RoundRules, Timing
from oracle.rounds.simulation import CHAIN_ID, CONTRACT, QUORUM, START, seats_of
from oracle.rounds.statements import Observation, ReportSignature, Statement
from oracle.rounds.steps import KeepProof, Output, Send, Store, Submit, Unobserved

CLAIM = 77
FIELDS = {
    "observed_at": FieldRule(0, (1 << 40) - 1, tolerance=60, tight=60),
    "loss": FieldRule(0, 1_000_000, tolerance=20, tight=5),
    "fraud_score": FieldRule(0, 10_000, tolerance=50, tight=50),
    "confidence_bps": FieldRule(0, 10_000, tolerance=500, tight=500),
}
TIMING = Timing(exchange_ms=100, step_ms=300, growth_ms=100, resend_ms=100, deadline_ms=20_000)


def rules(count: int = 4, timing: Timing = TIMING) -> RoundRules:
    return RoundRules(tuple(seat.node for seat in seats_of(count)), FIELDS, timing)


def request(sequence: int = 0, claim: int = CLAIM, epoch: int = 1, refers_below_bps: int = 0) -> Request:
    return Request(
        RequestKind.LOSS, CHAIN_ID, QUORUM, CONTRACT, (claim,), epoch, sequence, refers_below_bps=refers_below_bps
    )


def seen(loss: int = 1_000, *, evidence: int = 5, model: int = 3, observed_at: int = START) -> Observation:
    numbers = (("confidence_bps", 9_000), ("fraud_score", 100), ("loss", loss), ("observed_at", observed_at))
    decisions = (("evidence", bytes31(evidence)), ("exclusions", bytes(32)), ("nullifiers.0", bytes31(9)))
    return Observation(numbers, decisions, (("model", bytes31(model)),))


def bytes31(number: int) -> bytes:
    return number.to_bytes(32, "big")


@dataclass
class Room:
    """Machines and the messages between them; `down` hear and say nothing."""

    machines: list[RoundMachine]
    now: int = 0
    down: set[int] = field(default_factory=set)
    mail: list[tuple[int, Statement]] = field(default_factory=list)
    stored: list[tuple[int, Store]] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    submitted: list[tuple[int, Submit]] = field(default_factory=list)
    proofs: list[KeepProof] = field(default_factory=list)

    def observe(self, number: int, what: Observation | Unobserved) -> None:
        if number not in self.down:
            self.take(number, self.machines[number].observe(what, self.now))

    def deliver(self, place: int = 0, *, keep: bool = False) -> None:
        to, statement = self.mail[place] if keep else self.mail.pop(place)
        if to not in self.down:
            self.take(to, self.machines[to].receive(statement, self.now))

    def tick(self, milliseconds: int = 100) -> None:
        self.now += milliseconds
        for number, machine in enumerate(self.machines):
            if number not in self.down:
                self.take(number, machine.tick(self.now))

    def run(self, until_ms: int = 30_000) -> None:
        """Carry everything in order until nobody has anything left to do."""
        working = set(range(len(self.machines))) - self.down
        while working - self.outcomes.keys() and self.now < until_ms:
            while self.mail:
                self.deliver()
            self.tick()

    def take(self, number: int, outputs: Sequence[Output]) -> None:
        nodes = [machine.seat.node for machine in self.machines]
        for output in outputs:
            if isinstance(output, Send):
                others = [to for to in range(len(nodes)) if to != number and output.to in (None, nodes[to])]
                self.mail += [(to, output.statement) for to in others]
            elif isinstance(output, Store):
                self.stored.append((number, output))
            elif isinstance(output, Submit):
                self.submitted.append((number, output))
            elif isinstance(output, KeepProof):
                self.proofs.append(output)
            else:
                self.outcomes[number] = output.outcome

    def digests_signed(self) -> list[set[bytes]]:
        """For each node, every report signature it stored."""
        found: list[set[bytes]] = [set() for _ in self.machines]
        for number, store in self.stored:
            if isinstance(store.statement, ReportSignature):
                found[number].add(store.statement.signature)
        return found


def room(
    count: int = 4,
    *,
    asked: Request | None = None,
    make: Callable[..., RoundMachine] = RoundMachine,
    timing: Timing = TIMING,
) -> Room:
    verifier, kept, about = Verifier(), rules(count, timing), asked or request()
    return Room([make(about, kept, seat, started_at=0, verifier=verifier) for seat in seats_of(count)])


def leader_first(asked: Request, count: int = 4, *, number: int = 0) -> Request:
    """The request about a claim for which this node leads the first attempt."""
    kept = rules(count)
    claims = (replace(asked, subjects=(claim,)) for claim in range(1, 1_000))
    return next(each for each in claims if kept.leader(each, 0) == kept.signers[number])
