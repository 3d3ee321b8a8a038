"""One node in one request, as a pure state machine: statements, own observation and clock in; steps to take out.

    observe → exchange → propose → check (approve, lock) → sign → submit

A node signs the report only once enough nodes have locked it in one attempt, so no two honest nodes ever sign
different ones (docs/decisions/0036). Whoever runs the machine does its outputs in their order, `Store` before all else.
"""

from collections.abc import Mapping, Sequence

from oracle.rounds.book import RoundBook
from oracle.rounds.closing import outcome_of, reasons_of
from oracle.rounds.examine import Examined, Examiner
from oracle.rounds.outcome import Outcome, Reason
from oracle.rounds.quorum import Verifier
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.reports import ReportMaker, make_report
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import (
    Observation,
    Proposal,
    ReportSignature,
    SignedObservation,
    Stage,
    Statement,
    Vote,
    sign_observation,
)
from oracle.rounds.steps import Finish, KeepProof, Output, Seat, Send, Store, Submit, Unobserved, require_seat, slot_of
from oracle.rounds.voting import Voting

MAX_ANSWERS = 64
"""To one node, after the round is over here."""
MOST_RESEND_TIMES = 8
"""What was said is said again ever more seldom while nothing moves: up to so many times `resend_ms` apart."""


class RoundMachine:
    """One node in one request.

    Args:
        started_at: Milliseconds of this node's clock when the request was first seen.
        resumed_at: When it was restarted; phases are timed from there.
        said: What this node said before a restart, by slot; it goes on from there and says nothing else instead.
        closed: The round had ended before the restart: nothing new is said, only others are helped.
    """

    def __init__(
        self,
        request: Request,
        rules: RoundRules,
        seat: Seat,
        *,
        started_at: int,
        resumed_at: int | None = None,
        verifier: Verifier | None = None,
        maker: ReportMaker = make_report,
        said: Mapping[str, Statement] | None = None,
        closed: bool = False,
    ) -> None:
        require_seat(request, rules, seat)
        self.request, self.rules, self.seat = request, rules, seat
        self.outcome: Outcome | None = None
        self._closed = closed
        self._verifier = verifier or Verifier()
        self.book = RoundBook(request, rules, self._verifier)
        self._examiner = Examiner(request, rules, maker)
        self._started_at = started_at
        self._now = self._said_at = started_at if resumed_at is None else resumed_at
        self._resend_ms = rules.timing.resend_ms
        self.repeated = 0
        self._mine: dict[str, Statement] = {}
        self._out: list[Output] = []
        self._decided: tuple[Proposal, tuple[Vote, ...], Examined] | None = None
        self._signatures: dict[str, bytes] = {}
        self._unobserved: Unobserved | None = None
        self._proofs_told: set[str] = set()
        self._answered: dict[str, tuple[int, int]] = {}
        self.voting = Voting(request, rules, self.book, self._examiner, seat, started_at, self._now)
        self._restore(said or {})

    @property
    def observed(self) -> bool:
        """Whether this node has said what it saw, or that it could not see."""
        return "observation" in self._mine or self._unobserved is not None

    def observe(self, seen: Observation | Unobserved, now: int) -> tuple[Output, ...]:
        """What this node saw itself. Only the first counts."""
        self._enter(now)
        if not self.observed and self._is_open:
            if isinstance(seen, Unobserved):
                self._unobserved = seen
            else:
                self._say(sign_observation(self.request, self.seat.node, seen, self.seat.sign))
                self._sign()
        return self._leave()

    def receive(self, statement: Statement, now: int) -> tuple[Output, ...]:
        """A statement of another node; what is not rightly signed changes nothing."""
        self._enter(now)
        if self._is_open:
            self._take(statement)
        else:
            self._answer(statement.node)
        return self._leave()

    def tick(self, now: int, *, repeat: bool = True) -> tuple[Output, ...]:
        """Time has passed; `repeat`: what was said may be said again, if it is due."""
        self._enter(now)
        if repeat and self._is_open and self._now - self._said_at >= self._resend_ms:
            self._said_at = self._now
            self._resend_ms = min(2 * self._resend_ms, MOST_RESEND_TIMES * self.rules.timing.resend_ms)
            again = self._current()
            self.repeated += len(again)
            self._out.extend(map(Send, again))
        return self._leave()

    @property
    def patience(self) -> tuple[int, int]:
        """How long it waits before it says something again, and when it last spoke; milliseconds."""
        return self._resend_ms, self._said_at

    def _answer(self, node: str) -> None:
        """Help one who is late; not at every word, and not for ever."""
        own = self._mine.get("signature")
        count, last = self._answered.get(node, (0, -self.rules.timing.resend_ms))
        due = self._now - last >= self.rules.timing.resend_ms and count < MAX_ANSWERS
        if own is not None and due and node in self.rules.seats and node != self.seat.node:
            self._answered[node] = (count + 1, self._now)
            self._out.append(Send(own, to=node))

    def _enter(self, now: int) -> None:
        self._now = max(self._now, now)
        self._out = []

    def _leave(self) -> tuple[Output, ...]:
        while self._is_open and self._step():
            pass
        for node, proof in self.book.proofs.items():
            if node not in self._proofs_told:
                self._proofs_told.add(node)
                self._out.append(KeepProof(proof))
        return tuple(self._out)

    def _step(self) -> bool:
        if self._decided is None:
            found = self.voting.decision()
            if found is not None:
                return self._decide(*found)
        elif len(self._signatures) >= self.rules.signatures_needed:
            return self._complete()
        if self._is_over():
            return self._finish(None)
        if self._decided is not None:
            return False
        step = self.voting.next(self._now, self.own)
        for statement in step.says:
            self._say(statement, step.locked)
        return step.moved

    @property
    def _is_open(self) -> bool:
        return self.outcome is None and not self._closed

    @property
    def own(self) -> Observation | None:
        """What this node saw."""
        mine = self._mine.get("observation")
        return mine.observation if isinstance(mine, SignedObservation) else None

    def _say(self, statement: Statement, locked: Proposal | None = None) -> None:
        slot = slot_of(statement)
        if slot in self._mine:
            return
        binds_until = 0
        if locked is not None and isinstance(statement, Vote):
            record = f"locked/{statement.attempt}"
            if record not in self._mine:  # it is there if the node was killed before it voted
                self._mine[record] = locked
                self._out.append(Store(record, locked))
            binds_until = self._examiner.of_proposal(locked).made.valid_until
        if isinstance(statement, ReportSignature):
            binds_until = self._examiner.of_proposal(statement.proposal).made.valid_until
        self._mine[slot] = statement
        self._said_at = self._now
        self._resend_ms = self.rules.timing.resend_ms
        self._out += [Store(slot, statement, binds_until), Send(statement)]
        self._take(statement)

    def _take(self, statement: Statement) -> None:
        if isinstance(statement, SignedObservation):
            self.book.add_observation(statement, self._now)
        elif isinstance(statement, Proposal):
            self.book.add_proposal(statement, self._now)
        elif isinstance(statement, Vote):
            self.book.add_vote(statement)
        else:
            self._take_signature(statement)

    def _take_signature(self, said: ReportSignature) -> None:
        if said.node in self._signatures:
            return
        proposal, locks = said.proposal, said.locks
        if self._decided is None:
            if not self.book.is_certificate(locks, proposal.value, Stage.LOCK):
                return
            if not self.book.has_right_observations(proposal):
                return
            try:
                examined = self._examiner.of_proposal(proposal)
            except Disagreement:
                return
            self._decide(proposal, locks, examined)
        if self._decided is None or self._decided[0].value != proposal.value:
            return
        right = self._verifier.signed_by(said.node, self._decided[2].made.digest, said.signature)
        if right and said.node in self.rules.seats:
            self._signatures[said.node] = said.signature

    def _decide(self, proposal: Proposal, locks: Sequence[Vote], examined: Examined) -> bool:
        self._decided = (proposal, tuple(locks), examined)
        for each in proposal.observations:
            self.book.add_observation(each, self._now)
        self._sign()
        return True

    def _sign(self) -> None:
        """Sign what was decided, once, if it agrees with what this node saw."""
        if self._decided is None or "signature" in self._mine:
            return
        proposal, locks, examined = self._decided
        if self._examiner.objection(proposal, self.own) is None:
            signature = self.seat.sign(examined.made.digest)
            self._say(ReportSignature(self.request, self.seat.node, proposal, locks, signature))

    def _complete(self) -> bool:
        assert self._decided is not None
        ordered = sorted(self._signatures, key=lambda node: int(node, 16))
        signatures = tuple(self._signatures[node] for node in ordered)
        self._out.append(Submit(self._decided[2].made, signatures))
        return self._finish(signatures)

    def _is_over(self) -> bool:
        if self._now - self._started_at >= self.rules.timing.deadline_ms:
            return True
        return self._decided is None and (self.voting.is_spent or self._is_hopeless())

    def _is_hopeless(self) -> bool:
        """More nodes saw something else than may be missing; or all have spoken and no choice of them agrees."""
        if self.voting.objectors() > len(self.rules.signers) - self.rules.threshold:
            return True
        if len(self.book.observations) < len(self.rules.signers) or self.voting.has_locked:
            return False
        if self.book.proposals:
            return False
        return self.voting.group_objection() is not None

    def _finish(self, signatures: tuple[bytes, ...] | None) -> bool:
        signed = signatures is not None
        examined = self._decided[2] if self._decided else None
        attempt = self._decided[1][0].attempt if self._decided else None
        failed = [Reason(self.seat.node, Code.NOT_OBSERVED, self._unobserved.fields)] if self._unobserved else []
        apart = None if self._decided else self.voting.group_objection()
        if apart is not None:
            failed.append(Reason(self.seat.node, apart.code, apart.fields))
        missing = [] if signed or self._decided is None else list(self.rules.seats - self._signatures.keys())
        reasons = reasons_of(self.rules, self.book, examined, failed, missing)
        self.outcome = outcome_of(
            self.request, self.rules, self.book, examined, attempt, signatures or (), self._signatures.keys(), reasons,
            started_at=self._started_at, now=self._now,
        )  # fmt: skip
        self._out.append(Finish(self.outcome))
        return True

    def _current(self) -> list[Statement]:
        """What is worth saying again: what is good in any attempt, and the words of this attempt and the one before."""
        final = self._mine.get("signature")
        if final is not None:
            return [final]
        return [statement for slot, statement in self._mine.items() if self._is_recent(slot)]

    def _is_recent(self, slot: str) -> bool:
        kind, _, attempt = slot.partition("/")
        return kind != "locked" and (not attempt or int(attempt) >= self.voting.attempt - 1)

    def _restore(self, said: Mapping[str, Statement]) -> None:
        for slot, statement in said.items():
            self._mine[slot] = statement
            if slot.startswith("locked/") and isinstance(statement, Proposal):
                self.voting.restore_lock(statement)
            else:
                self._take(statement)
                if isinstance(statement, Proposal | Vote):
                    self.voting.restore(statement)
