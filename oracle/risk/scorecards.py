"""Scorecards from tables: every value of every indicator has points, and they move the way the manual says."""

from collections.abc import Sequence

from domain.money import BPS_WHOLE
from oracle.risk.derived import definition
from oracle.risk.indicators import (
    ABSENT,
    Case,
    Dimension,
    IndicatorDefinition,
    IndicatorUnknown,
    Kind,
    Line,
    Party,
)
from oracle.risk.points import IndicatorPoints, Scorecard
from oracle.risk.steps import Steps
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import Band, ScorecardEntry, ScoredEntry

NEVER_CHANGEABLE = frozenset({"age_years", "sex"})
_FLAGS = ("false", "true")


def scorecards_of(line: Line, entries: Sequence[ScorecardEntry]) -> dict[Party, Scorecard]:
    """One scorecard for each party.

    Raises:
        TableInvalid: Weights, ranges, choices or directions are wrong, or a party has none or two.
    """
    parties = [party for entry in entries for party in entry.parties]
    if sorted(parties) != sorted(Party):
        field = f"{line.value}.scorecards"
        raise TableInvalid(field, parties, "are not each party once", "Give personal and corporate one scorecard each")
    return {party: _scorecard(line, party, entry) for entry in entries for party in entry.parties}


def _scorecard(line: Line, party: Party, entry: ScorecardEntry) -> Scorecard:
    field = f"{line.value}.scorecards.{party.value}"
    total = sum(scored.weight_bps for scored in entry.indicators.values())
    if total != BPS_WHOLE:
        raise TableInvalid(f"{field}.weights", total, f"do not sum to {BPS_WHOLE} basis points", "Correct the weights")
    scored = tuple(_points(line, party, field, name, each) for name, each in entry.indicators.items())
    _check_dimensions(field, entry, scored)
    return Scorecard(scored)


def _points(line: Line, party: Party, field: str, name: str, entry: ScoredEntry) -> IndicatorPoints:
    field = f"{field}.{name}"
    try:
        about = definition(name)
    except IndicatorUnknown as error:
        raise TableInvalid(field, name, error.problem, error.remedy) from error
    if about.dimension is Dimension.OFFER or not about.applies_to(line, party):
        raise TableInvalid(field, name, "is not an indicator to score in this form", "Leave it out")
    steps = _banded(field, about, entry) if about.kind is Kind.WHOLE else _chosen(field, about, entry)
    _check_direction(field, about, line, steps)
    _check_missing(field, about, Case(line, party), entry, steps)
    reachable = _reachable(field, about, entry)
    changeable = entry.changeable or bool(reachable)
    fixed = name in NEVER_CHANGEABLE or about.derived
    if changeable and (fixed or (about.kind is Kind.WHOLE and not about.monotone(line))):
        raise TableInvalid(field, name, "cannot be offered as something to change", "Take `changeable` away")
    raised = None if entry.raised is None else _coded(about, entry.raised)
    return IndicatorPoints(about, entry.weight_bps, steps, changeable, reachable, raised)


def _banded(field: str, about: IndicatorDefinition, entry: ScoredEntry) -> Steps:
    if entry.bands is None:
        raise TableInvalid(field, entry.choices, "are choices, and this is a number", "Give bands")
    _check_ranges(field, about, entry.bands)
    return Steps(
        [ABSENT, *(band.start for band in entry.bands)], [entry.missing, *(band.points for band in entry.bands)]
    )


def _check_ranges(field: str, about: IndicatorDefinition, bands: Sequence[Band]) -> None:
    expected = about.least
    for band in bands:
        if band.start != expected:
            problem = f"{'leaves a gap' if band.start > expected else 'overlaps'}: the band should begin at {expected}"
            raise TableInvalid(
                f"{field}.bands", band.start, problem, "Let each band begin one above the last one's end"
            )
        if band.end < band.start:
            raise TableInvalid(f"{field}.bands", band.end, f"ends before it begins at {band.start}", "Correct the band")
        expected = band.end + 1
    if bands[-1].end != about.most:
        raise TableInvalid(f"{field}.bands", bands[-1].end, f"is not the end, {about.most}", "Cover every value")


