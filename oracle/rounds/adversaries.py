"""Nodes that fail or lie, each in one way, for simulations and tests. They follow the round and then break one rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from domain.hashing import keccak256
from ledger.typed_data import SECP256K1_ORDER
from oracle.rounds.agreement import Agreed
from oracle.rounds.machine import RoundMachine
from oracle.rounds.reports import make_report
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import (
    NOTHING,
    Observation,
    Proposal,
    ReportSignature,
    SignedObservation,
    Stage,
    Statement,
    Vote,
    sign_observation,
    sign_proposal,
    sign_vote,
    value_of,
)
from oracle.rounds.steps import Output, Seat, Send, Submit

LIE = 20_000
"""Added to every number by those who lie about numbers: far outside any tolerance."""
PAST = 86_400
"""Seconds a stale node is behind."""


class Fault(StrEnum):
    """The ways to fail."""

    SILENT = "silent"
    OUTLIER = "outlier"
    STALE = "stale"
    EQUIVOCATING = "equivocating"
    REPLAYING = "replaying"
    WRONG_DOMAIN = "wrong domain"
    HIGH_S = "high s"
    DUPLICATE_SIGNER = "duplicate signer"
    COLLUDING = "colluding"


@dataclass(frozen=True, slots=True)
class Handed:
    """Signatures somebody hands in for a report digest."""

    digest: bytes
    signatures: tuple[bytes, ...]


@dataclass
class Plot:
    """What liars share: what was said in earlier rounds, and what each of them has signed of this one."""

    earlier: list[Statement] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    lie: int = LIE


def false_observation(fault: Fault, seen: Observation, plot: Plot) -> Observation:
    """What a node with this fault says it saw."""
    if fault is Fault.STALE:
        return replace(seen, numbers=tuple((k, v - PAST if k == "observed_at" else v) for k, v in seen.numbers))
    if fault in (Fault.OUTLIER, Fault.COLLUDING):
        return _shifted(seen, plot.lie if fault is Fault.COLLUDING else LIE)
    return seen


class Adversary:
    """A node that breaks one rule. Same inputs as a machine; says to whom it says what, and hands in what it likes."""

    def __init__(self, machine: RoundMachine, fault: Fault, plot: Plot, random: Random) -> None:
        self._machine, self._fault, self._plot, self._random = machine, fault, plot, random
        self._request: Request = machine.request
        self._rules: RoundRules = machine.rules
        self._seat = machine.seat
        self._replayed = self._attacked = False
        self.handed: list[Handed] = []

    def observe(self, seen: Observation, now: int) -> list[Send]:
        """It has looked."""
        outputs = self._machine.observe(false_observation(self._fault, seen, self._plot), now)
        return self._twisted(outputs)

    def receive(self, statement: Statement, now: int) -> list[Send]:
        """Another node said something."""
        if self._fault is Fault.SILENT:
            return []
        sends = self._twisted(self._machine.receive(statement, now))
        return [*sends, *self._attack()] if self._fault is Fault.COLLUDING else sends

    def tick(self, now: int) -> list[Send]:
        """Time has passed."""
        return self._twisted(self._machine.tick(now))

    def _twisted(self, outputs: Sequence[Output]) -> list[Send]:
        sends: list[Send] = []
        for output in outputs:
            if isinstance(output, Submit):
                self._hand_in(output.report.digest, output.signatures)
            elif isinstance(output, Send):
                sends += self._twist(output)
        return sends

    def _twist(self, send: Send) -> list[Send]:
        said = send.statement
        if self._fault is Fault.SILENT:
            return []
        if self._fault is Fault.HIGH_S:
            return [Send(replace(said, signature=high_s(said.signature)), send.to)]
        if self._fault is Fault.WRONG_DOMAIN:
            return [Send(self._in_other_domain(said), send.to)]
        if self._fault is Fault.EQUIVOCATING:
            return self._both_ways(said)
        if self._fault is Fault.REPLAYING:
            return [send, *self._replays()]
        if self._fault is Fault.DUPLICATE_SIGNER:
            names = [node for node in self._rules.signers if node != self._seat.node]
            return [send, *(Send(replace(said, node=node), send.to) for node in names)]
        return [send]

    def _hand_in(self, digest: bytes, signatures: tuple[bytes, ...]) -> None:
        """The good report, made bad in every way the contract knows."""
        mine = self._seat.sign(digest)
        threshold = self._rules.threshold
        self.handed += [
            Handed(digest, (mine,) * threshold),
            Handed(digest, tuple(map(high_s, signatures))),
            Handed(digest, signatures[::-1]),
            Handed(digest, signatures[: threshold - 1]),
            Handed(digest, (*signatures[: threshold - 1], signatures[threshold - 2])),
        ]

    def _attack(self) -> list[Send]:
        """Colluders, as soon as they know enough honest observations: a false report with a proposal, all their votes
        and all their signatures; handed in as it is, and filled up with repeats and twins of their own signatures.
        """
        seen, liars = self._machine.own, sorted(self._plot.seats, key=_place)
        names = {liar.node for liar in liars}
        honest = [each for each in self._machine.book.observations.values() if each.node not in names]
        if self._attacked or seen is None or len(honest) + len(liars) < self._rules.threshold:
            return []
        self._attacked = True
        request, sign, node = self._request, self._seat.sign, self._seat.node
        lies = [sign_observation(request, liar.node, seen, liar.sign) for liar in liars]
        chosen = [*lies, *honest[: self._rules.threshold - len(lies)]] if len(lies) < self._rules.threshold else lies
        mixed = tuple(sorted(chosen, key=lambda each: int(each.node, 16)))
        digest = self._false_report(seen)
        value, attempt = value_of(digest, mixed), self._own_attempt()
        proposal = sign_proposal(request, node, attempt, value, mixed, (), sign)
        votes = [sign_vote(request, each.node, attempt, stage, value, each.sign) for stage in Stage for each in liars]
        locks = tuple(vote for vote in votes if vote.stage is Stage.LOCK)
        signed = [ReportSignature(request, each.node, proposal, locks, each.sign(digest)) for each in liars]
        ours = tuple(each.signature for each in signed)
        twins = tuple(map(high_s, ours))
        self.handed += [Handed(digest, ours), Handed(digest, ours + ours[-1:]), Handed(digest, ours + twins)]
        said: list[Statement] = [proposal, *votes, *signed]
        return [Send(each) for each in said]

    def _false_report(self, seen: Observation) -> bytes:
        """The report that says what the liars say they saw."""
        spreads = tuple((name, 0) for name, _ in seen.numbers)
        agreed = Agreed(seen.numbers, seen.decisions, seen.versions, spreads, ())
        return make_report(self._request, agreed).digest

    def _own_attempt(self) -> int:
        """The first attempt that is its own to lead."""
        attempts = range(len(self._rules.signers))
        return next(each for each in attempts if self._rules.leader(self._request, each) == self._seat.node)

    def _both_ways(self, said: Statement) -> list[Send]:
        """One thing to half of the nodes, another to the rest."""
        other = self._other(said)
        nodes = [node for node in self._rules.signers if node != self._seat.node]
        self._random.shuffle(nodes)
        half = len(nodes) // 2
        return [Send(said, node) for node in nodes[:half]] + [Send(other, node) for node in nodes[half:]]

    def _other(self, said: Statement) -> Statement:
        request, node, sign = self._request, self._seat.node, self._seat.sign
        if isinstance(said, SignedObservation):
            return sign_observation(request, node, _shifted(said.observation, 1), sign)
        if isinstance(said, Vote):
            value = NOTHING if said.value != NOTHING else keccak256(said.digest)
            return sign_vote(request, node, said.attempt, said.stage, value, sign)
        if isinstance(said, Proposal) and len(said.observations) > self._rules.threshold:
            return sign_proposal(request, node, said.attempt, said.value, said.observations[1:], (), sign)
        return replace(said, signature=sign(keccak256(said.signature)))

    def _in_other_domain(self, said: Statement) -> Statement:
        """Signed for the chain with the next number, and shown as if for this one."""
        abroad = replace(self._request, chain_id=self._request.chain_id + 1)
        if isinstance(said, ReportSignature):
            return replace(said, signature=self._seat.sign(keccak256(said.signature)))
        return replace(said, signature=self._seat.sign(replace(said, request=abroad).digest))

    def _replays(self) -> list[Send]:
        if self._replayed:
            return []
        self._replayed = True
        chosen = self._random.sample(self._plot.earlier, min(12, len(self._plot.earlier)))
        return [Send(each) for each in chosen] + [Send(replace(each, request=self._request)) for each in chosen]


def high_s(signature: bytes) -> bytes:
    """The other signature of the same key over the same digest, which the contract refuses."""
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def _shifted(seen: Observation, by: int) -> Observation:
    return replace(seen, numbers=tuple((k, v if k == "observed_at" else v + by) for k, v in seen.numbers))


def _place(seat: Seat) -> int:
    return int(seat.node, 16)
