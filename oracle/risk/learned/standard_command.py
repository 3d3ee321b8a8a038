"""`quittance risk learn-tiers` and `standard`: standard customers scored by learned models, without a person (R12)."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from oracle.risk.indicators import Line, Party
from oracle.risk.refusals import told_refusals
from oracle.risk.spoken import AsJson, Language, Spoken, print_json, print_plain

if TYPE_CHECKING:
    from oracle.risk.application import Application
    from oracle.risk.decision import Review
    from oracle.risk.learned.tiers import AutomaticScore, TierModels

MEDIUM_FOLDER: Final = "at-least-medium"
HIGH_FOLDER: Final = "high"
MOST_DRAWN: Final = 1_000_000
_REASONS: Final = {
    "age": ("the age is not from 20 to 40", "年龄不在20至40岁之间"),
    "history": ("there is a medical history", "有既往病史"),
    "history-not-given": ("the medical history is not given", "未提供既往病史"),
    "claims": ("there were claims before", "有既往理赔"),
    "claims-not-given": ("earlier claims are not given", "未提供既往理赔"),
    "high": ("the risk is high", "风险较高"),
    "facts-lacking": ("what the fast lane needs is not given", "未提供快速通道所需信息"),
    "not-read": ("a source that must confirm it was not read", "未查询须核实的信息来源"),
}
_WORDS: Final = {
    "en": (
        "Application {id}: {tier}; probability of the high tier {high:.2f} %", "Application {id}",
        "standard customer: no person needed", "a person looks, because {why}", ", ",
    ),
    "zh": (
        "投保申请{id}：{tier}；高风险概率{high:.2f}%", "投保申请{id}",
        "标准客户：无需人工核保", "转人工核保：{why}", "、",
    ),
}  # fmt: skip


def learn_tiers_command(
    line: Annotated[Line, typer.Option(help="Line of insurance.")],
    out: Annotated[Path, typer.Option(help="Folder the two models and their cards are written into.")],
    rows: Annotated[int, typer.Option(help="Invented applicants to learn from.", min=1_000, max=MOST_DRAWN)] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same applicants.", min=0)] = 1,
) -> None:
    """Learn the manual's tier of a line from invented applicants, for `standard`."""
    from oracle.risk.engine import load_engine
    from oracle.risk.learned.applicants import draw_applicants
    from oracle.risk.learned.card import write_model
    from oracle.risk.learned.pipeline import Algorithm
    from oracle.risk.learned.tiers import learn_tiers

    console = Console()
    with told_refusals():
        out.mkdir(parents=True, exist_ok=True)
        found = learn_tiers(line, draw_applicants(line, rows, seed, load_engine()), (Algorithm.BOOSTING,))
        write_model(found.medium, out / MEDIUM_FOLDER)
        write_model(found.high, out / HIGH_FOLDER)
    told = f"accuracy {found.accuracy:.4f} (naive {found.naive_accuracy:.4f}), recall of high {found.high_recall:.4f}"
    print_plain(console, f"{told}, on {found.rows:,} applicants not seen")
    print_plain(console, f"written to {out}")


def standard_command(
    file: Annotated[Path, typer.Argument(help="Application, YAML or JSON.")],
    models: Annotated[Path, typer.Option(help="Folder that learn-tiers filled.")],
    language: Spoken = Language.BOTH,
    as_json: AsJson = False,
) -> None:
    """Score a standard customer (20 to 40, no history) by learned models; say why where a person must look."""
    from oracle.risk.application import load_application
    from oracle.risk.assess import assess, subject_of
    from oracle.risk.engine import load_engine
    from oracle.risk.learned.tiers import score_standard

    with told_refusals():
        application = load_application(file)
        learned = _models(models, application)
        (found,) = score_standard(learned, [application.row()])
        engine = load_engine()
        found = _held_back(found, assess(subject_of(application), engine).review)
        texts = engine.tables.texts
    number = application.application_id
    if as_json:
        tier = None if found.tier is None else found.tier.name.lower()
        because = list(found.because)
        print_json({"application_id": str(number), "tier": tier, "high_bps": found.high_bps, "because": because})
        return
    for each in language.each:
        tier = None if found.tier is None else texts.tiers[found.tier][each]
        print_plain(Console(), _told(number, tier, found, each))


def _held_back(found: "AutomaticScore", review: "Review") -> "AutomaticScore":
    """What keeps a case out of the fast lane keeps it from being scored without a person too."""
    reasons = {"facts-lacking": review.lacking, "not-read": review.unconfirmed}
    return replace(found, because=(*found.because, *(why for why, missing in reasons.items() if missing)))


def _told(number: int, tier: str | None, found: "AutomaticScore", language: str) -> str:
    scored, unscored, alone, person, between = _WORDS[language]
    title = (
        scored.format(id=number, tier=tier, high=(found.high_bps or 0) / 100) if tier else unscored.format(id=number)
    )
    why = between.join(_REASONS[each][0 if language == "en" else 1] for each in found.because)
    return f"{title}\n{person.format(why=why) if why else alone}"


def _models(folder: Path, application: "Application") -> "TierModels":
    from oracle.risk.learned.errors import ModelUnusable
    from oracle.risk.learned.store import load_model
    from oracle.risk.learned.tiers import TierModels

    medium, high = load_model(folder / MEDIUM_FOLDER), load_model(folder / HIGH_FOLDER)
    line = application.line
    for model, target in ((medium, "at-least-medium"), (high, "high")):
        if model.name != f"{line.value}-tier-{target}":
            problem = f"does not give tiers of {line.value}"
            raise ModelUnusable("--models", model.name, problem, f"Run learn-tiers --line {line.value}")
    if application.party is not Party.PERSONAL:
        raise ModelUnusable("party", application.party.value, "is nobody the models learned from", "Use `assess`")
    return TierModels(line, medium, high)
