"""What is done about a risk (R6, R7): the tier, the measure, and who has to look at it.

The machine recommends. It accepts within the terms; a refusal is a person's, who signs it with a reason.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from domain.indemnity_reports import Measure
from domain.tiers import RiskTier, TierBounds, tier_of
from oracle.risk.codes import CURRENCIES
from oracle.risk.fast_lane import lacking
from oracle.risk.indicators import Source
from oracle.risk.rules import HISTORY_MASK, SCORE, Rule, fired
from oracle.risk.tables import LineTable
from oracle.risk.unconfirmed import unconfirmed


class Decision(StrEnum):
    """What is recommended."""

    ACCEPT = "accept"
    CONDITIONAL = "conditional"
    EXCLUDE = "exclude"
    REFER_DECLINE = "refer-decline"


@dataclass(frozen=True, slots=True)
class Tiers:
    """What each of the two measures says, and what they say together: the worse wins (R2)."""

    by_score: RiskTier
    by_ratio: RiskTier
    together: RiskTier


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision on one application.

    Attributes:
        loading_bps: On the premium; 0 unless the measure is a loading.
        cap_minor: Most that is insured, minor units; None unless the measure is a cap.
        exclusions: What can be excluded for this risk. They are in force where the measure is an exclusion.
        declines: Reasons to refuse; the tier alone is a reason where there are none and nothing can be excluded.
    """

    decision: Decision
    measure: Measure
    loading_bps: int
    cap_minor: int | None
    exclusions: tuple[Rule, ...]
    declines: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Who looks at the case before it is sold.

    Attributes:
        reasons: Outliers: a person checks that the information is authentic (R6).
        committee: The underwriting committee decides (R16).
        fast_lane: Within one working day, nobody needs to look (R7).
        lacking: Indicators the fast lane needs at this sum insured and nobody gave.
        unconfirmed: Sources whose reports do not give what it needs of them at this sum insured.
    """

    reasons: tuple[Rule, ...]
    committee: bool
    fast_lane: bool
    lacking: tuple[str, ...]
    unconfirmed: tuple[Source, ...]


def tiers(score: int, loss_ratio_bps: int, bounds: TierBounds) -> Tiers:
    """Tier by score, by loss ratio, and by both.

    Args:
        score: Hundredths of a point, 0 to 10_000.
        bounds: Of a line's table: nothing is medium at zero.
    Raises:
        AmountInvalid
    """
    return Tiers(
        by_score=tier_of(score, 0, bounds),
        by_ratio=tier_of(0, loss_ratio_bps, bounds),
        together=tier_of(score, loss_ratio_bps, bounds),
    )


def with_floor(scored: int, *, refusable: bool, bounds: TierBounds) -> int:
    """The score, raised into the high tier where there is a reason to refuse: contracts then see what people see."""
    return max(scored, bounds.high_above_score + 1) if refusable else scored


def decide(tier: RiskTier, coded: Mapping[str, int], table: LineTable, *, high_without: bool = False) -> Decided:
    """The measure for a tier, the first in the table's order that applies.

    Args:
        coded: Every indicator of the form.
        high_without: Whether the tier is high also without the illnesses that can be excluded: then to exclude them
            does not make the risk insurable.
    """
    declines, exclusions = fired(table.declines, coded), fired(table.exclusions, coded, tier)
    if tier is RiskTier.LOW:
        return Decided(Decision.ACCEPT, Measure.NONE, 0, None, (), declines)
    if tier is RiskTier.HIGH:
        others = [rule for rule in exclusions if not rule.illnesses]
        if declines or not exclusions or (high_without and not others):
            return Decided(Decision.REFER_DECLINE, Measure.NONE, 0, None, exclusions, declines)
        return Decided(Decision.EXCLUDE, Measure.EXCLUSION, 0, None, exclusions, ())
    return _conditional(coded, table, exclusions)


def excludable_illnesses(coded: Mapping[str, int], table: LineTable) -> int:
    """Bitmap of the illnesses that the exclusions for a high risk name and the applicant has."""
    named = 0
    for rule in fired(table.exclusions, coded, RiskTier.HIGH):
        named |= rule.illnesses
    return named & max(coded.get(HISTORY_MASK, 0), 0)


def most_insured(tier: RiskTier, coded: Mapping[str, int], table: LineTable) -> int:
    """Most of the sum asked for that is insured, minor units: the line's cap holds for whatever is above low."""
    asked_for = coded["sum_insured_minor"]
    cap = table.decision.caps_minor.get(CURRENCIES[coded["currency"]])
    return asked_for if tier is RiskTier.LOW or cap is None else min(asked_for, cap)


def review(
    score: int,
    tier: RiskTier,
    coded: Mapping[str, int],
    table: LineTable,
    *,
    confirmed: Set[str],
    conditions: bool,
) -> Review:
    """Who looks at the case.

    Args:
        score: Hundredths of a point.
        confirmed: Indicators some report gave.
        conditions: Whether anything is asked of the customer first.
    """
    reasons = fired(table.outliers, {**coded, SCORE: score}, tier)
    committee = score > table.committee_above_score
    missed, silent = lacking(table.needs, coded), unconfirmed(table.counted_on, coded, confirmed)
    looked_at = bool(reasons or committee or conditions or missed or silent)
    return Review(reasons, committee, tier is RiskTier.LOW and not looked_at, missed, silent)


def _conditional(coded: Mapping[str, int], table: LineTable, exclusions: tuple[Rule, ...]) -> Decided:
    decision = table.decision
    cap = decision.caps_minor.get(CURRENCIES[coded["currency"]])
    for measure in decision.measures.medium:
        if measure == "exclusion" and exclusions:
            return Decided(Decision.CONDITIONAL, Measure.EXCLUSION, 0, None, exclusions, ())
        if measure == "cap" and cap is not None and coded["sum_insured_minor"] > cap:
            return Decided(Decision.CONDITIONAL, Measure.CAP, 0, cap, exclusions, ())
        if measure == "loading":
            break
    return Decided(Decision.CONDITIONAL, Measure.LOADING, decision.loading_bps, None, exclusions, ())
