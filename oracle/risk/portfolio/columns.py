"""The columnar assessment: what `oracle.risk.assess` says of one application, said of a column of them.

The same tables, breakpoints and rules are asked; every number is the same whole number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.indemnity_reports import Measure
from domain.money import Bps
from domain.tiers import RiskTier
from oracle.risk.codes import CURRENCIES
from oracle.risk.decision import Decision
from oracle.risk.derived import derived_each
from oracle.risk.engine import Engine
from oracle.risk.fast_lane import lacking_each
from oracle.risk.grading import Grade
from oracle.risk.indicators import ABSENT, Case, Source
from oracle.risk.points import Scorecard, scores
from oracle.risk.portfolio.coding import Coding, digits, named, worded
from oracle.risk.rates import factor_bps
from oracle.risk.rounding import Ints, ratio_bps
from oracle.risk.rules import HISTORY_MASK, SCORE, Flags, Rule
from oracle.risk.tables import LineTable
from oracle.risk.unconfirmed import ReadEach
from oracle.risk.vocabulary import asked

MAIN_INDICATORS: Final = 3
TIERS: Final = tuple(tier.name.lower() for tier in RiskTier)
GRADES: Final = tuple(grade.name.lower() for grade in Grade)
MEASURES: Final = tuple(measure.name.lower() for measure in Measure)
DECISIONS: Final = tuple(Decision)
_NONE, _LOADING, _CAP, _EXCLUSION = Measure.NONE, Measure.LOADING, Measure.CAP, Measure.EXCLUSION


Column = Ints | Flags | Coding
Columns = Mapping[str, Ints]


@dataclass(frozen=True, slots=True)
class _Measured:
    score: Ints
    tier: Ints
    declines: Flags
    columns: dict[str, Column]


@dataclass(frozen=True, slots=True)
class _Decided:
    decision: Ints
    measure: Ints
    exclusions: Flags


def assess_each(stated: Columns, read: ReadEach, case: Case, engine: Engine) -> dict[str, Column]:
    """Assess the applications of one form.

    Args:
        stated: Every indicator of the form, coded, complete and free of contradictions; one row or more.
        read: What reports gave of them.
    Returns:
        Columns of a report, by name: see `oracle.risk.portfolio.reports`. `ABSENT` stands for none.
    """
    table, grading = engine.tables.lines[case.line], engine.tables.grading
    coded = {**stated, **derived_each(stated, case.line, case.party, grading)}
    counted = table.readings[case.party].columns(coded, read)
    measured = _measure(coded, counted.coded, case, engine)
    without = _high_without_illnesses(measured, coded, read, case, engine)
    return {
        **measured.columns,
        **_decision_columns(measured, coded, without, table),
        **_review_columns(measured, coded, counted.unread, table),
        "occupation_grade": _grades(coded, "occupation_class", grading.occupation_grades),
        "illness_grade": _grades(coded, "illness_seriousness", grading.illness_grades),
        "products": _products(measured.tier, coded, table),
    }


def complete(columns: Columns, rows: Ints, case: Case) -> dict[str, Ints]:
    """Every indicator of a form for some rows; those no column has are absent."""
    absent = np.full(len(rows), ABSENT, dtype=np.int64)
    return {each.name: columns[each.name][rows] if each.name in columns else absent for each in asked(*case)}


def _measure(coded: Columns, counted: Columns, case: Case, engine: Engine) -> _Measured:
    """Score, expected loss and tiers: `oracle.risk.engine.measure` for columns.

    Args:
        counted: What each counts as in points and models; rules see what is known.
    """
    table = engine.tables.lines[case.line]
    millionths = table.scorecards[case.party].millionths_each(counted)
    declines = _held(table.declines, coded, len(coded["sum_insured_minor"]))
    scored = scores(millionths)
    score = np.where(declines.any(axis=0), np.maximum(scored, table.bounds.high_above_score + 1), scored)
    loss = engine.models.expected_loss_minor(case.line, counted)
    ratio = ratio_bps(loss, coded["premium_minor"])
    by_score = _tiers(score, table.bounds.medium_from_score, table.bounds.high_above_score)
    by_ratio = _tiers(ratio, table.bounds.medium_from_ratio_bps, table.bounds.high_above_ratio_bps)
    tier = np.maximum(by_score, by_ratio)
    columns: dict[str, Column] = {
        "score": score,
        "scored": scored,
        "tier_by_score": Coding(by_score, TIERS),
        "tier_by_ratio": Coding(by_ratio, TIERS),
        "tier": Coding(tier, TIERS),
        "expected_loss_minor": loss,
        "loss_ratio_bps": ratio,
        "main_indicators": _main_indicators(millionths, table.scorecards[case.party]),
    }
    return _Measured(score, tier, declines, columns)


def _high_without_illnesses(measured: _Measured, coded: Columns, read: ReadEach, case: Case, engine: Engine) -> Flags:
    """Which high risks are such also without the illnesses that can be excluded; the others' numbers do not matter."""
    table, found = engine.tables.lines[case.line], np.zeros(len(measured.tier), dtype=np.bool_)
    rules = [rule for rule in table.exclusions if RiskTier.HIGH in rule.tiers and rule.illnesses]
    if not rules:
        return found
    named = int(np.bitwise_or.reduce([rule.illnesses for rule in rules]))
    rows = np.flatnonzero((measured.tier == RiskTier.HIGH) & (np.maximum(coded[HISTORY_MASK], 0) & named != 0))
    if not len(rows):
        return found
    without = {name: column[rows] for name, column in coded.items()}
    without[HISTORY_MASK] = without[HISTORY_MASK] & ~named
    without.update(derived_each(without, case.line, case.party, engine.tables.grading))
    counted = table.readings[case.party].columns(without, read.at(rows))
    found[rows] = _measure(without, counted.coded, case, engine).tier == RiskTier.HIGH
    return found


