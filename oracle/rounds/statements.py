"""What nodes say to each other, as plain data, and the EIP-712 digests they sign.

Signatures have 65 bytes, r ‖ s ‖ v with the low s. Digests are kept with the statement: it never changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import TypeAlias

from domain.hashing import keccak256, word
from ledger.typed_data import digest as typed_digest
from ledger.typed_data import type_hash
from oracle.rounds.refusals import Code
from oracle.rounds.rules import Request

NOTHING = bytes(32)
"""The value of a vote against whatever is proposed."""
MOST_VOTE_FIELDS = 32
"""Names in a vote against; there may be more that differ."""
FINDING_TYPE = "Finding(string name,bytes32 value)"
READING_TYPE = "Reading(string name,int256 value)"
OBSERVATION_TYPE = (
    "Observation(bytes32 roundId,bytes32 requestId,uint8 kind,uint32 signerEpoch,address node,Reading[] numbers,"
    "Finding[] decisions,Finding[] versions)" + FINDING_TYPE + READING_TYPE
)
PROPOSAL_TYPE = "Proposal(bytes32 roundId,uint32 attempt,bytes32 value,uint32 approvedAttempt,bytes32[] observations)"
VOTE_TYPE = "Vote(bytes32 roundId,uint32 attempt,uint8 stage,bytes32 value,string code,string[] fields)"

Sign: TypeAlias = Callable[[bytes], bytes]


class Stage(IntEnum):
    """The two votes on a proposal: it agrees with what I saw; enough found that it agrees."""

    APPROVE = 0
    LOCK = 1


@dataclass(frozen=True)
class Observation:
    """What one node saw for one request. Signed once, in the opening round, and good for every attempt.

    Args:
        numbers: By name, ascending; `observed_at` (unix seconds) is one of them.
        decisions: By name, ascending; 32 bytes that must be the same at every node.
        versions: Of models, tables and sources, by name, ascending.
    """

    numbers: tuple[tuple[str, int], ...]
    decisions: tuple[tuple[str, bytes], ...]
    versions: tuple[tuple[str, bytes], ...]

    @cached_property
    def contents_hash(self) -> bytes:
        """Of all it says."""
        readings = b"".join(_pair(READING_TYPE, name, word(value)) for name, value in self.numbers)
        return b"".join((keccak256(readings), _findings(self.decisions), _findings(self.versions)))


@dataclass(frozen=True)
class SignedObservation:
    """An observation with the node's name under it."""

    request: Request
    node: str
    observation: Observation
    signature: bytes

    @cached_property
    def digest(self) -> bytes:
        """What is signed."""
        return observation_digest(self.request, self.node, self.observation)


@dataclass(frozen=True)
class Vote:
    """A vote for one value in one round, or against it with the reason. `value` is `NOTHING` for the latter."""

    request: Request
    node: str
    attempt: int
    stage: Stage
    value: bytes
    code: Code | None
    fields: tuple[str, ...]
    signature: bytes

    @property
    def has_form(self) -> bool:
        """A vote for something gives no reasons: votes are kept, and travel in the certificates of others."""
        if self.value != NOTHING:
            return self.code is None and not self.fields
        return len(self.fields) <= MOST_VOTE_FIELDS

    @cached_property
    def digest(self) -> bytes:
        """What is signed."""
        return vote_digest(self.request, self.attempt, self.stage, self.value, self.code, self.fields)


@dataclass(frozen=True)
class Proposal:
    """The leader's choice of observations; the report follows from them.

    Args:
        value: keccak(report digest, hash of the observations): what is voted on.
        approvals: Empty for a new value; else the votes that once approved it, all of one earlier attempt.
    """

    request: Request
    node: str
    attempt: int
    value: bytes
    observations: tuple[SignedObservation, ...]
    approvals: tuple[Vote, ...]
    signature: bytes

    @cached_property
    def approved_attempt(self) -> int | None:
        """The attempt in which it was approved before."""
        return self.approvals[0].attempt if self.approvals else None

    @cached_property
    def digest(self) -> bytes:
        """What is signed."""
        return proposal_digest(self.request, self.attempt, self.value, self.approved_attempt, self.observations)


