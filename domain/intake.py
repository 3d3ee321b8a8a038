"""Which products suit what somebody needs: plain rules over the terms of each product, the same for everybody.

Nothing here is a price: what a policy costs is said by a quote alone. What is known before is the least premium of the
terms, and what others paid. Times are unix seconds, amounts token units. Decision record 0065.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.money import PPB_WHOLE, TokenUnits


class Finding(StrEnum):
    """What a rule found. Those before `NEED_NOT_COVERED` speak for a product, it and those after against."""

    NEED_COVERED = "need_covered"
    SUM_POSSIBLE = "sum_possible"
    START_POSSIBLE = "start_possible"
    ESTIMATE_WITHIN_BUDGET = "estimate_within_budget"
    NO_ESTIMATE = "no_estimate"
    NEED_NOT_COVERED = "need_not_covered"
    SALE_SUSPENDED = "sale_suspended"
    SUM_TOO_SMALL = "sum_too_small"
    SUM_TOO_LARGE = "sum_too_large"
    STARTS_TOO_SOON = "starts_too_soon"
    STARTS_TOO_LATE = "starts_too_late"
    SALE_ENDED = "sale_ended"
    LEAST_PREMIUM_ABOVE_BUDGET = "least_premium_above_budget"
    ESTIMATE_ABOVE_BUDGET = "estimate_above_budget"


FOR = frozenset(
    {
        Finding.NEED_COVERED, Finding.SUM_POSSIBLE, Finding.START_POSSIBLE, Finding.ESTIMATE_WITHIN_BUDGET,
        Finding.NO_ESTIMATE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """A kind of need: the products that serve it, by what the product files call them, or by the perils they insure.

    Attributes:
        perils: A product serves the need if it insures every one of them; empty: products are named.
        line: Line of the application form, for products whose applications underwriting decides; empty: none of them.
    """

    code: str
    perils: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    line: str = ""

    def served_by(self, product_id: str, perils: frozenset[str]) -> bool:
        """Whether a product serves it."""
        return product_id in self.products or (bool(self.perils) and self.perils <= perils)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants.

    Attributes:
        budget: Most they will pay as premium.
        starts_at: When cover is to begin, or the insured event takes place; None: not said.
    """

    need: Need
    sum_insured: TokenUnits
    budget: TokenUnits
    starts_at: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What of a product the rules look at.

    Attributes:
        earliest, latest: When cover may begin, or the event take place, if it is bought now.
        sold: (sum insured, premium) of policies others hold, for an estimate.
    """

    product_id: str
    perils: frozenset[str]
    min_sum_insured: TokenUnits
    max_sum_insured: TokenUnits
    min_premium: TokenUnits
    earliest: int
    latest: int
    suspended: bool = False
    sold: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What came of one product.

    Attributes:
        findings: What each rule found with its numbers, in the order the rules are asked.
        estimate: What others' premiums would make of the sum insured; None: too few are sold, or the sum is not.
    """

    findings: tuple[tuple[Finding, Mapping[str, int]], ...]
    estimate: TokenUnits | None

    @property
    def suits(self) -> bool:
        """Whether nothing speaks against it."""
        return all(finding in FOR for finding, _ in self.findings)


def advise(wanted: Wanted, offer: Offer, *, least_policies: int) -> Advice:
    """Hold one product against what is wanted. Every rule is asked, so that each reason against it is told.

    Args:
        least_policies: Fewer sold policies than that give no estimate.
    """
    if not wanted.need.served_by(offer.product_id, offer.perils):
        return Advice(((Finding.NEED_NOT_COVERED, {}),), None)
    found: list[tuple[Finding, Mapping[str, int]]] = [(Finding.NEED_COVERED, {})]
    if offer.suspended:
        found.append((Finding.SALE_SUSPENDED, {}))
    of_sum = _sum(wanted, offer)
    found += [of_sum, _start(wanted, offer)]
    estimate = None
    if of_sum[0] is Finding.SUM_POSSIBLE:
        estimate = estimated_premium(wanted.sum_insured, offer, least_policies=least_policies)
    found.append(_premium(wanted, offer, estimate))
    return Advice(tuple(found), estimate)


def estimated_premium(sum_insured: TokenUnits, offer: Offer, *, least_policies: int) -> TokenUnits | None:
    """The sum insured at the median rate of what others hold, rounded up, never below the least premium.

    The median is the lower one of two: an estimate rests on a rate that somebody pays.
    """
    rates = sorted(premium * PPB_WHOLE // of for of, premium in offer.sold if of > 0)
    if len(rates) < least_policies:
        return None
    median = rates[(len(rates) - 1) // 2]
    return TokenUnits(max(-(-sum_insured * median // PPB_WHOLE), offer.min_premium))


def _sum(wanted: Wanted, offer: Offer) -> tuple[Finding, Mapping[str, int]]:
    limits = {"sum_insured": wanted.sum_insured, "least": offer.min_sum_insured, "most": offer.max_sum_insured}
    if wanted.sum_insured < offer.min_sum_insured:
        return Finding.SUM_TOO_SMALL, limits
    return (Finding.SUM_TOO_LARGE if wanted.sum_insured > offer.max_sum_insured else Finding.SUM_POSSIBLE), limits


def _start(wanted: Wanted, offer: Offer) -> tuple[Finding, Mapping[str, int]]:
    limits = {"earliest_at": offer.earliest, "latest_at": offer.latest}
    if offer.latest < offer.earliest:
        return Finding.SALE_ENDED, limits
    if wanted.starts_at is not None and wanted.starts_at < offer.earliest:
        return Finding.STARTS_TOO_SOON, limits
    if wanted.starts_at is not None and wanted.starts_at > offer.latest:
        return Finding.STARTS_TOO_LATE, limits
    return Finding.START_POSSIBLE, limits


def _premium(wanted: Wanted, offer: Offer, estimate: TokenUnits | None) -> tuple[Finding, Mapping[str, int]]:
    told: dict[str, int] = {"budget": wanted.budget, "least_premium": offer.min_premium}
    if wanted.budget < offer.min_premium:
        return Finding.LEAST_PREMIUM_ABOVE_BUDGET, told
    if estimate is None:
        return Finding.NO_ESTIMATE, told
    told |= {"estimate": estimate, "policies": len(offer.sold)}
    return (Finding.ESTIMATE_ABOVE_BUDGET if estimate > wanted.budget else Finding.ESTIMATE_WITHIN_BUDGET), told
