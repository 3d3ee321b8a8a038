"""What a policy costs under the terms. Twin of `contracts/libraries/PremiumMath.sol`."""

from collections.abc import Sequence
from fractions import Fraction

from domain.errors import AmountInvalid
from domain.money import BPS_WHOLE, PPB_WHOLE, Bps, Ppb, TokenUnits, bps, token_units
from domain.ranges import MAX_UINT16, MAX_UINT32

PROBABILITY_TOLERANCE = Fraction(1, 10**9)
"""How far above 1 the sum of probabilities may lie: what floats lose when a model normalises them."""


def premium_due(
    sum_insured: TokenUnits, expected_share_ppb: Ppb, loading_bps: Bps, min_premium: TokenUnits
) -> TokenUnits:
    """Premium due: expected payout plus loading, rounded up, and never below the minimum. Rule S3.

    Args:
        sum_insured: Token units, uint96.
        expected_share_ppb: Expected payout, parts per billion of the sum insured, uint32.
        loading_bps: Loading on the expected payout, basis points of it, uint16.
        min_premium: Token units, uint96.
    Returns:
        Token units. May exceed the sum insured; such a policy is not sold (`PremiumTooHigh`).
    Raises:
        AmountInvalid: An argument is out of range.
    """
    token_units(sum_insured, "sum_insured")
    token_units(min_premium, "min_premium")
    token_units(expected_share_ppb, "expected_share_ppb", most=MAX_UINT32)
    bps(loading_bps, "loading_bps", most=MAX_UINT16)
    loaded = sum_insured * expected_share_ppb * (BPS_WHOLE + loading_bps)
    return TokenUnits(max(-(-loaded // (PPB_WHOLE * BPS_WHOLE)), min_premium))


def expected_share_ppb(probabilities: Sequence[float | Fraction], shares_bps: Sequence[Bps]) -> Ppb:
    """Expected payout: the sum of each class's probability times its share. Rule S3.

    Args:
        probabilities: Of each class of outcomes, 0 to 1, together at most 1. Classes that pay nothing may be left out.
        shares_bps: What each class pays, basis points; see `ParametricTerms.class_shares_bps`.
    Returns:
        Parts per billion of the sum insured, rounded up, at most 1_000_000_000. The sum is exact, so the order of the
        classes does not matter.
    Raises:
        AmountInvalid: Lengths differ, a probability is not in 0..1, or they sum to more than 1.
    """
    if len(probabilities) != len(shares_bps):
        problem = f"{len(probabilities)} for {len(shares_bps)} shares"
        raise AmountInvalid("probabilities", list(probabilities), problem, "Give one probability for each share")
    exact = [_probability(index, value) for index, value in enumerate(probabilities)]
    if sum(exact) > 1 + PROBABILITY_TOLERANCE:
        problem = f"sums to {float(sum(exact))}, above 1"
        raise AmountInvalid("probabilities", list(probabilities), problem, "Normalise the model's classes")
    expected = sum((p * bps(share) for p, share in zip(exact, shares_bps, strict=True)), Fraction(0))
    scaled = expected * PPB_WHOLE / BPS_WHOLE
    return Ppb(min(-(-scaled.numerator // scaled.denominator), PPB_WHOLE))


def _probability(index: int, value: float | Fraction) -> Fraction:
    # `not (0 <= value <= 1)` also refuses NaN, which compares false with everything.
    if not 0 <= value <= 1:
        raise AmountInvalid(f"probabilities[{index}]", value, "is not in 0 to 1", "Mend the model that gave it")
    return Fraction(value)
