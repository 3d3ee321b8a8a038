"""What a tier is given after the sale (R14, R15) and which products suit a segment (R13)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.tiers import RiskTier
from oracle.risk.rules import Rule
from oracle.risk.tables import LineTable


@dataclass(frozen=True, slots=True)
class ProductOffer:
    """A product for this segment; the factor is on the line's standard rate, basis points."""

    rule: Rule
    rate_factor_bps: int


@dataclass(frozen=True, slots=True)
class Segment:
    """How a customer is looked after.

    Attributes:
        services: Codes of `tables/texts.yaml`.
        claims_priority: 1 is paid first.
        claims_days: Working days to pay a clear claim in.
        strict_review: Cause and proofs of every claim are examined.
        watched: Changes of the risk are watched.
        products: Products that suit.
    """

    services: tuple[str, ...]
    claims_priority: int
    claims_days: int
    strict_review: bool
    watched: bool
    products: tuple[ProductOffer, ...]


def segment(tier: RiskTier, coded: Mapping[str, int], table: LineTable) -> Segment:
    """The segment of one application.

    Args:
        coded: Every indicator of the form.
    """
    entry = table.segments[tier]
    offers = (ProductOffer(rule, factor) for factor, rule in table.products if rule.holds(coded, tier))
    return Segment(
        services=entry.services,
        claims_priority=entry.claims_priority,
        claims_days=entry.claims_days,
        strict_review=entry.strict_review,
        watched=entry.watched,
        products=tuple(offers),
    )
