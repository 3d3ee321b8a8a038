"""`quittance risk fraud`: how much a claim looks like fraud, and why. It directs attention; it never denies."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from domain.money import format_amount
from oracle.risk.refusals import told_refusals
from oracle.risk.spoken import AsJson, Language, Spoken, print_json, print_plain

if TYPE_CHECKING:
    from oracle.risk.fraud.claim_file import WrittenClaim
    from oracle.risk.fraud.score import FraudScore

_WORDS: Final = {
    "en": (
        "Claim {id}: fraud score {score} of 100", "points", "clue", "No clue was found.",
        "A score asks a person to look; it denies nothing.",
    ),
    "zh": (
        "理赔案件{id}：欺诈评分{score}（满分100）", "计分", "线索", "未发现线索。",
        "评分仅提示人工核查，不构成拒赔依据。",
    ),
}  # fmt: skip


def fraud_command(
    file: Annotated[Path, typer.Argument(help="Facts of a claim, YAML or JSON.")],
    model: Annotated[Path | None, typer.Option(help="Folder of a fraud model; the file gives its model_row.")] = None,
    language: Spoken = Language.BOTH,
    as_json: AsJson = False,
) -> None:
    """Score a claim by rules, and by a model where there is one; tell the clues in words."""
    from oracle.risk.fraud.claim_file import load_claim
    from oracle.risk.fraud.score import score_claim  # scikit-learn takes seconds to load

    with told_refusals():
        written = load_claim(file)
        bps, base = _asked(model, written) if model else (None, 0)
        found = score_claim(written.facts, written.known, model_bps=bps, base_bps=base)
    if as_json:
        print_json(_content(found))
        return
    console = Console()
    for each in language.each:
        title, points, clue, none, purpose = _WORDS[each]
        print_plain(console, title.format(id=found.claim_id, score=format_amount(found.score, 2)))
        shown = Table(points, clue)
        for one in found.clues:
            shown.add_row(format_amount(one.points, 2), one.en if each == "en" else one.zh)
        console.print(shown if found.clues else none, markup=False, highlight=False)
        print_plain(console, purpose)


def _asked(folder: Path, written: "WrittenClaim") -> tuple[int, int]:
    """What the model says, and how common fraud was among the claims it learned from; basis points."""
    from oracle.risk.fraud.facts import ClaimFactsInvalid
    from oracle.risk.fraud.score import fraud_bps
    from oracle.risk.learned.store import CARD_FILE, load_model

    if not written.model_row:
        raise ClaimFactsInvalid("model_row", None, "is missing", "Give the model's columns, or leave --model out")
    model = load_model(folder)
    absent = [
        name for name in (*model.numeric, *model.categorical) if name not in {**written.model_row, **model.at_use}
    ]
    if absent:
        raise ClaimFactsInvalid("model_row", ", ".join(absent), "is missing", "Give every column, null if not known")
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    # A row of an application holds no fractions; a model's may.
    (bps,) = fraud_bps(model, [written.model_row])  # type: ignore[list-item]
    return bps, round(float(card["judged_on"]["base_rate"]) * 10_000)


def _content(found: "FraudScore") -> dict[str, object]:
    clues = [{"code": each.code, "points": each.points, "en": each.en, "zh": each.zh} for each in found.clues]
    return {"claim_id": found.claim_id, "score": found.score, "clues": clues, "rules_hash": found.rules_hash}
