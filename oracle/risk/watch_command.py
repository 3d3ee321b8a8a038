"""`quittance risk watch`: what has changed in a watched customer since the last assessment (R14)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from domain.tiers import RiskTier
from oracle.risk.refusals import told_refusals
from oracle.risk.spoken import AsJson, Language, Spoken, print_json, print_plain

if TYPE_CHECKING:
    from oracle.risk.tables import RiskTables
    from oracle.risk.watch import Fired, Watched

_WORDS: Final = {
    "en": ("tier: {before} before, {after} now", "change", "before", "now", "on the watch list", "not to be watched"),
    "zh": ("风险等级：原为{before}，现为{after}", "变化", "原值", "现值", "列入监测名单", "无需监测"),
}


def watch_command(
    old: Annotated[Path, typer.Argument(help="Application as it was assessed last, YAML or JSON.")],
    new: Annotated[Path, typer.Argument(help="The same insured as known now.")],
    language: Spoken = Language.BOTH,
    as_json: AsJson = False,
) -> None:
    """Compare two states of one insured: which triggers fired, and whether somebody should look."""
    from oracle.risk.application import load_application
    from oracle.risk.assess import assess, subject_of
    from oracle.risk.documents import DocumentInvalid
    from oracle.risk.engine import load_engine
    from oracle.risk.watch import Seen, triggers, watch_list

    with told_refusals():
        engine, before, after = load_engine(), load_application(old), load_application(new)
        if before.case != after.case:
            told = f"{after.line.value} {after.party.value}"
            problem = f"is another form than {before.line.value} {before.party.value}"
            raise DocumentInvalid("new", told, problem, "Compare two states of one insured")
        then, now = (Seen(each.row(), assess(subject_of(each), engine).tier) for each in (before, after))
        listed = watch_list([(after.application_id, then, now)], *after.case, engine.tables)
        fired = triggers(then.row, now.row, *after.case, engine.tables)
    if as_json:
        print_json(_content(then.tier, now.tier, fired, listed))
        return
    console = Console()
    for each in language.each:
        _print(console, each, engine.tables, (then.tier, now.tier), fired, bool(listed))


def _print(
    console: Console,
    language: str,
    tables: RiskTables,
    tiers: tuple[RiskTier, RiskTier],
    fired: tuple[Fired, ...],
    watched: bool,
) -> None:
    from oracle.risk.explain import told_value

    title, change, was, now, listed, unlisted = _WORDS[language]
    before, after = (tables.texts.tiers[tier][language] for tier in tiers)
    print_plain(console, title.format(before=before, after=after))
    shown = Table(change, was, now)
    for each in fired:
        name = each.trigger.indicator
        values = (told_value(name, value, tables.texts, language) for value in (each.before, each.after))
        shown.add_row(each.trigger.en if language == "en" else each.trigger.zh, *values)
    if fired:
        console.print(shown, markup=False)
    print_plain(console, listed if watched else unlisted)


def _content(
    before: RiskTier, after: RiskTier, fired: tuple[Fired, ...], listed: tuple[Watched, ...]
) -> dict[str, object]:
    changes = [
        {"code": each.trigger.code, "indicator": each.trigger.indicator, "before": each.before, "after": each.after,
         "en": each.trigger.en, "zh": each.trigger.zh}
        for each in fired
    ]  # fmt: skip
    tiers = {"tier_before": before.name.lower(), "tier_after": after.name.lower()}
    return {**tiers, "watched": bool(listed), "triggers": changes}