def _decision_columns(measured: _Measured, coded: Columns, without: Flags, table: LineTable) -> dict[str, Column]:
    decided = _decide(measured, coded, without, table)
    return {
        "decision": Coding(decided.decision, DECISIONS),
        "measure": Coding(decided.measure, MEASURES),
        "loading_bps": np.where(decided.measure == _LOADING, table.decision.loading_bps, 0),
        "factor_bps": _factors(measured.tier, decided.measure, table),
        "cap_minor": _caps(coded, measured.tier, table),
        "exclusions": _codes(decided.exclusions, table.exclusions),
        "declines": _codes(measured.declines, table.declines),
    }


def _review_columns(
    measured: _Measured, coded: Columns, unread: Mapping[Source, Flags], table: LineTable
) -> dict[str, Column]:
    """What was noted and is asked, and who looks at the case: `oracle.risk.decision.review` for columns."""
    count, behaviour = len(measured.tier), [rule for _, rule in table.behaviour]
    findings = _held(behaviour, coded, count)
    conditions = _held(table.conditions, coded, count)
    reasons = _held(table.outliers, {**coded, SCORE: measured.score}, count, measured.tier)
    committee = measured.score > table.committee_above_score
    looked_at = reasons.any(axis=0) | committee | conditions.any(axis=0) | lacking_each(table.needs, coded)
    sources = [source for source in Source if source in unread]
    missed = np.array([unread[source] for source in sources], dtype=np.bool_).reshape(len(sources), count)
    looked_at |= missed.any(axis=0)
    return {
        "findings": _codes(findings, behaviour),
        "conditions": _codes(conditions, table.conditions),
        "manual_review": _codes(reasons, table.outliers),
        "unconfirmed": named(missed, [source.value for source in sources]),
        "committee": committee,
        "fast_lane": (measured.tier == RiskTier.LOW) & ~looked_at,
        "behaviour_grade": Coding(_behaviour(findings, table, count), GRADES),
    }


def _products(tier: Ints, coded: Columns, table: LineTable) -> Coding:
    rules = [rule for _, rule in table.products]
    return _codes(_held(rules, coded, len(tier), tier), rules)


def _tiers(values: Ints, medium_from: int, high_above: int | Bps) -> Ints:
    return (values >= medium_from).astype(np.int64) + (values > high_above)


def _held(rules: Sequence[Rule], coded: Columns, count: int, tier: Ints | None = None) -> Flags:
    """Which rule holds of which application: one row for each rule."""
    held = np.zeros((len(rules), count), dtype=np.bool_)
    for place, rule in enumerate(rules):
        held[place] = rule.holds_each(coded, count)
        if tier is not None:
            held[place] &= np.isin(tier, [int(each) for each in rule.tiers])
    return held


