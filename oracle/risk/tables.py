"""The tables of every line: loaded, checked for what they mean, versioned and hashed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from domain.hashing import canonical_json, keccak256
from domain.tiers import RiskTier, TierBounds
from oracle.risk.codes import CURRENCIES
from oracle.risk.derived import definition
from oracle.risk.fast_lane import Need, needs_of
from oracle.risk.grading import Grade, GradeName, Grading, grading_of
from oracle.risk.indicators import ABSENT, IndicatorUnknown, Kind, Line, Party
from oracle.risk.points import Scorecard
from oracle.risk.rounding import scaled_up
from oracle.risk.rules import SCORE, Rule, compiled
from oracle.risk.scorecards import scorecards_of
from oracle.risk.sources import refuse_other_ages
from oracle.risk.table_files import TABLES, TableFile, TableInvalid, check_locked, lock_tables, read_lock, read_table
from oracle.risk.table_schema import DecisionEntry, LineEntry, SegmentEntry, TextsEntry, TriggerEntry
from oracle.risk.texts import Texts, texts_of
from oracle.risk.unconfirmed import CountedOn, Reading, counted_on_of, reading_of

TABLE_NAMES = ("occupations", "illnesses", "sources", "texts", *(line.value for line in Line))


@dataclass(frozen=True)
class LineTable:
    """Everything that is data about one line.

    Attributes:
        scorecards: By party.
        behaviour: Grades of behaviour, each with the rule it follows from.
        conditions: What a qualitative finding asks of the customer.
        declines: Reasons to recommend a refusal.
        exclusions: What may be excluded, for which tiers.
        outliers: Reasons to look at the information again.
        needs: What must be known for the fast lane.
        counted_on: Sources that must have answered for it.
        readings: By party, how statements count that none of these confirmed.
        products: Products for segments, each with its factor on the standard rate, basis points.
    """

    line: Line
    version: str
    hash: bytes
    bounds: TierBounds
    committee_above_score: int
    scorecards: Mapping[Party, Scorecard]
    behaviour: tuple[tuple[Grade, Rule], ...]
    conditions: tuple[Rule, ...]
    declines: tuple[Rule, ...]
    exclusions: tuple[Rule, ...]
    outliers: tuple[Rule, ...]
    needs: tuple[Need, ...]
    counted_on: tuple[CountedOn, ...]
    readings: Mapping[Party, Reading]
    decision: DecisionEntry
    segments: Mapping[RiskTier, SegmentEntry]
    products: tuple[tuple[int, Rule], ...]
    watch: tuple[TriggerEntry, ...]


@dataclass(frozen=True)
class RiskTables:
    """All tables together."""

    lines: Mapping[Line, LineTable]
    grading: Grading
    texts: Texts
    files: tuple[TableFile, ...]

    @cached_property
    def hash(self) -> bytes:
        """32 bytes: names, versions and contents of all tables."""
        return keccak256(canonical_json([[each.name, each.version, each.hash.hex()] for each in self.files]))


def load_tables(folder: Path = TABLES) -> RiskTables:
    """All tables of a folder, checked and held against its lock.

    Raises:
        TableInvalid: Names the table, the field, its value and the remedy.
    """
    lock = read_lock(folder)
    files = {name: read_table(folder / f"{name}.yaml") for name in TABLE_NAMES}
    for table in files.values():
        check_locked(table, lock)
    return tables_of(files)


def tables_of(files: Mapping[str, TableFile]) -> RiskTables:
    """All tables from their files, checked for what they mean.

    Raises:
        TableInvalid
    """
    grading = grading_of(files["occupations"], files["illnesses"])
    texts = texts_of(files["texts"].parsed(TextsEntry))
    refuse_other_ages(files["sources"])
    lines = {line: _line_of(files[line.value], grading, texts) for line in Line}
    return RiskTables(lines, grading, texts, tuple(files[name] for name in TABLE_NAMES))


def lock_all(folder: Path = TABLES) -> tuple[str, ...]:
    """Lock the tables of a folder, once they mean something.

    Returns:
        Versions new to the lock, as in "life 2".
    Raises:
        TableInvalid
    """
    tables_of({name: read_table(folder / f"{name}.yaml") for name in TABLE_NAMES})
    return lock_tables(folder, TABLE_NAMES)


def _line_of(table: TableFile, grading: Grading, texts: Texts) -> LineTable:
    entry = table.parsed(LineEntry)
    line = entry.table
    _check_decision(entry)
    _check_segments(entry, texts)
    _check_exclusions(entry)
    _check_watch(entry)

    def rules(name: str, *, scored: bool = False) -> tuple[Rule, ...]:
        field = f"{line.value}.{name}"
        found = compiled(getattr(entry, name), field, grading)
        for rule in found:
            _check_asked(rule, line, field, scored=scored)
            _check_absence(rule, name, field)
        return found

    cards = _cards(line, entry, texts)
    needs = needs_of(line, entry.fast_lane.needs)
    counted_on = counted_on_of(line, entry.fast_lane.sources, needs)
    return LineTable(
        line=line,
        version=table.version,
        hash=table.hash,
        bounds=_bounds(entry),
        committee_above_score=entry.committee_above_score,
        scorecards=cards,
        behaviour=_graded(entry, rules),
        conditions=rules("conditions"),
        declines=rules("declines"),
        exclusions=rules("exclusions"),
        outliers=rules("outliers", scored=True),
        needs=needs,
        counted_on=counted_on,
        readings={party: reading_of(line, party, card, counted_on) for party, card in cards.items()},
        decision=entry.decision,
        segments={RiskTier[name.name]: segment for name, segment in entry.segments.items()},
        products=tuple(zip((each.rate_factor_bps for each in entry.products), rules("products"), strict=True)),
        watch=entry.watch,
    )


def _cards(line: Line, entry: LineEntry, texts: Texts) -> Mapping[Party, Scorecard]:
    cards = scorecards_of(line, entry.scorecards)
    for card in cards.values():
        _check_words(line, card, texts)
    return cards


def _graded(entry: LineEntry, rules: Callable[[str], tuple[Rule, ...]]) -> tuple[tuple[Grade, Rule], ...]:
    return tuple(zip((each.grade.grade for each in entry.behaviour), rules("behaviour"), strict=True))


def _bounds(entry: LineEntry) -> TierBounds:
    tiers, field = entry.tiers, f"{entry.table.value}.tiers"
    if tiers.medium_from_score > tiers.high_above_score or tiers.medium_from_ratio_bps > tiers.high_above_ratio_bps:
        raise TableInvalid(field, tiers.model_dump(), "begin medium above its end", "Put the bounds in order")
    if entry.committee_above_score < tiers.high_above_score:
        field = f"{entry.table.value}.committee_above_score"
        remedy = f"Set it to {tiers.high_above_score} to 9000"
        raise TableInvalid(field, entry.committee_above_score, "lies below the high tier", remedy)
    return TierBounds(**tiers.model_dump())


def _check_decision(entry: LineEntry) -> None:
    decision, field = entry.decision, f"{entry.table.value}.decision"
    rates = decision.rates
    loaded = scaled_up(rates.medium_bps, 10_000 + decision.loading_bps)
    if rates.loaded_bps != loaded:
        problem = "is not the medium rate with the loading on it"
        raise TableInvalid(f"{field}.rates.loaded_bps", rates.loaded_bps, problem, f"Set it to {loaded}")
    if not rates.low_bps <= rates.medium_bps <= rates.high_bps:
        raise TableInvalid(f"{field}.rates", rates.model_dump(), "fall as risk rises", "Order them low, medium, high")
    if decision.measures.medium[-1] != "loading":
        problem = "may find nothing to do: only a loading always applies"
        raise TableInvalid(f"{field}.measures.medium", decision.measures.medium, problem, "End with loading")
    unknown = sorted(set(decision.caps_minor) - set(CURRENCIES))
    if unknown or ("cap" in decision.measures.medium) != bool(decision.caps_minor):
        problem = "do not fit the measures and currencies"
        remedy = "Give caps exactly where `cap` is a measure, in currencies of oracle/risk/codes.py"
        raise TableInvalid(f"{field}.caps_minor", dict(decision.caps_minor), problem, remedy)


def _check_segments(entry: LineEntry, texts: Texts) -> None:
    field = f"{entry.table.value}.segments"
    if len(entry.segments) != len(RiskTier):
        raise TableInvalid(field, list(entry.segments), "miss a tier", "Give low, medium and high")
    for name, segment in entry.segments.items():
        unknown = sorted(set(segment.services) - set(texts.services))
        if unknown:
            raise TableInvalid(f"{field}.{name.value}", unknown[0], "has no words", "Add it to tables/texts.yaml")


def _check_words(line: Line, card: Scorecard, texts: Texts) -> None:
    for each in card.indicators:
        about = each.definition
        told = {Kind.CHOICE: about.name in texts.choices, Kind.WHOLE: about.unit in texts.units}.get(about.kind, True)
        if not told:
            field = f"{line.value}.scorecards.{about.name}"
            raise TableInvalid(field, about.unit or about.name, "has no words", "Add it to tables/texts.yaml")


def _check_exclusions(entry: LineEntry) -> None:
    for rule in entry.exclusions:
        if GradeName.LOW in rule.tiers:
            field = f"{entry.table.value}.exclusions.{rule.code}.tiers"
            problem = "has low in it, and a low risk is accepted as it is"
            raise TableInvalid(field, [tier.value for tier in rule.tiers], problem, "Name medium, high or both")


def _check_asked(rule: Rule, line: Line, field: str, *, scored: bool) -> None:
    for requirement in rule.requirements:
        name = requirement.indicator
        known = scored if name == SCORE else any(definition(name).applies_to(line, party) for party in Party)
        if not known:
            raise TableInvalid(f"{field}.{rule.code}", name, "is not known at this point", "Use what the form asks for")


def _check_absence(rule: Rule, name: str, field: str) -> None:
    for requirement in rule.requirements:
        if requirement.high == ABSENT and name != "conditions":
            problem = "would hold for what is not known, which may only attach a condition"
            raise TableInvalid(f"{field}.{rule.code}", requirement.indicator, problem, "Ask for it under `conditions`")


def _check_watch(entry: LineEntry) -> None:
    for trigger in entry.watch:
        _check_trigger(trigger, entry.table)


def _check_trigger(trigger: TriggerEntry, line: Line) -> None:
    field = f"{line.value}.watch.{trigger.code}"
    try:
        about = definition(trigger.indicator)
    except IndicatorUnknown as error:
        raise TableInvalid(field, trigger.indicator, error.problem, error.remedy) from error
    if not any(about.applies_to(line, party) for party in Party):
        raise TableInvalid(
            field, trigger.indicator, f"is not asked for in {line.value}", "Watch what the form asks for"
        )
    choices = about.choices or ("false", "true")
    unknown = sorted(set(trigger.becomes) - set(choices))
    if unknown:
        raise TableInvalid(field, unknown[0], f"is no choice of {about.name}", f"Use one of {', '.join(choices)}")
