"""Proposing and voting: which of its own statements a node makes next. Two votes in each attempt.

A node approves what agrees with its own observation, unless it is locked on something else; it locks what a quorum
approved; what a quorum locked in one attempt is decided. Source: Buchman, Kwon, Milosevic, "The latest gossip on BFT
consensus" (2018), algorithm 1; the difference is that a node locks only what it would sign itself.

A new proposal whose spread is wide hands the subject to people, so no single liar may bring it about: a node holds it
against the observations it has itself, and waits for those it has not (`_is_open_spread`).
"""

from dataclasses import dataclass, replace

from oracle.rounds.book import RoundBook
from oracle.rounds.examine import Examined, Examiner
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import NOTHING, Observation, Proposal, Stage, Statement, Vote, sign_proposal, sign_vote
from oracle.rounds.steps import Phase, Seat


@dataclass(frozen=True, slots=True)
class Step:
    """What to say; `locked` goes to disk before a vote that locks. `moved`: ask again, there may be more."""

    moved: bool
    says: tuple[Statement, ...] = ()
    locked: Proposal | None = None


WAIT = Step(moved=False)
MOVED = Step(moved=True)


class Voting:
    """Attempt, phase and lock of one node."""

    def __init__(
        self,
        request: Request,
        rules: RoundRules,
        book: RoundBook,
        examiner: Examiner,
        seat: Seat,
        started_at: int,
        now: int,
    ) -> None:
        self._request, self._rules, self._book = request, rules, book
        self._examiner, self._seat = examiner, seat
        self.attempt = 0
        self.phase = Phase.PROPOSE
        self._since = now
        self._proposed = -1
        self._started_at = started_at
        self._locked: Proposal | None = None
        self._valid: Proposal | None = None
        self._grouped: tuple[int, Disagreement | None] = (-1, None)

    @property
    def is_spent(self) -> bool:
        """Whether no attempt is left."""
        return self.attempt >= self._rules.max_attempts

    @property
    def has_locked(self) -> bool:
        """Whether this node is bound to a value."""
        return self._locked is not None

    def restore(self, said: Proposal | Vote) -> None:
        """Go on at least after what was said before a restart."""
        if isinstance(said, Proposal):
            phase = Phase.PROPOSE
            self._proposed = max(self._proposed, said.attempt)
        else:
            phase = Phase.APPROVE if said.stage is Stage.APPROVE else Phase.LOCK
        if (said.attempt, phase) > (self.attempt, self.phase):
            self.attempt, self.phase = said.attempt, phase

    def restore_lock(self, locked: Proposal) -> None:
        """Stay bound to what was locked last."""
        if self._locked is None or _approved_in(locked) > _approved_in(self._locked):
            self._locked = self._valid = locked

    def decision(self) -> tuple[Proposal, tuple[Vote, ...], Examined] | None:
        """What a quorum has locked in one attempt, if the proposal is known here."""
        for attempt in self._book.full_locks:
            carried = self._book.carried(attempt, Stage.LOCK)
            proposal = self._proposal_of(carried[0]) if carried else None
            if carried and proposal:
                return proposal, carried[1], self._examiner.of_proposal(proposal)
        return None

    def next(self, now: int, own: Observation | None) -> Step:
        """The next thing to do."""
        if self._jump(now):
            return MOVED
        if self.phase is Phase.PROPOSE:
            proposed = self._propose(now)
            return proposed if proposed.moved else self._approve(now, own)
        return self._lock(now, own) if self.phase is Phase.APPROVE else self._give_up(now)

    def objectors(self) -> int:
        """Most nodes that in one attempt said they saw something else."""
        return max(self._book.objectors.values(), default=0)

    def group_objection(self) -> Disagreement | None:
        """Why the observations known make no report; None if they do."""
        count = len(self._book.observations)
        if self._grouped[0] != count:
            found: Disagreement | None = None
            try:
                self._examiner.of_group(tuple(self._book.observations.values()))
            except Disagreement as disagreement:
                found = disagreement
            self._grouped = (count, found)
        return self._grouped[1]

    def _proposal_of(self, value: bytes) -> Proposal | None:
        """A proposal that amounts to the value it claims: a liar may claim a good value for other observations."""
        for proposal in self._book.proposals_of(value):
            try:
                self._examiner.of_proposal(proposal)
            except Disagreement:
                continue
            return proposal
        return None

    def _jump(self, now: int) -> bool:
        if self._book.highest_attempt <= self.attempt:
            return False
        ahead = sorted((a for a in self._book.attempts.values() if a > self.attempt), reverse=True)
        if len(ahead) <= self._rules.faults:
            return False
        self._enter(ahead[self._rules.faults], Phase.PROPOSE, now)
        return True

    def _propose(self, now: int) -> Step:
        node, attempt = self._seat.node, self.attempt
        if self._rules.leader(self._request, attempt) != node or self._proposed >= attempt:
            return WAIT
        if self._valid is not None:
            known = self._valid
            value, observations, approvals = known.value, known.observations, known.approvals
        else:
            seen = tuple(self._book.observations.values())
            waited = now - self._started_at >= self._rules.timing.exchange_ms
            if len(seen) < self._rules.threshold or (len(seen) < len(self._rules.signers) and not waited):
                return WAIT
            if self.group_objection() is not None:
                return WAIT
            observations, examined = self._examiner.of_group(seen)
            if not examined.agreed.automatic and not self._has_all(now):
                return WAIT
            value, approvals = examined.value, ()
        self._proposed = attempt
        proposal = sign_proposal(self._request, node, attempt, value, observations, approvals, self._seat.sign)
        return Step(True, (proposal,))

    def _approve(self, now: int, own: Observation | None) -> Step:
        proposals = self._book.proposals.get(self.attempt)
        late = now - self._since >= self._rules.step_ms(self.attempt)
        if not proposals:
            return self._against(Stage.APPROVE, Disagreement(Code.NO_PROPOSAL), now) if late else WAIT
        objection = self._objection(proposals[0], own)
        if objection is None and self._is_open_spread(proposals[0], now):
            objection = Disagreement(Code.SPREAD_OPEN, self._examiner.of_proposal(proposals[0]).agreed.wide)
        if objection is None:
            return self._vote(Stage.APPROVE, proposals[0].value, now)
        if objection.code in (Code.NOT_OBSERVED, Code.SPREAD_OPEN) and not late:
            return WAIT  # this node's own look, or the observations that are missing, may still come
        return self._against(Stage.APPROVE, objection, now)

    def _objection(self, proposal: Proposal, own: Observation | None) -> Disagreement | None:
        objection = self._examiner.objection(proposal, own)
        if objection is not None or self._locked is None or self._locked.value == proposal.value:
            return objection
        freed = proposal.approved_attempt is not None and proposal.approved_attempt >= _approved_in(self._locked)
        return None if freed else Disagreement(Code.LOCKED_OTHERWISE)

    def _is_open_spread(self, proposal: Proposal, now: int) -> bool:
        """Whether a wide proposal need not be wide for all this node knows.

        It need not be where the observations this node holds are tight: more of them never widen a spread, so a leader
        who holds them too proposes them. Nor while some are missing, for half of the round. What a quorum approved once
        is not asked again: nodes may be locked on it.
        """
        if proposal.approvals or self._examiner.of_proposal(proposal).agreed.automatic:
            return False
        try:
            _, examined = self._examiner.of_group(tuple(self._book.observations.values()))
        except Disagreement:
            return not self._has_all(now)
        return examined.agreed.automatic or not self._has_all(now)

    def _has_all(self, now: int) -> bool:
        """Whether all observations are here, or have been waited for long enough."""
        complete = len(self._book.observations) == len(self._rules.signers)
        return complete or now - self._started_at >= self._rules.timing.wide_ms

    def _lock(self, now: int, own: Observation | None) -> Step:
        carried = self._book.carried(self.attempt, Stage.APPROVE)
        votes = self._book.votes_in(self.attempt, Stage.APPROVE)
        if carried and carried[0] != NOTHING:
            proposal = self._proposal_of(carried[0])
            if proposal is not None:
                return self._lock_on(replace(proposal, approvals=carried[1]), now, own)
        if (carried and carried[0] == NOTHING) or len(votes) == len(self._rules.signers):
            return self._against(Stage.LOCK, Disagreement(Code.NO_QUORUM), now)
        late = now - self._since >= self._rules.step_ms(self.attempt)
        if late and len(votes) >= self._rules.threshold:
            return self._against(Stage.LOCK, Disagreement(Code.NO_QUORUM), now)
        return WAIT

    def _lock_on(self, locked: Proposal, now: int, own: Observation | None) -> Step:
        objection = self._examiner.objection(locked, own)
        if objection is not None:
            return self._against(Stage.LOCK, objection, now)
        self._locked = self._valid = locked
        return replace(self._vote(Stage.LOCK, locked.value, now), locked=locked)

    def _give_up(self, now: int) -> Step:
        votes = self._book.votes_in(self.attempt, Stage.LOCK)
        carried = self._book.carried(self.attempt, Stage.LOCK)
        late = now - self._since >= self._rules.step_ms(self.attempt)
        nothing = carried is not None and carried[0] == NOTHING
        if nothing or len(votes) == len(self._rules.signers) or (late and len(votes) >= self._rules.threshold):
            self._enter(self.attempt + 1, Phase.PROPOSE, now)
            return MOVED
        return WAIT

    def _vote(self, stage: Stage, value: bytes, now: int) -> Step:
        vote = sign_vote(self._request, self._seat.node, self.attempt, stage, value, self._seat.sign)
        self._enter(self.attempt, Phase(int(stage) + 1), now)
        return Step(True, (vote,))

    def _against(self, stage: Stage, why: Disagreement, now: int) -> Step:
        attempt, sign, fields = self.attempt, self._seat.sign, why.fields
        vote = sign_vote(self._request, self._seat.node, attempt, stage, NOTHING, sign, code=why.code, fields=fields)
        self._enter(attempt, Phase(int(stage) + 1), now)
        return Step(True, (vote,))

    def _enter(self, attempt: int, phase: Phase, now: int) -> None:
        self.attempt, self.phase, self._since = attempt, phase, now


def _approved_in(locked: Proposal) -> int:
    return locked.approvals[0].attempt
