"""The card of a model: what it is asked, what it was made from, how good it is. Made with the model, never by hand."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

from oracle.risk.learned.card_text import markdown
from oracle.risk.learned.metrics import Interval
from oracle.risk.learned.plot import calibration_png
from oracle.risk.learned.splits import PARTS
from oracle.risk.learned.store import CARD_FILE, MODEL_FILE, digest_of_model, to_bytes
from oracle.risk.learned.task import TimeSplit
from oracle.risk.learned.train import Trained

LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "skops")
PLOT_FILE: Final = "calibration.png"
TEXT_FILE: Final = "model_card.md"
DIGITS: Final = 4

Json = Mapping[str, object]


def card_of(trained: Trained, model_sha256: str) -> Json:
    """The card as JSON has it; probabilities and shares to four digits."""
    task, judged = trained.task, trained.judgement
    return {
        "name": task.name,
        "line": task.line,
        "target": task.target,
        "question": task.question,
        "algorithm": trained.model.algorithm.value,
        "model_sha256": model_sha256,
        "data": {"sha256": trained.data_hash, "rows": trained.rows},
        "features": {"numeric": list(task.numeric), "categorical": list(task.categorical)},
        "at_use": dict(task.at_use),
        "split": {"kind": split_in_words(trained), "parts": dict(trained.sizes)},
        "threshold": {"probability": round(trained.model.threshold, 6), "recall_aim": task.recall_aim},
        "calibrator": trained.model.calibrator.kind,
        "judged_on": {"rows": judged.rows, "yes_rows": judged.yes_rows, "base_rate": _short(judged.base_rate)},
        "metrics": _intervals(judged.metrics),
        "naive": {name: _short(value) for name, value in judged.naive.items()},
        "one_column": {"column": judged.one_column[0], "auc": _short(judged.one_column[1])},
        "other_algorithms": {each.value: _intervals(found) for each, found in trained.others.items()},
        "calibration": [_rounded(asdict(each)) for each in judged.calibration],
        "calibration_error": _short(judged.calibration_error),
        "as_used": None if judged.at_use is None else _rounded(asdict(judged.at_use)),
        "permutation_importance": [_rounded(asdict(each)) for each in judged.importance],
        "fairness": [_rounded(asdict(each)) for each in judged.fairness],
        "drift": {name: _short(value) for name, value in judged.drift.items()},
        "drift_reference": {name: asdict(reference) for name, reference in trained.references.items()},
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        "notes": list(task.notes),
    }  # fmt: skip


def split_in_words(trained: Trained) -> str:
    """How rows were kept apart."""
    split = trained.task.split
    if isinstance(split, TimeSplit):
        return f"by time ({split.column}): {', '.join(PARTS)} follow one another"
    words = "rows with equal features stay together"
    if split.ignore:
        words += f" (whatever their {', '.join(split.ignore)})"
    return words + (f"; {split.folds} folds, every row judged once" if split.folds > 1 else "")


def _short(value: float) -> float:
    return round(value, DIGITS)


def _rounded(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _short(value) if isinstance(value, float) else value for name, value in row.items()}


def _intervals(metrics: Mapping[str, Interval]) -> dict[str, object]:
    return {name: _rounded(asdict(interval)) for name, interval in metrics.items()}


def write_model(trained: Trained, folder: Path) -> Path:
    """Write model, card (JSON and Markdown) and calibration plot; the card last: whoever finds it finds all.

    Returns:
        The card's path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stored = to_bytes(trained.model)
    (folder / MODEL_FILE).write_bytes(stored)
    sha256 = digest_of_model(stored)
    write_text(trained, folder / TEXT_FILE, folder / PLOT_FILE, sha256)
    unfinished = folder / f"{CARD_FILE}.tmp"
    unfinished.write_text(json.dumps(card_of(trained, sha256), indent=2, sort_keys=True) + "\n", "utf-8")
    return unfinished.replace(folder / CARD_FILE)


def write_text(trained: Trained, text: Path, plot: Path, model_sha256: str, made_by: str = "") -> None:
    """Write the Markdown card and its plot."""
    plot.write_bytes(calibration_png(trained.judgement.calibration, trained.task.name))
    words = markdown(trained, split_in_words(trained), model_sha256, plot=plot.name, made_by=made_by)
    text.write_text(words, "utf-8")
