"""Burn rate: what policies on earlier periods of the same length would have been paid, in whole numbers."""

from collections.abc import Mapping, Sequence

from domain.curve import PayoutCurve
from domain.money import BPS_WHOLE, PPB_WHOLE, Ppb

FLOOR_OF_MEAN = 2
"""No place is priced below the mean of all places divided by this: a short record that saw nothing proves little."""


class RecordTooShort(ValueError):
    """A place has too few earlier periods to be priced; says which and how many."""


def burn_rates(values: Mapping[str, Sequence[int | None]], curve: PayoutCurve, *, least_periods: int) -> dict[str, Ppb]:
    """Expected payout of each place, parts per billion of the sum insured, rounded up.

    Args:
        values: By place, what was measured in each earlier period; None where nothing could be: it is left out, and
            counts neither as paid nor as unpaid.
        curve: Of the product.
        least_periods: Fewer known periods than this are no record.
    Raises:
        RecordTooShort
    """
    known = {place: [value for value in record if value is not None] for place, record in values.items()}
    for place, record in known.items():
        if len(record) < max(least_periods, 1):
            raise RecordTooShort(
                f"{place} has {len(record)} known periods: {least_periods} are needed, insure elsewhere"
            )
    paid = {place: sum(curve.share_bps(value) for value in record) for place, record in known.items()}
    periods = sum(len(record) for record in known.values())
    floor = _ppb(sum(paid.values()), periods * FLOOR_OF_MEAN) if periods else 0
    return {place: Ppb(min(max(_ppb(paid[place], len(known[place])), floor), PPB_WHOLE)) for place in known}


def _ppb(shares_bps: int, periods: int) -> int:
    """Sum of shares over periods, as parts per billion, rounded up."""
    return -(-shares_bps * PPB_WHOLE // (periods * BPS_WHOLE))
