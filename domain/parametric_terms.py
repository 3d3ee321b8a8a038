"""The terms of a parametric product as the contract keeps them, their hash, and the ranges the factory allows."""

from dataclasses import asdict, dataclass

from domain.curve import PayoutCurve
from domain.errors import TermOutOfRange
from domain.hashing import address_word, bytes32, checksum_address, keccak256, word
from domain.money import BPS_WHOLE, Bps, TokenUnits
from domain.ranges import MAX_UINT8, MAX_UINT16, MAX_UINT32, MAX_UINT40, MAX_UINT64, MAX_UINT96, is_whole

DAY_SECONDS = 86_400
MIN_REPORT_WINDOW_SECONDS = DAY_SECONDS
MAX_REPORT_WINDOW_SECONDS = 365 * DAY_SECONDS
LEAST_THRESHOLD = 3
"""Smallest threshold a signer set can have: four signers, one of them faulty."""
MAX_SIGNERS = 31

PARAMETRIC_TERMS_TYPEHASH = keccak256(
    b"ParametricTerms(address treasury,address quorum,bytes32 clauseRoot,bytes32 documentHash,uint96 minSumInsured,"
    b"uint96 maxSumInsured,uint96 maxEventExposure,uint96 minPremium,uint16 loadingBps,uint8 minSignatures,"
    b"uint16 cancelledShareBps,uint16 divertedShareBps,uint32 minLeadSeconds,uint32 maxLeadSeconds,"
    b"uint32 reportWindowSeconds,uint40 periodStart,uint40 periodEnd,int32[] thresholds,uint16[] sharesBps)"
)

# The numbers among the terms in the order of the Solidity struct, which is the order they are hashed in, and the
# most their type holds.
_NUMBERS = {
    "min_sum_insured": MAX_UINT96,
    "max_sum_insured": MAX_UINT96,
    "max_event_exposure": MAX_UINT96,
    "min_premium": MAX_UINT96,
    "loading_bps": MAX_UINT16,
    "min_signatures": MAX_UINT8,
    "cancelled_share_bps": MAX_UINT16,
    "diverted_share_bps": MAX_UINT16,
    "min_lead_seconds": MAX_UINT32,
    "max_lead_seconds": MAX_UINT32,
    "report_window_seconds": MAX_UINT32,
    "period_start": MAX_UINT40,
    "period_end": MAX_UINT40,
}


@dataclass(frozen=True, slots=True)
class ParametricTerms:
    """Everything a parametric product promises, in snake case of the Solidity struct.

    Amounts are token units, shares basis points, times unix seconds, thresholds in the product's unit. Building one
    checks nothing but addresses and word lengths, so that whatever a chain holds can be read; `check_terms` checks.
    """

    treasury: str
    quorum: str
    clause_root: bytes
    document_hash: bytes
    min_sum_insured: TokenUnits
    max_sum_insured: TokenUnits
    max_event_exposure: TokenUnits
    min_premium: TokenUnits
    loading_bps: Bps
    min_signatures: int
    cancelled_share_bps: Bps
    diverted_share_bps: Bps
    min_lead_seconds: int
    max_lead_seconds: int
    report_window_seconds: int
    period_start: int
    period_end: int
    thresholds: tuple[int, ...]
    shares_bps: tuple[Bps, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "treasury", checksum_address(self.treasury))
        object.__setattr__(self, "quorum", checksum_address(self.quorum))
        bytes32(self.clause_root)
        bytes32(self.document_hash)

    @property
    def curve(self) -> PayoutCurve:
        """The payout curve.

        Raises:
            CurveInvalid
        """
        return PayoutCurve(self.thresholds, self.shares_bps)

    def class_shares_bps(self) -> tuple[Bps, ...]:
        """What each way to end pays: below the first threshold, each step of the curve, cancelled, diverted."""
        return (Bps(0), *self.shares_bps, self.cancelled_share_bps, self.diverted_share_bps)

    def hash(self) -> bytes:
        """EIP-712 struct hash: binds clauses, document and parameters. Equals `TypedReports.termsHash`. Rule S7."""
        words = [
            PARAMETRIC_TERMS_TYPEHASH,
            address_word(self.treasury),
            address_word(self.quorum),
            self.clause_root,
            self.document_hash,
            *(word(getattr(self, name)) for name in _NUMBERS),
            # Elements of an array are padded to 32 bytes each, negative ones with ones, as EIP-712 wants them.
            keccak256(b"".join(word(threshold) for threshold in self.thresholds)),
            keccak256(b"".join(word(share) for share in self.shares_bps)),
        ]
        return keccak256(b"".join(words))

    def as_json(self) -> dict[str, object]:
        """Every field as JSON has it: integers, lists, and 0x-hex for what is bytes."""
        fields = asdict(self)
        return {name: f"0x{v.hex()}" if isinstance(v, bytes) else _listed(v) for name, v in fields.items()}


def check_terms(terms: ParametricTerms, *, threshold: int = LEAST_THRESHOLD, signers: int = MAX_SIGNERS) -> None:
    """Refuse what `ProductFactory` would refuse.

    Args:
        terms: To be checked.
        threshold: Of the quorum's current signer set, if known.
        signers: Size of that set, if known.
    Raises:
        CurveInvalid, TermOutOfRange
    Source: docs/settlement.md rule S8; `ProductFactory._checkTerms`.
    """
    for name, most in _NUMBERS.items():
        _check_range(terms, name, 0, most)
    PayoutCurve(terms.thresholds, terms.shares_bps)
    _check_range(terms, "cancelled_share_bps", 0, BPS_WHOLE)
    _check_range(terms, "diverted_share_bps", 0, BPS_WHOLE)
    _check_range(terms, "min_sum_insured", 1, terms.max_sum_insured)
    _check_range(terms, "max_sum_insured", terms.min_sum_insured, min(terms.max_event_exposure, MAX_UINT64))
    _check_range(terms, "min_premium", 1, terms.min_sum_insured - 1)
    _check_range(terms, "min_lead_seconds", 1, terms.max_lead_seconds)
    _check_range(terms, "report_window_seconds", MIN_REPORT_WINDOW_SECONDS, MAX_REPORT_WINDOW_SECONDS)
    _check_range(terms, "period_end", terms.period_start, MAX_UINT40)
    _check_range(terms, "min_signatures", threshold, signers)


def _check_range(terms: ParametricTerms, name: str, least: int, most: int) -> None:
    value = getattr(terms, name)
    if not is_whole(value, least, most):
        remedy = "" if least <= most else "The terms it depends on leave no room: mend those first"
        raise TermOutOfRange(name, value, least, most, remedy)


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
