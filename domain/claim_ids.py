"""Names of claims, and what is used of a policy's limits. Twin of `ClaimIds.sol` and `CoverageUse.sol`."""

from dataclasses import dataclass, replace

from domain.errors import AmountInvalid, IdentifierInvalid
from domain.hashing import checksum_address
from domain.indemnity_terms import MAX_COVERAGES
from domain.money import TokenUnits
from domain.ranges import is_whole

POLICY_BITS = 64
ORDINAL_BITS = 32
PRODUCT_BITS = 160
LANE_BITS = 56
CLAIMS_AT = MAX_COVERAGES * LANE_BITS
CLAIMS_BITS = 16
MAX_UINT56 = (1 << LANE_BITS) - 1


def claim_id(product: str, policy_id: int, ordinal: int) -> int:
    """Id of a claim: the product's address, the policy's number, the claim's ordinal on it.

    Raises:
        AddressInvalid
        IdentifierInvalid: `policy_id` exceeds 64 bits or `ordinal` 32.
    """
    _check_bits("policy_id", policy_id, POLICY_BITS)
    _check_bits("ordinal", ordinal, ORDINAL_BITS)
    address = int(checksum_address(product), 16)
    return address << (POLICY_BITS + ORDINAL_BITS) | policy_id << ORDINAL_BITS | ordinal


def split_claim_id(claim_id: int) -> tuple[str, int, int]:
    """Product, policy number and ordinal of a claim id.

    Raises:
        IdentifierInvalid: `claim_id` exceeds 256 bits.
    """
    _check_bits("claim_id", claim_id, PRODUCT_BITS + POLICY_BITS + ORDINAL_BITS)
    product = claim_id >> (POLICY_BITS + ORDINAL_BITS)
    policy = claim_id >> ORDINAL_BITS & ((1 << POLICY_BITS) - 1)
    return checksum_address(f"0x{product:040x}"), policy, claim_id & ((1 << ORDINAL_BITS) - 1)


@dataclass(frozen=True, slots=True)
class CoverageUse:
    """What is reserved or paid under each coverage of a policy, and how many claims there were.

    Attributes:
        units: Token units by coverage, below 2^56 each; always four.
        claims: How many claims the policy has had.
    """

    units: tuple[TokenUnits, ...] = (TokenUnits(0),) * MAX_COVERAGES
    claims: int = 0

    @property
    def total(self) -> TokenUnits:
        """Reserved and paid under all coverages."""
        return TokenUnits(sum(self.units))

    def with_used(self, coverage: int, units: TokenUnits) -> "CoverageUse":
        """The same with another use of one coverage.

        Raises:
            AmountInvalid: It does not fit 56 bits.
        """
        if not is_whole(units, 0, MAX_UINT56):
            raise AmountInvalid("units", units, "does not fit 56 bits", "Stay within the sum insured")
        return replace(self, units=(*self.units[:coverage], units, *self.units[coverage + 1 :]))

    def with_claim(self) -> "CoverageUse":
        """The same with one claim more."""
        return replace(self, claims=self.claims + 1)

    def word(self) -> int:
        """The slot the contract keeps it in."""
        lanes = sum(units << (lane * LANE_BITS) for lane, units in enumerate(self.units))
        return lanes | self.claims << CLAIMS_AT


def coverage_use(word: int) -> CoverageUse:
    """What the contract's slot says."""
    units = tuple(TokenUnits(word >> (lane * LANE_BITS) & MAX_UINT56) for lane in range(MAX_COVERAGES))
    return CoverageUse(units, word >> CLAIMS_AT & ((1 << CLAIMS_BITS) - 1))


def _check_bits(field: str, value: int, bits: int) -> None:
    if not is_whole(value, 0, (1 << bits) - 1):
        raise IdentifierInvalid(field, value, f"is not a whole number of {bits} bits", "Take it from the chain")