def _decide(measured: _Measured, coded: Columns, without: Flags, table: LineTable) -> _Decided:
    """Decision and measure: `oracle.risk.decision.decide` for columns."""
    tier, count = measured.tier, len(measured.tier)
    low, medium, high = (tier == each for each in RiskTier)
    exclusions = _held(table.exclusions, coded, count, tier) & ~low
    excludable = exclusions.any(axis=0)
    others = exclusions[[not rule.illnesses for rule in table.exclusions]].any(axis=0)
    refused = high & (measured.declines.any(axis=0) | ~excludable | (without & ~others))
    measure = np.where(high & ~refused, int(_EXCLUSION), int(_NONE))
    open_still = medium.copy()
    for name in table.decision.measures.medium:
        taken, applies = _applies(name, excludable, coded, table)
        measure[open_still & applies] = int(taken)
        open_still &= ~applies
    decision = np.select(
        [low, medium, refused],
        [DECISIONS.index(each) for each in (Decision.ACCEPT, Decision.CONDITIONAL, Decision.REFER_DECLINE)],
        DECISIONS.index(Decision.EXCLUDE),
    )
    return _Decided(decision, measure, exclusions)


def _applies(name: str, excludable: Flags, coded: Columns, table: LineTable) -> tuple[Measure, Flags]:
    if name == "exclusion":
        return _EXCLUSION, excludable
    if name == "cap":
        most = _currency_caps(table)[coded["currency"]]
        return _CAP, (most != ABSENT) & (coded["sum_insured_minor"] > most)
    return _LOADING, np.ones(len(excludable), dtype=np.bool_)


def _currency_caps(table: LineTable) -> Ints:
    """Caps by the place of the currency, minor units."""
    return np.array([table.decision.caps_minor.get(each, ABSENT) for each in CURRENCIES], dtype=np.int64)


def _caps(coded: Columns, tier: Ints, table: LineTable) -> Ints:
    asked_for, most = coded["sum_insured_minor"], _currency_caps(table)[coded["currency"]]
    return np.where((tier == RiskTier.LOW) | (most == ABSENT), asked_for, np.minimum(asked_for, most))


def _factors(tier: Ints, measure: Ints, table: LineTable) -> Ints:
    found = [[factor_bps(each, taken, table) for taken in Measure] for each in RiskTier]
    by_place = np.array([[ABSENT if each is None else each for each in row] for row in found], dtype=np.int64)
    return by_place[tier, measure]


def _behaviour(findings: Flags, table: LineTable, count: int) -> Ints:
    grade = np.full(count, int(Grade.LOW), dtype=np.int64)
    for (each, _), held in zip(table.behaviour, findings, strict=True):
        grade = np.maximum(grade, np.where(held, int(each), int(Grade.LOW)))
    return grade


def _grades(coded: Columns, name: str, grades: Mapping[int, Grade]) -> Coding:
    by_level = np.full(max(grades) + 2, ABSENT, dtype=np.int64)
    for level, grade in grades.items():
        by_level[level] = grade
    # The last place, which an absent level points at, holds ABSENT.
    levels = coded.get(name)
    count = len(coded["sum_insured_minor"])
    return Coding(np.full(count, ABSENT, dtype=np.int64) if levels is None else by_level[levels], GRADES)


def _main_indicators(millionths: Ints, card: Scorecard) -> Coding:
    """The largest contributions, largest first, of equal ones the first by name; nothing that added nothing."""
    names = [each.definition.name for each in card.indicators]
    by_name = np.argsort(np.array(names))
    left = millionths[by_name]
    every = np.arange(left.shape[1])
    picked = np.zeros(left.shape[1], dtype=np.int64)
    for _ in range(min(MAIN_INDICATORS, len(names))):
        largest = left.argmax(axis=0)
        picked = picked * (len(names) + 1) + np.where(left[largest, every] > 0, largest + 1, 0)
        left[largest, every] = 0
    ordered = [names[place] for place in by_name]
    return worded(picked, lambda key: digits(key, len(names) + 1), ordered)


def _codes(held: Flags, rules: Sequence[Rule]) -> Coding:
    """Codes of the rules that hold, in the order of the table."""
    return named(held, [rule.code for rule in rules])
