"""What a measured value is worth under the terms. Twin of `contracts/libraries/PayoutCurve.sol`."""

from bisect import bisect_right
from dataclasses import dataclass

from domain.errors import CurveInvalid
from domain.money import BPS_WHOLE, Bps, TokenUnits, bps, token_units
from domain.ranges import MAX_INT32, MIN_INT32, is_whole

MAX_STEPS = 16


@dataclass(frozen=True, slots=True)
class PayoutCurve:
    """Steps of a payout: from each threshold on, the share that is owed.

    Attributes:
        thresholds: Measured values (int32, in the product's unit), strictly ascending, 1 to 16 of them.
        shares_bps: Share of the sum insured from each threshold, basis points, strictly ascending, 1 to 10_000.
    Raises:
        CurveInvalid: As the contract reverts with `CurveSizeInvalid` or `CurveNotAscending`.
    Source: docs/settlement.md rule S1.
    """

    thresholds: tuple[int, ...]
    shares_bps: tuple[Bps, ...]

    def __post_init__(self) -> None:
        steps, shares = len(self.thresholds), len(self.shares_bps)
        if not 1 <= steps <= MAX_STEPS:
            raise CurveInvalid("thresholds", self.thresholds, f"has {steps} steps", f"Give 1 to {MAX_STEPS} steps")
        if steps != shares:
            raise CurveInvalid("shares_bps", self.shares_bps, f"{shares} shares for {steps} thresholds", "Give as many")
        for step in range(steps):
            self._check_step(step)

    def share_bps(self, value: int) -> Bps:
        """Share owed for a measured value: that of the highest threshold reached, 0 below the first. Rule S1.

        Args:
            value: In the product's unit, int32. A value equal to a threshold reaches it.
        Returns:
            Basis points of the sum insured, 0 to 10_000.
        Raises:
            CurveInvalid: `value` is not an int32.
        """
        _check_int32("value", value)
        reached = bisect_right(self.thresholds, value)
        return self.shares_bps[reached - 1] if reached else Bps(0)

    def _check_step(self, step: int) -> None:
        threshold, share = self.thresholds[step], self.shares_bps[step]
        _check_int32(f"thresholds[{step}]", threshold)
        if not is_whole(share, 1, BPS_WHOLE):
            remedy = f"Give 1 to {BPS_WHOLE} basis points"
            raise CurveInvalid(f"shares_bps[{step}]", share, f"must be 1 to {BPS_WHOLE}", remedy)
        if step and threshold <= self.thresholds[step - 1]:
            before = self.thresholds[step - 1]
            raise CurveInvalid(f"thresholds[{step}]", threshold, f"does not exceed {before}", "List steps upwards")
        if step and share <= self.shares_bps[step - 1]:
            less = self.shares_bps[step - 1]
            raise CurveInvalid(f"shares_bps[{step}]", share, f"does not exceed {less}", "List steps upwards")


def indemnity(sum_insured: TokenUnits, share_bps: Bps) -> TokenUnits:
    """Indemnity for one policy: its share of the sum insured. Rule S2.

    Args:
        sum_insured: Token units, uint96.
        share_bps: Basis points, 0 to 10_000.
    Returns:
        Token units, rounded down: the dust stays with the pool. At most `sum_insured`.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    return TokenUnits(token_units(sum_insured, "sum_insured") * bps(share_bps) // BPS_WHOLE)


def _check_int32(field: str, value: int) -> None:
    if not is_whole(value, MIN_INT32, MAX_INT32):
        raise CurveInvalid(field, value, "is not a whole number of 32 bits", f"Give {MIN_INT32} to {MAX_INT32}")
