"""How high a risk is. Twin of `contracts/libraries/RiskTiers.sol`."""

from dataclasses import dataclass
from enum import IntEnum

from domain.errors import AmountInvalid
from domain.money import Bps
from domain.ranges import MAX_UINT16, MAX_UINT32, is_whole

MAX_SCORE = 10_000
"""Hundredths of a point: 10_000 is a score of 100."""


class RiskTier(IntEnum):
    """How high a risk is; the order is that of the risk."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class TierBounds:
    """Where the tiers of a product begin, as its terms say.

    Attributes:
        medium_from_score: Hundredths of a point; medium from here on.
        high_above_score: Hundredths of a point; high above it.
        medium_from_ratio_bps: Loss ratio; medium from here on.
        high_above_ratio_bps: Loss ratio; high above it.
    Raises:
        AmountInvalid: One does not fit 16 bits.
    """

    medium_from_score: int
    high_above_score: int
    medium_from_ratio_bps: Bps
    high_above_ratio_bps: Bps

    def __post_init__(self) -> None:
        for field in self.__slots__:
            _check(field, getattr(self, field), MAX_UINT16)


def tier_of(score: int, loss_ratio_bps: int, bounds: TierBounds) -> RiskTier:
    """Tier of a risk: the higher of what its score and its loss ratio say. Rule S18.

    Args:
        score: Hundredths of a point, 0 to 10_000.
        loss_ratio_bps: Incurred losses over earned premium, basis points, uint32.
        bounds: Of the product; both ends of the medium range are medium.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    _check("score", score, MAX_SCORE)
    _check("loss_ratio_bps", loss_ratio_bps, MAX_UINT32)
    if score > bounds.high_above_score or loss_ratio_bps > bounds.high_above_ratio_bps:
        return RiskTier.HIGH
    if score >= bounds.medium_from_score or loss_ratio_bps >= bounds.medium_from_ratio_bps:
        return RiskTier.MEDIUM
    return RiskTier.LOW


def _check(field: str, value: int, most: int) -> None:
    if not is_whole(value, 0, most):
        raise AmountInvalid(field, value, f"is not a whole number from 0 to {most}", "Give one in this range")
