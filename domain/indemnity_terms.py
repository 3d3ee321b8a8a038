"""The terms of an indemnity product as the contract keeps them, and their hash."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass

from domain.hashing import address_word, bytes32, checksum_address, keccak256, word
from domain.money import Bps, TokenUnits
from domain.tiers import RiskTier, TierBounds

MAX_COVERAGES = 4
MAX_PERILS = 32

TIER_BOUNDS_TYPE = (
    "TierBounds(uint16 mediumFromScore,uint16 highAboveScore,uint16 mediumFromRatioBps,uint16 highAboveRatioBps)"
)
TIER_TABLE_FIELDS = (
    "TierTable(TierBounds bounds,uint16 lowFactorBps,uint16 mediumFactorBps,uint16 loadedFactorBps,"
    "uint16 highFactorBps,uint16 committeeAboveScore,uint64 cappedSumInsured,bool highAccepted)"
)
CLAIM_RULES_TYPE = (
    "ClaimRules(uint32 noticeWindowSeconds,uint16 acknowledgeDays,uint16 decideDaysLow,uint16 decideDays,"
    "uint32 disputeWindowSeconds,uint32 reopenWindowSeconds,uint16 interestBps,uint16 interestCapBps,uint8 autoTier,"
    "uint16 maxFraudScore,uint16 minConfidenceBps,uint64 autoLimit,uint64 secondSignatureAbove,uint16 depositBps,"
    "uint64 depositCap)"
)
COVERAGE_TYPE = "Coverage(uint32 perils,uint16 limitBps,uint16 claimLimitBps,uint16 shareBps,uint64 deductible)"
INDEMNITY_TERMS_FIELDS = (
    "IndemnityTerms(address treasury,address quorum,address desk,address disbursement,bytes32 clauseRoot,"
    "bytes32 documentHash,uint64 minSumInsured,uint64 maxSumInsured,uint64 minPremium,uint32 periodSeconds,"
    "uint32 maxLeadSeconds,uint8 minSignatures,TierTable tiers,ClaimRules claims,Coverage[] coverages,"
    "uint32[] waitingSeconds)"
)
# EIP-712: the struct itself, then those it refers to in the order of their names.
INDEMNITY_TERMS_TYPE = INDEMNITY_TERMS_FIELDS + CLAIM_RULES_TYPE + COVERAGE_TYPE + TIER_BOUNDS_TYPE + TIER_TABLE_FIELDS
TIER_TABLE_TYPE = TIER_TABLE_FIELDS + TIER_BOUNDS_TYPE


@dataclass(frozen=True, slots=True)
class TierTable:
    """What each tier may be sold for. Factors are basis points of the standard rate.

    Attributes:
        medium_factor_bps: For a medium risk that is capped or has exclusions.
        loaded_factor_bps: For a medium risk that is loaded.
        high_factor_bps: For a high risk, which always has exclusions.
        committee_above_score: Hundredths of a point; above it three of the committee sign.
        capped_sum_insured: Token units; most for a medium risk that is capped.
        high_accepted: False: a high risk is refused.
    """

    bounds: TierBounds
    low_factor_bps: Bps
    medium_factor_bps: Bps
    loaded_factor_bps: Bps
    high_factor_bps: Bps
    committee_above_score: int
    capped_sum_insured: TokenUnits
    high_accepted: bool

    def hash(self) -> bytes:
        """EIP-712 struct hash."""
        bounds, *rest = astuple(self)
        return _struct(TIER_TABLE_TYPE, _struct(TIER_BOUNDS_TYPE, *map(word, bounds)), *map(word, rest))


@dataclass(frozen=True, slots=True)
class Coverage:
    """One promise of a policy.

    Attributes:
        perils: Bit n: peril n is insured.
        limit_bps: Most it pays over the policy's life, of the sum insured.
        claim_limit_bps: Most it pays for one claim, of the sum insured.
        share_bps: Insurer's share of the excess.
        deductible: Token units, borne by the insured for each claim.
    """

    perils: int
    limit_bps: Bps
    claim_limit_bps: Bps
    share_bps: Bps
    deductible: TokenUnits

    def insures(self, peril: int) -> bool:
        """Whether it covers a peril."""
        return bool(self.perils >> peril & 1)

    def hash(self) -> bytes:
        """EIP-712 struct hash."""
        return _struct(COVERAGE_TYPE, *map(word, astuple(self)))


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How claims are handled. Days are working days (`domain.claim_clock`), amounts token units.

    Attributes:
        notice_window_seconds: From the loss; may end after the policy.
        acknowledge_days, decide_days_low, decide_days: From the notice.
        dispute_window_seconds: From a decision that grants less than was claimed.
        reopen_window_seconds: From the closing, for new evidence.
        interest_bps, interest_cap_bps: A year, on what is paid late; and the most of it.
        auto_tier: Highest tier the machine may pay.
        max_fraud_score: Highest the machine may pay, hundredths of a point.
        min_confidence_bps: Least the machine may pay on.
        auto_limit: Most the machine may pay for one claim.
        second_signature_above: A claim worth more needs two adjusters.
        deposit_bps, deposit_cap: Of the disputed difference.
    """

    notice_window_seconds: int
    acknowledge_days: int
    decide_days_low: int
    decide_days: int
    dispute_window_seconds: int
    reopen_window_seconds: int
    interest_bps: Bps
    interest_cap_bps: Bps
    auto_tier: RiskTier
    max_fraud_score: int
    min_confidence_bps: Bps
    auto_limit: TokenUnits
    second_signature_above: TokenUnits
    deposit_bps: Bps
    deposit_cap: TokenUnits

    def hash(self) -> bytes:
        """EIP-712 struct hash."""
        return _struct(CLAIM_RULES_TYPE, *map(word, astuple(self)))


