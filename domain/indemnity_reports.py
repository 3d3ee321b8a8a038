"""What is signed about indemnity policies, as plain data: the structs of `contracts/types/IndemnityTypes.sol`.

Ids and amounts are ints, times unix seconds, bytes32 and signatures bytes, addresses checksummed text. The fields stand
in the order they are hashed in.
"""

from dataclasses import dataclass
from enum import IntEnum

from domain.hashing import ZERO_ADDRESS
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier


class Measure(IntEnum):
    """What the underwriter does about a risk above low."""

    NONE = 0
    LOADING = 1
    CAP = 2
    EXCLUSION = 3


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """One application as the oracle sees it; `exclusions` is a bitmap of clauses to exclude for this risk."""

    application_id: int
    score: int
    loss_ratio_bps: Bps
    tier: RiskTier
    rate_ppb: Ppb
    sum_insured_cap: TokenUnits
    exclusions: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class UnderwritingReport:
    """What a quorum of oracle nodes says of a batch of applications."""

    chain_id: int
    product: str
    signer_epoch: int
    observed_at: int
    valid_until: int
    model_hash: bytes
    assessments: tuple[RiskAssessment, ...]


@dataclass(frozen=True, slots=True)
class IndemnityQuote:
    """What the underwriter offers, and the holder accepts word for word.

    Attributes:
        beneficiary: Is paid; the zero address means the holder.
        payer: Of the premium: the holder, or the disbursement contract for an institution's collection.
        subject: Salted hash of what is insured.
        exclusions: Bitmap of clauses that do not apply to this policy.
        starts_at: The past means: at bind.
        renews: Policy this one goes on from; 0: none.
    """

    application_id: int
    holder: str
    beneficiary: str
    payer: str
    underwriter: str
    subject: bytes
    sum_insured: TokenUnits
    premium: TokenUnits
    exclusions: int
    measure: Measure
    starts_at: int
    valid_until: int
    renews: int = 0


@dataclass(frozen=True, slots=True)
class IndemnityBinding:
    """One policy to be bound; `assessment` is an index into the report's assessments.

    Attributes:
        committee: Members who sign, ascending; empty unless the score asks for them.
        committee_signatures: One for each.
    """

    assessment: int
    quote: IndemnityQuote
    underwriter_signature: bytes
    acceptance: bytes
    committee: tuple[str, ...] = ()
    committee_signatures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A change to a policy that underwriter and holder sign.

    Attributes:
        sequence: Number of endorsements before.
        premium_change: Extra premium for a higher sum insured, premium returned for a lower one.
        beneficiary: The zero address means the holder.
        effective_at: The price is that of this moment.
    """

    policy_id: int
    sequence: int
    sum_insured: TokenUnits
    premium_change: TokenUnits
    exclusions: int
    beneficiary: str
    underwriter: str
    effective_at: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A holder's order to end a policy; `sequence` is the number of endorsements before."""

    policy_id: int
    sequence: int
    valid_until: int


def paid_party(holder: str, beneficiary: str) -> str:
    """Who is paid: the beneficiary, or the holder where none is named."""
    return holder if beneficiary == ZERO_ADDRESS else beneficiary
