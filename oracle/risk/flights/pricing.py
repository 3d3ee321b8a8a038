"""From class probabilities to the expected payout that goes on chain, in parts per billion of the sum insured."""

from domain.money import Bps, Ppb
from domain.parametric_terms import ParametricTerms
from domain.premium import expected_share_ppb
from oracle.risk.flights.scorecard import CLASS_FROM_MINUTES
from oracle.sources.flight_records import Floats

LEAST_EXPECTED_SHARE_PPB = Ppb(1_000_000)
"""0.1 %: below it the model claims to know more than a year of flights can tell, so it is raised to this."""
MOST_EXPECTED_SHARE_PPB = Ppb(500_000_000)
"""50 %: above it a flight is all but lost, and is not insured."""


class CurveNotPriced(Exception):
    """The terms pay for delays the model does not tell apart."""


class RiskTooHigh(Exception):
    """The expected payout exceeds what the model may price."""

    def __init__(self, expected: Ppb) -> None:
        self.expected = expected
        super().__init__(
            f"expected payout is {expected / 10_000_000:.1f} % of the sum insured, above "
            f"{MOST_EXPECTED_SHARE_PPB / 10_000_000:.0f} %: choose another flight"
        )


def class_shares(terms: ParametricTerms) -> tuple[Bps, ...]:
    """What each of the model's classes pays at most under the terms, basis points, in the order of `CLASSES`.

    A threshold inside a class counts for the whole class, which favours the pool.

    Raises:
        CurveNotPriced: The first threshold lies below the first delay the model tells apart.
    """
    first = terms.thresholds[0]
    if first < CLASS_FROM_MINUTES[0]:
        raise CurveNotPriced(
            f"the terms pay from {first} minutes, the model tells delays apart from {CLASS_FROM_MINUTES[0]} minutes: "
            "raise the first threshold or train a finer model"
        )
    longest = [minutes - 1 for minutes in CLASS_FROM_MINUTES]
    delays = [terms.curve.share_bps(value) for value in longest]
    return (*delays, terms.shares_bps[-1], terms.cancelled_share_bps, terms.diverted_share_bps)


def expected_share(probabilities: Floats, shares: tuple[Bps, ...]) -> Ppb:
    """Expected payout of one flight, rounded up, within the sanity limits.

    Args:
        probabilities: Of each class.
        shares: From `class_shares`.
    Raises:
        RiskTooHigh
    """
    expected = expected_share_ppb([float(p) for p in probabilities], shares)
    if expected > MOST_EXPECTED_SHARE_PPB:
        raise RiskTooHigh(expected)
    return max(expected, LEAST_EXPECTED_SHARE_PPB)
