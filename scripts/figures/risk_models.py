"""How good the learned risk models are, and their cards in docs/models: `quittance figures risk_models`.

Public sets are read from the folder QUITTANCE_DATA names, else `../shared/data`. What the manual asks (accuracy above
90 %, recall of high risk above 85 %) is the limit of every model it can be asked of; where it cannot honestly be
reached the figure stays as missed, beside what guessing gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oracle.risk.engine import load_engine
from oracle.risk.indicators import Line
from oracle.risk.learned.applicants import draw_applicants
from oracle.risk.learned.card import write_text
from oracle.risk.learned.datasets import KNOWN, load_known
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.splits import thinned
from oracle.risk.learned.store import digest_of_model, to_bytes
from oracle.risk.learned.tiers import TrainedTiers, learn_tiers
from oracle.risk.learned.train import Trained, train_task
from scripts import ROOT
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures risk_models"
FULL: Final = f"{COMMAND} --full"
CARDS: Final = ROOT / "docs" / "models"
LEAST_ACCURACY: Final = 0.90
LEAST_RECALL: Final = 0.85
MOST_ROWS: Final = 200_000
"""Above this a quick run learns from a part of the rows, in whole groups."""
THIN: Final = 4
TIER_ROWS: Final = 100_000
TIER_ROWS_FULL: Final = 200_000
TIER_SEED: Final = 2
"""Another than the one size and settings were chosen on."""


def measure(*, full: bool = False) -> list[Figure]:
    """Train every model, write its card, give its figures.

    Args:
        full: All rows of large sets, and more applicants for the manual's tier.
    Raises:
        DataUnusable: A public set is not there.
    """
    command = FULL if full else COMMAND
    CARDS.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for known in KNOWN:
        raw, digest = load_known(known)
        frame = known.prepare(raw)
        if len(frame) > MOST_ROWS and not full:
            frame = thinned(frame, known.task, THIN)
        trained = train_task(known.task, frame, digest)
        write_card(trained, CARDS, command)
        figures += of_public_set(trained, command)
    engine = load_engine()
    for line in Line:
        drawn = draw_applicants(line, TIER_ROWS_FULL if full else TIER_ROWS, TIER_SEED, engine)
        tiers = learn_tiers(line, drawn, (Algorithm.BOOSTING,))
        write_card(tiers.medium, CARDS, command)
        write_card(tiers.high, CARDS, command)
        figures += of_tiers(line, tiers, command)
    return figures


def write_card(trained: Trained, folder: Path, command: str) -> None:
    """The card of a model among the documents, with its plot."""
    name = trained.task.name
    digest = digest_of_model(to_bytes(trained.model))
    write_text(trained, folder / f"{name}.md", folder / f"{name}.png", digest, made_by=command)


def of_public_set(trained: Trained, command: str) -> list[Figure]:
    """Accuracy and recall against the manual, AUC and calibration beside what guessing gives."""
    judged, name = trained.judgement, trained.task.name
    metrics, naive = judged.metrics, judged.naive
    rows = f"{judged.rows:,} rows not seen, {judged.yes_rows:,} yes"

    def note(metric: str, more: str = "") -> str:
        found = metrics[metric]
        return f"95 %: {found.low:.3f} to {found.high:.3f}; naive {naive[metric]:.3f}{more}"

    figures = [
        Figure(f"{name}: accuracy", metrics["accuracy"].value, "", LEAST_ACCURACY, ">=", command,
               note("accuracy", f"; {rows}")),
        Figure(f"{name}: recall", metrics["recall"].value, "", LEAST_RECALL, ">=", command,
               note("recall", f"; precision {metrics['precision'].value:.3f}")),
        Figure(f"{name}: AUC", metrics["auc"].value, "", naive["auc"], ">=", command, note("auc")),
        Figure(f"{name}: log loss", metrics["log_loss"].value, "nats", naive["log_loss"], "<=", command,
               note("log_loss")),
        Figure(f"{name}: calibration error (ECE)", judged.calibration_error, "", None, "<=", command, "tenths of rows"),
    ]  # fmt: skip
    if judged.at_use is not None:
        ratio = judged.at_use.predicted / judged.at_use.observed
        words = f"{judged.at_use.rows:,} whole years: predicted {judged.at_use.predicted:.4f}"
        figures.append(Figure(f"{name}: predicted over observed, whole years", ratio, "x", None, "<=", command, words))
    return figures


def of_tiers(line: Line, tiers: TrainedTiers, command: str) -> list[Figure]:
    """How well the manual's tier is found from raw indicators."""
    rows = f"{tiers.rows:,} drawn applicants not seen"
    return [
        Figure(f"{line.value}: the manual's tier, accuracy", tiers.accuracy, "", LEAST_ACCURACY, ">=", command,
               f"three tiers; commonest tier {tiers.naive_accuracy:.3f}; {rows}"),
        Figure(f"{line.value}: the manual's high tier, recall", tiers.high_recall, "", LEAST_RECALL, ">=", command,
               "naive 0"),
    ]  # fmt: skip
