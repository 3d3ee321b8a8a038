"""What an indemnity policy costs, and what a loss under it is worth. Twin of `contracts/libraries/IndemnityMath.sol`.

Amounts are token units of at most 64 bits, as the contracts keep them. Every rounding favours the pool by less than
one unit.
"""

from domain.errors import AmountInvalid
from domain.money import BPS_WHOLE, PPB_WHOLE, Bps, Ppb, TokenUnits, bps, token_units
from domain.ranges import MAX_UINT16, MAX_UINT32, MAX_UINT40, MAX_UINT64

YEAR_SECONDS = 365 * 86_400
NOTHING = TokenUnits(0)


def indemnity(loss: TokenUnits, deductible: TokenUnits, share_bps: Bps, limit_left: TokenUnits) -> TokenUnits:
    """Amount payable for one loss: deductible first, then the insurer's share, then what is left of the limit.

    Args:
        loss: Adjusted loss, token units.
        deductible: Borne by the insured for each loss, token units.
        share_bps: Insurer's share of what exceeds the deductible, basis points, 0 to 10_000.
        limit_left: Most that can still be paid, token units.
    Returns:
        Token units, rounded down: the dust stays with the pool.
    Raises:
        AmountInvalid: An argument is out of range.
    Source: docs/settlement.md rule S11; the order is decided in docs/decisions/0015.
    """
    _amounts(loss=loss, deductible=deductible, limit_left=limit_left)
    bps(share_bps)
    if loss <= deductible:
        return NOTHING
    return TokenUnits(min((loss - deductible) * share_bps // BPS_WHOLE, limit_left))


def limit(sum_insured: TokenUnits, share_bps: Bps) -> TokenUnits:
    """A limit given as a share of the sum insured, rounded down. Rule S12.

    Raises:
        AmountInvalid
    """
    _amounts(sum_insured=sum_insured)
    return TokenUnits(sum_insured * bps(share_bps, most=MAX_UINT16) // BPS_WHOLE)


def premium_due(sum_insured: TokenUnits, rate_ppb: Ppb, factor_bps: Bps, min_premium: TokenUnits) -> TokenUnits:
    """Premium for the whole period, rounded up, and never below the minimum. Rule S13.

    Args:
        sum_insured: Token units.
        rate_ppb: Premium rate, parts per billion of the sum insured, uint32.
        factor_bps: Factor of the risk tier on the rate, basis points, uint16: 10_000 leaves it as it is.
        min_premium: Token units.
    Raises:
        AmountInvalid
    """
    _amounts(sum_insured=sum_insured, min_premium=min_premium)
    token_units(rate_ppb, "rate_ppb", most=MAX_UINT32)
    bps(factor_bps, "factor_bps", most=MAX_UINT16)
    return TokenUnits(max(_ceil(sum_insured * rate_ppb * factor_bps, PPB_WHOLE * BPS_WHOLE), min_premium))


def earned(premium: TokenUnits, start: int, end: int, instant: int) -> TokenUnits:
    """Premium whose time has passed, rounded down: nothing before the period, all after it. Rule S14.

    Args:
        premium: For the whole period, token units.
        start: Of the period, unix seconds.
        end: Of the period, unix seconds, after `start`.
        instant: Asked for, unix seconds.
    Raises:
        AmountInvalid: An argument is out of range, or the period is empty.
    """
    _amounts(premium=premium)
    left, period = _seconds_left(start, end, instant)
    return TokenUnits(premium * (period - left) // period)


def unearned(premium: TokenUnits, start: int, end: int, instant: int) -> TokenUnits:
    """Premium whose time is still to come, rounded down: what a cancellation returns. Rule S14.

    Raises:
        AmountInvalid: As `earned`.
    """
    _amounts(premium=premium)
    left, period = _seconds_left(start, end, instant)
    return TokenUnits(premium * left // period)


def extra_premium(
    premium: TokenUnits, old_sum: TokenUnits, new_sum: TokenUnits, start: int, end: int, instant: int
) -> TokenUnits:
    """What a higher sum insured costs for the rest of the period, rounded up; 0 unless it is higher. Rule S15.

    Args:
        premium: Agreed for `old_sum` over the whole period, token units.
        old_sum: Sum insured before, token units, above 0.
        new_sum: Sum insured from `instant` on, token units.
        start, end, instant: As in `earned`.
    Raises:
        AmountInvalid: An argument is out of range, the period is empty, or `old_sum` is 0.
    """
    left, period = _endorsed(premium, old_sum, new_sum, start, end, instant)
    return TokenUnits(_ceil(premium * max(new_sum - old_sum, 0) * left, old_sum * period))


def return_premium(
    premium: TokenUnits, old_sum: TokenUnits, new_sum: TokenUnits, start: int, end: int, instant: int
) -> TokenUnits:
    """What a lower sum insured gives back for the rest of the period, rounded down; 0 unless it is lower. Rule S15.

    Raises:
        AmountInvalid: As `extra_premium`.
    """
    left, period = _endorsed(premium, old_sum, new_sum, start, end, instant)
    return TokenUnits(premium * max(old_sum - new_sum, 0) * left // (old_sum * period))


def interest(amount: TokenUnits, rate_bps: Bps, late_seconds: int, cap_bps: Bps) -> TokenUnits:
    """Simple interest on an indemnity paid late, rounded down and capped. Rule S17.

    Args:
        amount: Paid late, token units.
        rate_bps: For a year of 365 days, basis points, uint16.
        late_seconds: Past the deadline, uint40; see `domain.claim_clock.late_seconds`.
        cap_bps: Most interest there can be, basis points of `amount`, uint16.
    Raises:
        AmountInvalid
    """
    _amounts(amount=amount)
    token_units(late_seconds, "late_seconds", most=MAX_UINT40)
    bps(rate_bps, "rate_bps", most=MAX_UINT16)
    bps(cap_bps, "cap_bps", most=MAX_UINT16)
    uncapped = amount * rate_bps * late_seconds // (YEAR_SECONDS * BPS_WHOLE)
    return TokenUnits(min(uncapped, amount * cap_bps // BPS_WHOLE))


def interest_lock(sum_insured: TokenUnits, cap_bps: Bps) -> TokenUnits:
    """Most interest a policy can cost, rounded up: locked beside its sum insured. Rule S17.

    Raises:
        AmountInvalid
    """
    _amounts(sum_insured=sum_insured)
    return TokenUnits(_ceil(sum_insured * bps(cap_bps, "cap_bps", most=MAX_UINT16), BPS_WHOLE))


def _endorsed(
    premium: TokenUnits, old_sum: TokenUnits, new_sum: TokenUnits, start: int, end: int, instant: int
) -> tuple[int, int]:
    _amounts(premium=premium, old_sum=old_sum, new_sum=new_sum)
    if old_sum == 0:
        raise AmountInvalid("old_sum", old_sum, "insures nothing", "Bind a policy first")
    return _seconds_left(start, end, instant)


def _seconds_left(start: int, end: int, instant: int) -> tuple[int, int]:
    """Seconds of the period still to come, and its length: all before the start, none after the end."""
    for field, value in (("start", start), ("end", end), ("instant", instant)):
        token_units(value, field, most=MAX_UINT40)
    if end <= start:
        raise AmountInvalid("end", end, f"is not after the start, {start}", "Give a period of at least one second")
    return end - min(max(instant, start), end), end - start


def _amounts(**amounts: int) -> None:
    for field, amount in amounts.items():
        token_units(amount, field, most=MAX_UINT64)


def _ceil(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
