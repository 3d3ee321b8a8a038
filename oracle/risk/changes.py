"""What would lower the tier: for each indicator a customer can change, the smallest change that does.

Score and expected loss rise and fall together with a directed indicator, so the tier is a step along it and the step is
found by halving. Age and sex are never offered: tables that call them changeable are refused.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from domain.tiers import RiskTier
from oracle.risk.contradictions import refuse_contradictions
from oracle.risk.derived import definition, derived
from oracle.risk.engine import Engine, Measured, measure
from oracle.risk.forms import ApplicationContradictory
from oracle.risk.indicators import ABSENT, Case, Kind, Value
from oracle.risk.points import IndicatorPoints
from oracle.risk.unconfirmed import EVERYTHING
from oracle.risk.vocabulary import asked


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change of one indicator that lowers the tier, and what the assessment would then be.

    Attributes:
        score: Hundredths of a point.
    """

    indicator: str
    before: Value
    after: Value
    score: int
    loss_ratio_bps: int
    tier: RiskTier


Measuring = Callable[[int], Measured]
"""The application measured with another value of one indicator, coded."""


def lowering_changes(
    coded: Mapping[str, int], tier: RiskTier, case: Case, engine: Engine, confirmed: Set[str] = EVERYTHING
) -> tuple[Change, ...]:
    """One change for each changeable indicator that can lower the tier, in the order of the scorecard.

    Args:
        coded: Every indicator of the form.
        tier: What the application is assessed as.
        confirmed: Indicators some report gave.
    """
    if tier is RiskTier.LOW:
        return ()
    found = []
    for each in engine.tables.lines[case.line].scorecards[case.party].indicators:
        before = coded[each.definition.name]
        if not each.changeable or before == ABSENT:
            continue
        measured_with = _measuring(coded, each.definition.name, case, engine, confirmed)
        after = _nearest(each, before, case, _lowering(measured_with, tier))
        if after is not None and _consistent(coded, each.definition.name, after, case):
            found.append(_change(each, before, after, measured_with(after)))
    return tuple(found)


def _lowering(measured_with: Measuring, tier: RiskTier) -> Callable[[int], bool]:
    return lambda value: measured_with(value).tiers.together < tier


def _consistent(coded: Mapping[str, int], name: str, after: int, case: Case) -> bool:
    """Whether the application would still be free of contradictions: nobody is told to aim at what cannot be."""
    row = {each.name: each.decoded(coded[each.name]) for each in asked(*case)}
    try:
        refuse_contradictions({**row, name: definition(name).decoded(after)})
    except ApplicationContradictory:
        return False
    return True


def _measuring(coded: Mapping[str, int], name: str, case: Case, engine: Engine, confirmed: Set[str]) -> Measuring:
    def measured_with(value: int) -> Measured:
        changed = {**coded, name: value}
        changed.update(derived(changed, case.line, case.party, engine.tables.grading))
        return measure(changed, case, engine, confirmed)

    return measured_with


def _nearest(each: IndicatorPoints, before: int, case: Case, lowers: Callable[[int], bool]) -> int | None:
    """The value nearest to `before` that lowers the tier; None if none does."""
    if each.definition.kind is not Kind.WHOLE:
        now = each.steps.at(before)
        better = [place for place in each.reachable if each.steps.at(place) < now]
        return next((place for place in sorted(better, key=each.steps.at, reverse=True) if lowers(place)), None)
    direction = each.definition.monotone(case.line)
    best = max(each.definition.least, each.definition.directed_from) if direction > 0 else each.definition.most
    if (before - best) * direction <= 0 or not lowers(best):
        return None
    worse, better_value = before, best
    while abs(worse - better_value) > 1:
        middle = (worse + better_value) // 2
        if lowers(middle):
            better_value = middle
        else:
            worse = middle
    return better_value


def _change(each: IndicatorPoints, before: int, after: int, measured: Measured) -> Change:
    decoded = each.definition.decoded
    return Change(
        indicator=each.definition.name,
        before=decoded(before),
        after=decoded(after),
        score=measured.score,
        loss_ratio_bps=measured.loss_ratio_bps,
        tier=measured.tiers.together,
    )