@dataclass(frozen=True, slots=True)
class IndemnityTerms:
    """Everything an indemnity product promises, in snake case of the Solidity struct.

    Building one checks nothing but addresses and word lengths, so that whatever a chain holds can be read.

    Attributes:
        disbursement: For payment institutions; the zero address: none.
        period_seconds: How long a policy runs.
        max_lead_seconds: Cover may start this long after bind.
        min_signatures: At least this many oracle signatures, whatever the set's own threshold.
        waiting_seconds: By peril: losses this soon after the start are not insured.
    """

    treasury: str
    quorum: str
    desk: str
    disbursement: str
    clause_root: bytes
    document_hash: bytes
    min_sum_insured: TokenUnits
    max_sum_insured: TokenUnits
    min_premium: TokenUnits
    period_seconds: int
    max_lead_seconds: int
    min_signatures: int
    tiers: TierTable
    claims: ClaimRules
    coverages: tuple[Coverage, ...]
    waiting_seconds: tuple[int, ...]

    def __post_init__(self) -> None:
        for field in ("treasury", "quorum", "desk", "disbursement"):
            object.__setattr__(self, field, checksum_address(getattr(self, field)))
        bytes32(self.clause_root)
        bytes32(self.document_hash)

    def hash(self) -> bytes:
        """EIP-712 struct hash: binds clauses, document and parameters. Equals `TypedIndemnity.termsHash`. Rule S7."""
        numbers = (self.min_sum_insured, self.max_sum_insured, self.min_premium, self.period_seconds)
        return _struct(
            INDEMNITY_TERMS_TYPE,
            *map(address_word, (self.treasury, self.quorum, self.desk, self.disbursement)),
            self.clause_root,
            self.document_hash,
            *map(word, (*numbers, self.max_lead_seconds, self.min_signatures)),
            self.tiers.hash(),
            self.claims.hash(),
            keccak256(b"".join(coverage.hash() for coverage in self.coverages)),
            # Elements of an array are padded to 32 bytes each, as EIP-712 wants them.
            keccak256(b"".join(map(word, self.waiting_seconds))),
        )

    def as_json(self) -> dict[str, object]:
        """Every field as JSON has it: integers, lists, mappings, and 0x-hex for what is bytes."""
        return {name: _as_json(value) for name, value in asdict(self).items()}


def _as_json(value: object) -> object:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, Mapping):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    return int(value) if isinstance(value, RiskTier) else value


def _struct(type_string: str, *words: bytes) -> bytes:
    """EIP-712 struct hash of fields that are words already."""
    return keccak256(keccak256(type_string.encode()) + b"".join(words))
