"""Whole-number arithmetic for one applicant (int) and for columns of them (numpy int64), rounded so that risk is never
understated.

Columns wrap around without a word beyond 2^63; the ranges of indicators and tables keep every product below 2^62.
"""

from typing import overload

import numpy as np
import numpy.typing as npt

from domain.money import BPS_WHOLE, PPB_WHOLE
from domain.ranges import MAX_UINT32

Ints = npt.NDArray[np.int64]

PPM_WHOLE = 1_000_000
MAX_AMOUNT_MINOR = 10**12
"""Largest amount of an application, in minor units: ten thousand million yuan."""
MAX_PRODUCT = 1 << 62
_HALF_PPB = 1_000_000


@overload
def divided_up(numerator: int, denominator: int) -> int: ...
@overload
def divided_up(numerator: Ints, denominator: int | Ints) -> Ints: ...
@overload
def divided_up(numerator: int, denominator: Ints) -> Ints: ...
def divided_up(numerator: int | Ints, denominator: int | Ints) -> int | Ints:
    """Quotient rounded up; the denominator is above zero."""
    return -(-numerator // denominator)


@overload
def scaled_up(value: int, factor_bps: int) -> int: ...
@overload
def scaled_up(value: Ints, factor_bps: int | Ints) -> Ints: ...
@overload
def scaled_up(value: int, factor_bps: Ints) -> Ints: ...
def scaled_up(value: int | Ints, factor_bps: int | Ints) -> int | Ints:
    """`value` times a factor in basis points, rounded up to a whole number. One link of a chain of relativities."""
    return -(-(value * factor_bps) // BPS_WHOLE)


@overload
def ppm_of(amount: int, share_ppm: int) -> int: ...
@overload
def ppm_of(amount: Ints, share_ppm: int | Ints) -> Ints: ...
@overload
def ppm_of(amount: int, share_ppm: Ints) -> Ints: ...
def ppm_of(amount: int | Ints, share_ppm: int | Ints) -> int | Ints:
    """So many parts per million of an amount, rounded up."""
    return -(-(amount * share_ppm) // PPM_WHOLE)


@overload
def ppb_of(amount: int, share_ppb: int) -> int: ...
@overload
def ppb_of(amount: Ints, share_ppb: int | Ints) -> Ints: ...
@overload
def ppb_of(amount: int, share_ppb: Ints) -> Ints: ...
def ppb_of(amount: int | Ints, share_ppb: int | Ints) -> int | Ints:
    """So many parts per billion of an amount up to 10^12, rounded up. Exact, in two halves that fit 64 bits."""
    high = (amount // _HALF_PPB) * share_ppb
    low = -(-((amount % _HALF_PPB) * share_ppb) // _HALF_PPB)
    return -(-(high + low) // (PPB_WHOLE // _HALF_PPB))


@overload
def ratio_bps(part: int, whole: int) -> int: ...
@overload
def ratio_bps(part: Ints, whole: int | Ints) -> Ints: ...
@overload
def ratio_bps(part: int, whole: Ints) -> Ints: ...
def ratio_bps(part: int | Ints, whole: int | Ints) -> int | Ints:
    """`part` over `whole` in basis points, rounded up; at most what uint32 holds, as on chain."""
    return at_most(divided_up(part * BPS_WHOLE, whole), MAX_UINT32)


@overload
def at_most(value: int, limit: int) -> int: ...
@overload
def at_most(value: Ints, limit: int | Ints) -> Ints: ...
@overload
def at_most(value: int, limit: Ints) -> Ints: ...
def at_most(value: int | Ints, limit: int | Ints) -> int | Ints:
    """The smaller of the two."""
    if isinstance(value, np.ndarray) or isinstance(limit, np.ndarray):
        return np.minimum(value, limit)
    return min(value, limit)
