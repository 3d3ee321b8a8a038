"""What is known of a claim from chain and terms, as plain data. Times unix seconds, amounts token units."""

from __future__ import annotations

from dataclasses import dataclass

from domain.claim import ClaimState
from domain.claim_ids import split_claim_id
from domain.indemnity_terms import IndemnityTerms
from domain.money import Bps, TokenUnits
from oracle.claims.statement import ClaimStatement
from oracle.evidence.loss import LossTerms, NoticedClaim


@dataclass(frozen=True, slots=True)
class Block:
    """The block everything is read at."""

    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class NoticedAt:
    """A claim's notice on chain. Claims are ordered by block and log index.

    Attributes:
        claimant: Who is paid.
        claimed: Loss.
    """

    claim_id: int
    block_number: int
    log_index: int
    noticed_at: int
    claimant: str
    peril: int
    occurred_at: int
    claimed: TokenUnits
    evidence_root: bytes

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among all notices."""
        return self.block_number, self.log_index

    @property
    def product(self) -> str:
        """Address of the product."""
        return split_claim_id(self.claim_id)[0]

    @property
    def policy_id(self) -> int:
        """Number of the policy."""
        return split_claim_id(self.claim_id)[1]


@dataclass(frozen=True, slots=True)
class ExclusionClause:
    """A clause that holds only for policies that name it."""

    clause_id: str
    code: str
    bit: int


@dataclass(frozen=True)
class ProductFacts:
    """What a product's document says, proven by the hash of the terms on chain.

    Attributes:
        terms: All of them, as the contract keeps them.
        perils: Their ids, by number.
        waiting_seconds: By peril.
        min_confidence_bps: Below it the terms refer a claim to a person.
        min_signatures: At least this many, whatever the set's own threshold.
    """

    address: str
    terms: IndemnityTerms
    document_hash: bytes
    quorum: str
    desk: str
    min_signatures: int
    min_confidence_bps: Bps
    perils: tuple[str, ...]
    waiting_seconds: tuple[int, ...]
    exclusions: tuple[ExclusionClause, ...]
    loss_terms: LossTerms


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The policy as a loss is settled on it.

    Attributes:
        sum_insured: When the loss occurred.
        cover_from: When cover for the peril began, with the first of the policies that renew each other.
        sum_raised_at: When the sum insured was last raised before the loss; None: never.
        exclusions: Clauses excluded when the loss occurred, a bitmap.
    """

    holder: str
    sum_insured: TokenUnits
    cover_from: int
    sum_raised_at: int | None
    exclusions: int


@dataclass(frozen=True)
class ChainClaim:
    """A claim at one block."""

    block: Block
    notice: NoticedAt
    state: ClaimState
    product: ProductFacts
    policy: PolicyFacts
    signer_epoch: int

    @property
    def is_waiting(self) -> bool:
        """Whether a report is still taken."""
        return self.state in (ClaimState.NOTICED, ClaimState.ACKNOWLEDGED)

    def noticed(self, statement: ClaimStatement) -> NoticedClaim:
        """What is assessed: what the chain says, and what only the insurer knows. The later rise of the sum counts."""
        notice, policy = self.notice, self.policy
        told = statement.sum_raised_at
        raised = [at for at in (policy.sum_raised_at, told) if at is not None and at <= notice.occurred_at]
        return NoticedClaim(
            claim_id=notice.claim_id,
            evidence_root=notice.evidence_root,
            claimed=notice.claimed,
            sum_insured=policy.sum_insured,
            cover_from=policy.cover_from,
            occurred_at=notice.occurred_at,
            noticed_at=notice.noticed_at,
            subject=statement.subject,
            peril=self.product.perils[notice.peril],
            policy_exclusions=policy.exclusions,
            sum_raised_at=max(raised, default=None),
            past_amounts_minor=statement.past_amounts_minor,
        )
