"""What a node has heard of one request: only what is rightly signed, once of each kind, twice kept as proof."""

from collections.abc import Sequence
from itertools import pairwise

from oracle.rounds.agreement import check_form
from oracle.rounds.outcome import Proof
from oracle.rounds.quorum import Verifier
from oracle.rounds.refusals import OWN_OBJECTIONS, Disagreement
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import NOTHING, Proposal, SignedObservation, Stage, Vote

MAX_PROPOSALS = 4
"""Of one attempt that are remembered: a leader who makes more than one lies anyway."""


class RoundBook:
    """Statements of one request in one signer epoch."""

    def __init__(self, request: Request, rules: RoundRules, verifier: Verifier) -> None:
        self._request = request
        self._rules = rules
        self._verifier = verifier
        self.observations: dict[str, SignedObservation] = {}
        self.proposals: dict[int, list[Proposal]] = {}
        self.votes: dict[tuple[int, Stage], dict[str, Vote]] = {}
        self.proofs: dict[str, Proof] = {}
        self.attempts: dict[str, int] = {}
        self.highest_attempt = 0
        self.objectors: dict[int, int] = {}
        self.full_locks: list[int] = []
        self.heard_at: dict[str, int] = {}

    def add_observation(self, signed: SignedObservation, now: int) -> bool:
        """Remember an observation; False if it is not new or not right."""
        known = self.observations.get(signed.node)
        if known is signed or not self.is_right(signed):
            return False
        if known is not None:
            self._keep_proof(known, signed)
            return False
        self.observations[signed.node] = signed
        self.heard_at[signed.node] = now
        return True

    def add_proposal(self, proposal: Proposal, now: int) -> bool:
        """Remember a leader's proposal and the observations in it."""
        attempt, known = proposal.attempt, self.proposals.get(proposal.attempt, [])
        if any(proposal is each or proposal.digest == each.digest for each in known):
            return False
        if not self._attempt_fits(attempt) or proposal.node != self._rules.leader(self._request, attempt):
            return False
        if not self._signed(proposal) or not self.has_right_observations(proposal):
            return False
        if not self._approvals_fit(proposal):
            return False
        if known:
            self._keep_proof(known[0], proposal)
        for each in proposal.observations:
            self.add_observation(each, now)
        self._note_attempt(proposal.node, attempt)
        if len(known) < MAX_PROPOSALS:
            self.proposals.setdefault(attempt, []).append(proposal)
        return len(known) < MAX_PROPOSALS

    def add_vote(self, vote: Vote) -> bool:
        """Remember a vote; the first of a node counts."""
        known = self.votes_in(vote.attempt, vote.stage).get(vote.node)
        if known is vote or not self._is_vote(vote):
            return False
        if known is not None:
            if known.digest != vote.digest:
                self._keep_proof(known, vote)
            return False
        self.votes.setdefault((vote.attempt, vote.stage), {})[vote.node] = vote
        self._note_attempt(vote.node, vote.attempt)
        self._count(vote)
        return True

    def votes_in(self, attempt: int, stage: Stage) -> dict[str, Vote]:
        """Votes of one stage, by node."""
        return self.votes.get((attempt, stage), {})

    def carried(self, attempt: int, stage: Stage) -> tuple[bytes, tuple[Vote, ...]] | None:
        """The value that has enough votes, `NOTHING` among them, and as many of those votes as the threshold."""
        votes = self.votes.get((attempt, stage), {})
        if len(votes) < self._rules.threshold:
            return None
        by_value: dict[bytes, list[Vote]] = {}
        for vote in votes.values():
            by_value.setdefault(vote.value, []).append(vote)
        for value, group in by_value.items():
            if len(group) >= self._rules.threshold:
                return value, tuple(sorted(group, key=lambda vote: vote.node.lower())[: self._rules.threshold])
        return None

    def proposals_of(self, value: bytes) -> list[Proposal]:
        """Proposals that claim this value, whatever their attempt. Not every one need amount to it."""
        return [each for known in self.proposals.values() for each in known if each.value == value]

    def is_right(self, signed: SignedObservation) -> bool:
        """Whether an observation is of this request, in form, and signed by the node it names."""
        if not self._is_mine(signed.request) or signed.node not in self._rules.seats:
            return False
        if not self._verifier.signed_by(signed.node, signed.digest, signed.signature):
            return False
        try:
            check_form(self._rules, signed.observation)
        except Disagreement:
            return False
        return True

    def has_right_observations(self, proposal: Proposal) -> bool:
        """As many observations as the threshold or more, of different nodes, ascending, each right."""
        nodes = [int(each.node, 16) for each in proposal.observations]
        if not self._rules.threshold <= len(nodes) <= len(self._rules.signers):
            return False
        if any(left >= right for left, right in pairwise(nodes)):
            return False
        return all(self.observations.get(each.node) is each or self.is_right(each) for each in proposal.observations)

    def is_certificate(self, votes: Sequence[Vote], value: bytes, stage: Stage) -> bool:
        """Enough votes of different nodes for one value in one attempt."""
        if len({vote.node for vote in votes}) != len(votes) or len(votes) < self._rules.threshold:
            return False
        attempt = votes[0].attempt
        alike = all((vote.attempt, vote.stage, vote.value) == (attempt, stage, value) for vote in votes)
        return alike and value != NOTHING and all(self._is_vote(vote) for vote in votes)

    def _approvals_fit(self, proposal: Proposal) -> bool:
        if not proposal.approvals:
            return True
        earlier = proposal.approvals[0].attempt < proposal.attempt
        return earlier and self.is_certificate(proposal.approvals, proposal.value, Stage.APPROVE)

    def _is_vote(self, vote: Vote) -> bool:
        return vote.has_form and self._attempt_fits(vote.attempt) and self._signed(vote)

    def _signed(self, statement: Vote | Proposal) -> bool:
        if not self._is_mine(statement.request) or statement.node not in self._rules.seats:
            return False
        return self._verifier.signed_by(statement.node, statement.digest, statement.signature)

    def _is_mine(self, request: Request) -> bool:
        mine = self._request
        return request is mine or (request.id == mine.id and request.signer_epoch == mine.signer_epoch)

    def _attempt_fits(self, attempt: int) -> bool:
        return 0 <= attempt < self._rules.max_attempts

    def _count(self, vote: Vote) -> None:
        """How many saw something else in an attempt, and in which attempts a value may be locked."""
        if vote.stage is Stage.APPROVE and vote.code in OWN_OBJECTIONS:
            self.objectors[vote.attempt] = self.objectors.get(vote.attempt, 0) + 1
        if vote.stage is Stage.LOCK and len(self.votes[vote.attempt, vote.stage]) == self._rules.threshold:
            self.full_locks.append(vote.attempt)

    def _note_attempt(self, node: str, attempt: int) -> None:
        self.attempts[node] = max(attempt, self.attempts.get(node, 0))
        self.highest_attempt = max(attempt, self.highest_attempt)

    def _keep_proof(
        self, first: SignedObservation | Proposal | Vote, second: SignedObservation | Proposal | Vote
    ) -> None:
        if first.digest != second.digest:
            self.proofs.setdefault(first.node, Proof(first.node, first, second))