def _chosen(field: str, about: IndicatorDefinition, entry: ScoredEntry) -> Steps:
    choices = _FLAGS if about.kind is Kind.FLAG else about.choices
    if about.kind is Kind.SET or entry.choices is None:
        raise TableInvalid(field, about.kind.value, "has no points of this kind", "Give choices; score a set by rules")
    if sorted(entry.choices) != sorted(choices):
        differing = sorted(set(entry.choices) ^ set(choices))
        raise TableInvalid(field, differing, "are not exactly the choices there are", "Give every choice its points")
    return Steps(range(ABSENT, len(choices)), [entry.missing, *(entry.choices[choice] for choice in choices)])


def _check_direction(field: str, about: IndicatorDefinition, line: Line, steps: Steps) -> None:
    direction = about.monotone(line)
    if direction == 0:
        return
    given = list(zip(steps.breakpoints[1:], steps.values[1:], strict=True))
    ends = [start for start, _ in given[1:]] + [about.most + 1]
    points = [value for (_, value), end in zip(given, ends, strict=True) if end > about.directed_from]
    if points != sorted(points, reverse=direction < 0):
        problem = f"{'fall' if direction > 0 else 'rise'} where the manual says the opposite"
        raise TableInvalid(f"{field}.points", points, problem, "Let points follow the risk")


def _check_missing(field: str, about: IndicatorDefinition, case: Case, entry: ScoredEntry, steps: Steps) -> None:
    """An absent value has a value it is at least taken for, and at least its points: to withhold it never pays."""
    if entry.raised is None:
        if not about.derived and case in about.required:
            return
        raise TableInvalid(f"{field}.raised", None, "is not said, and the value may be absent", "Name a raised value")
    coded = _coded(about, entry.raised)
    if coded is None or (about.kind is Kind.WHOLE and not max(about.least, about.directed_from) <= coded <= about.most):
        problem = f"is no value of {about.name} in which risk has begun to rise"
        raise TableInvalid(f"{field}.raised", entry.raised, problem, "Name a raised value")
    if entry.missing < steps.at(coded):
        problem = f"rewards withholding: {entry.raised} gets {steps.at(coded)} points"
        raise TableInvalid(f"{field}.missing", entry.missing, problem, f"Give at least {steps.at(coded)} points")


def _coded(about: IndicatorDefinition, raised: int | str) -> int | None:
    """The raised value as in a column; None if the indicator has no such value."""
    if about.kind is Kind.WHOLE:
        return raised if isinstance(raised, int) else None
    choices = _FLAGS if about.kind is Kind.FLAG else about.choices
    return choices.index(raised) if isinstance(raised, str) and raised in choices else None


def _reachable(field: str, about: IndicatorDefinition, entry: ScoredEntry) -> tuple[int, ...]:
    choices = _FLAGS if about.kind is Kind.FLAG else about.choices
    unknown = sorted(set(entry.reachable) - set(choices))
    if unknown:
        raise TableInvalid(f"{field}.reachable", unknown[0], "is no choice", f"Use one of {', '.join(choices)}")
    return tuple(choices.index(choice) for choice in entry.reachable)


def _check_dimensions(field: str, entry: ScorecardEntry, scored: Sequence[IndicatorPoints]) -> None:
    sums: dict[Dimension, int] = {}
    for each in scored:
        sums[each.definition.dimension] = sums.get(each.definition.dimension, 0) + each.weight_bps
    if sums != dict(entry.dimensions):
        written = {dimension.value: weight for dimension, weight in sums.items()}
        raise TableInvalid(f"{field}.dimensions", dict(entry.dimensions), f"are not {written}", "Correct either side")