@dataclass(frozen=True)
class ReportSignature:
    """A signature for the chain, with what shows that it was decided: the proposal and the votes that locked it.

    Args:
        signature: Over the report's own digest, as `OracleQuorum` recovers it.
    """

    request: Request
    node: str
    proposal: Proposal
    locks: tuple[Vote, ...]
    signature: bytes


Statement: TypeAlias = SignedObservation | Proposal | Vote | ReportSignature


def observation_digest(request: Request, node: str, observation: Observation) -> bytes:
    """What a node signs of what it saw: bound to chain, quorum, request and signer set."""
    head = request.round_id(0) + request.id + word(int(request.kind)) + word(request.signer_epoch)
    head += bytes(12) + bytes.fromhex(node[2:])
    return typed_digest(request.separator, keccak256(type_hash(OBSERVATION_TYPE) + head + observation.contents_hash))


def vote_digest(
    request: Request, attempt: int, stage: Stage, value: bytes, code: Code | None, fields: Sequence[str]
) -> bytes:
    """What a node signs of a vote."""
    reason = _text_hash(code.value if code else "") + keccak256(b"".join(_text_hash(name) for name in fields))
    head = request.round_id(attempt) + word(attempt) + word(int(stage)) + value
    return typed_digest(request.separator, keccak256(type_hash(VOTE_TYPE) + head + reason))


def proposal_digest(
    request: Request,
    attempt: int,
    value: bytes,
    approved_attempt: int | None,
    observations: Sequence[SignedObservation],
) -> bytes:
    """What a leader signs. An earlier attempt is told by its number plus 1; 0: none."""
    approved = 0 if approved_attempt is None else approved_attempt + 1
    head = request.round_id(attempt) + word(attempt) + value + word(approved) + observations_hash(observations)
    return typed_digest(request.separator, keccak256(type_hash(PROPOSAL_TYPE) + head))


def observations_hash(observations: Sequence[SignedObservation]) -> bytes:
    """Of whose observations stand behind a proposal, and what they say."""
    return keccak256(b"".join(each.digest for each in observations))


def value_of(report_digest: bytes, observations: Sequence[SignedObservation]) -> bytes:
    """What is voted on: one report and the observations it rests on."""
    return keccak256(report_digest + observations_hash(observations))


def sign_observation(request: Request, node: str, observation: Observation, sign: Sign) -> SignedObservation:
    """An observation with the node's name under it."""
    return SignedObservation(request, node, observation, sign(observation_digest(request, node, observation)))


def sign_vote(
    request: Request,
    node: str,
    attempt: int,
    stage: Stage,
    value: bytes,
    sign: Sign,
    *,
    code: Code | None = None,
    fields: tuple[str, ...] = (),
) -> Vote:
    """A vote with the node's name under it; of `fields` the first `MOST_VOTE_FIELDS`."""
    fields = fields[:MOST_VOTE_FIELDS]
    signature = sign(vote_digest(request, attempt, stage, value, code, fields))
    return Vote(request, node, attempt, stage, value, code, fields, signature)


def sign_proposal(
    request: Request,
    node: str,
    attempt: int,
    value: bytes,
    observations: tuple[SignedObservation, ...],
    approvals: tuple[Vote, ...],
    sign: Sign,
) -> Proposal:
    """A proposal with the leader's name under it."""
    approved = approvals[0].attempt if approvals else None
    signature = sign(proposal_digest(request, attempt, value, approved, observations))
    return Proposal(request, node, attempt, value, observations, approvals, signature)


def _findings(findings: Sequence[tuple[str, bytes]]) -> bytes:
    return keccak256(b"".join(_pair(FINDING_TYPE, name, value) for name, value in findings))


def _pair(type_string: str, name: str, value: bytes) -> bytes:
    return keccak256(type_hash(type_string) + _text_hash(name) + value)


@lru_cache(maxsize=4_096)
def _text_hash(text: str) -> bytes:
    return keccak256(text.encode())
