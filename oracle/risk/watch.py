"""The watch list (R14): who of the watched has changed since the last assessment, and in what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.tiers import RiskTier
from oracle.risk.derived import coded_row, definition
from oracle.risk.indicators import ABSENT, Line, Party, Row, Value
from oracle.risk.table_schema import TriggerEntry
from oracle.risk.tables import RiskTables


@dataclass(frozen=True, slots=True)
class Seen:
    """An insured as seen at one time: the row of then and the tier it gave."""

    row: Row
    tier: RiskTier


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired, with what the indicator was and is."""

    trigger: TriggerEntry
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Watched:
    """One insured on the list."""

    policy_id: int
    tier_before: RiskTier
    tier_after: RiskTier
    fired: tuple[Fired, ...]


def watch_list(
    insured: Iterable[tuple[int, Seen, Seen]], line: Line, party: Party, tables: RiskTables
) -> tuple[Watched, ...]:
    """The insured to look at: of a watched tier before or after, with a trigger fired or a higher tier; worst first.

    Args:
        insured: Policy id, what was seen before, what is seen now.
    Raises:
        IndicatorUnknown, IndicatorInvalid
    """
    segments = tables.lines[line].segments
    found = []
    for policy_id, before, after in insured:
        fired = triggers(before.row, after.row, line, party, tables)
        watched = segments[before.tier].watched or segments[after.tier].watched
        if watched and (fired or after.tier > before.tier):
            found.append(Watched(policy_id, before.tier, after.tier, fired))
    return tuple(sorted(found, key=lambda each: (-each.tier_after, -len(each.fired), each.policy_id)))


def triggers(before: Row, after: Row, line: Line, party: Party, tables: RiskTables) -> tuple[Fired, ...]:
    """Triggers of a line that a change fires. What was or is not known fires nothing.

    Raises:
        IndicatorUnknown, IndicatorInvalid
    """
    then, now = (coded_row(row, line, party, tables.grading) for row in (before, after))
    return tuple(
        Fired(trigger, _shown(then, trigger), _shown(now, trigger))
        for trigger in tables.lines[line].watch
        if _fires(trigger, then.get(trigger.indicator, ABSENT), now.get(trigger.indicator, ABSENT))
    )


def _fires(trigger: TriggerEntry, then: int, now: int) -> bool:
    if ABSENT in (then, now):
        return False
    if trigger.rises_by is not None:
        return now - then >= trigger.rises_by
    if trigger.falls_by is not None:
        return then - now >= trigger.falls_by
    choices = definition(trigger.indicator).choices or ("false", "true")
    return now != then and choices[now] in trigger.becomes


def _shown(coded: Mapping[str, int], trigger: TriggerEntry) -> Value:
    return definition(trigger.indicator).decoded(coded.get(trigger.indicator, ABSENT))
