"""What is signed or handed in about claims, as plain data: the structs of `contracts/types/ClaimTypes.sol`.

Ids and amounts are ints, times unix seconds, bytes32 bytes, addresses checksummed text.
"""

from dataclasses import dataclass
from enum import IntEnum

from domain.indemnity_policy import Cause
from domain.money import Bps, TokenUnits


class ClaimAction(IntEnum):
    """What a claimant can order by signature."""

    WITHDRAW = 0
    ESCALATE = 1
    DISPUTE = 2
    REOPEN = 3
    CHOOSE_INSTITUTION = 4
    TAKE_INSTALMENTS = 5


@dataclass(frozen=True, slots=True)
class Notice:
    """Notice of a loss; `coverage` and `peril` are indices into the terms."""

    product: str
    policy_id: int
    coverage: int
    peril: int
    occurred_at: int
    claimed: TokenUnits
    evidence_root: bytes

    @property
    def cause(self) -> Cause:
        """What was lost by what, and when."""
        return Cause(self.coverage, self.peril, self.occurred_at)


@dataclass(frozen=True, slots=True)
class LossReport:
    """What a quorum of oracle nodes says of a claim.

    Attributes:
        fraud_score: Hundredths of a point, 0 to 10_000.
        exclusions: Clauses the evidence touches, a bitmap.
        nullifiers: Of the incidents behind the loss.
    """

    chain_id: int
    desk: str
    signer_epoch: int
    observed_at: int
    valid_until: int
    claim_id: int
    loss: TokenUnits
    fraud_score: int
    confidence_bps: Bps
    exclusions: int
    evidence_root: bytes
    model_hash: bytes
    nullifiers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """An adjuster's decision.

    Attributes:
        loss: Adjusted; 0 denies.
        clause: It rests on: the hash under the clause's leaf, `Clause.words_hash`.
        proof: From the leaf up to the clause root.
        letter_hash: Of the letter to the claimant.
        instalments: 0 or 1: at once.
    """

    claim_id: int
    loss: TokenUnits
    reason_code: int
    clause: bytes
    proof: tuple[bytes, ...]
    letter_hash: bytes
    instalments: int
    interval_seconds: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class ClaimOrder:
    """A claimant's order, signed."""

    claim_id: int
    action: ClaimAction
    amount: TokenUnits
    evidence_root: bytes
    institution: int
    nonce: int
    deadline: int
