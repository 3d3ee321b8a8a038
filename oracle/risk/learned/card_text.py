"""A model card in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Final

from oracle.risk.learned.drift import NOTICEABLE, SERIOUS
from oracle.risk.learned.fairness import widest_gap
from oracle.risk.learned.metrics import Interval
from oracle.risk.learned.train import Trained

MOST_FEATURES: Final = 15
WORDS: Final = {
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier score (lower is better)",
    "log_loss": "log loss, nats (lower is better)",
    "accuracy": "accuracy at the threshold",
    "recall": "recall at the threshold",
    "precision": "precision at the threshold",
    "flagged_share": "share flagged at the threshold",
}


def markdown(trained: Trained, split: str, model_sha256: str, *, plot: str, made_by: str) -> str:
    """The card as text, a paragraph for each question a reader has."""
    parts = [
        *_head(trained, split, model_sha256, made_by),
        *_quality(trained),
        *_calibration(trained, plot),
        *_importance(trained),
        *_fairness(trained),
        *_drift(trained),
        "## Limits\n",
        *(f"- {note}" for note in trained.task.notes or ("None are noted.",)),
    ]
    return "\n".join(parts) + "\n"


def _head(trained: Trained, split: str, model_sha256: str, made_by: str) -> Iterator[str]:
    task = trained.task
    sizes = ", ".join(f"{name} {rows:,}" for name, rows in trained.sizes.items())
    yield f"# {task.name}\n"
    if made_by:
        yield f"Made by `{made_by}`; not written by hand.\n"
    yield f"- **Says**: {task.question}."
    chosen = ", the better of two on validation" if trained.others else ", the only one trained"
    yield f"- **Line**: {task.line}. **Algorithm**: {trained.model.algorithm.value}{chosen}."
    yield f"- **Data**: {trained.rows:,} rows, SHA-256 `{trained.data_hash}`."
    yield f"- **Parts**: {sizes}; {split}."
    yield f"- **Model**: SHA-256 `{model_sha256}`."
    yield f"- **Numbers**: {', '.join(task.numeric)}."
    yield f"- **Words**: {', '.join(task.categorical) or 'none'}."
    yield f"- **Made with** scikit-learn {version('scikit-learn')}, numpy {version('numpy')}, one thread.\n"


def _quality(trained: Trained) -> Iterator[str]:
    judged = trained.judgement
    yield "## Quality\n"
    yield (
        f"On {judged.rows:,} rows the model has not seen, {judged.yes_rows:,} of them yes. In brackets: the middle "
        f"95 % of 200 resamples. Naive: the training part's base rate, {judged.base_rate:.2%}, for everybody. The "
        f"threshold, {trained.model.threshold:.4f}, was set on the validation part for a recall of "
        f"{trained.task.recall_aim:.0%}.\n"
    )
    others = list(trained.others.items())
    head = ["", trained.model.algorithm.value, "naive", *(f"{each.value} (not chosen)" for each, _ in others)]
    rows = [
        [words, _interval(judged.metrics[name]), f"{judged.naive[name]:.3f}"]
        + [_interval(found[name]) for _, found in others]
        for name, words in WORDS.items()
    ]
    yield _table(head, rows)
    if judged.one_column[0]:
        yield f"The single column that sorts best, `{judged.one_column[0]}`, reaches AUC {judged.one_column[1]:.3f}.\n"
    if judged.at_use is not None:
        used = judged.at_use
        yield (
            f"As used (whole year): {used.rows:,} such rows, predicted {used.predicted:.2%}, "
            f"observed {used.observed:.2%}.\n"
        )


def _interval(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _calibration(trained: Trained, plot: str) -> Iterator[str]:
    judged = trained.judgement
    kind = trained.model.calibrator.kind
    yield "## Calibration\n"
    yield f"{kind} on a part of its own; mean error over tenths (ECE) {judged.calibration_error:.4f}.\n"
    yield f"![Predicted against observed]({plot})\n"
    rows = [[f"{each.rows:,}", f"{each.predicted:.4f}", f"{each.observed:.4f}"] for each in judged.calibration]
    yield _table(["rows", "predicted", "observed"], rows)


def _importance(trained: Trained) -> Iterator[str]:
    yield "## What it leans on\n"
    yield "AUC lost on the validation part when one column is shuffled.\n"
    found = trained.judgement.importance
    rows = [[each.feature, f"{each.lost_auc:.4f}", f"{each.spread:.4f}"] for each in found[:MOST_FEATURES]]
    yield _table(["column", "AUC lost", "spread"], rows)


def _fairness(trained: Trained) -> Iterator[str]:
    table = trained.judgement.fairness
    yield "## Fairness\n"
    missing = [word for word, column in (("sex", trained.task.sex), ("age", trained.task.age)) if column is None]
    if missing:
        yield f"The table has no {' and no '.join(missing)}: nothing can be said by it.\n"
    if not table:
        return
    learned = [name for name in (trained.task.sex, trained.task.age) if name in trained.task.features]
    yield f"Learned from, of these: {', '.join(str(name) for name in learned) or 'none'}.\n"
    rows = [
        [
            each.group, f"{each.rows:,}", f"{each.base_rate:.3f}", f"{each.predicted:.3f}", f"{each.flagged:.3f}",
            f"{each.recall:.3f}", f"{each.false_alarms:.3f}", f"{each.auc:.3f}", "" if each.comparable else "few",
        ]
        for each in table
    ]  # fmt: skip
    yield _table(["group", "rows", "yes", "predicted", "flagged", "recall", "false alarms", "AUC", ""], rows)
    gaps = {name: widest_gap(table, name) for name in ("flagged", "recall", "false_alarms")}
    told = [f"{name.replace('_', ' ')} {gap:.3f}" for name, gap in gaps.items() if gap is not None]
    yield f"Widest gaps among groups with enough rows: {', '.join(told) or 'none to compare'}.\n"


def _drift(trained: Trained) -> Iterator[str]:
    found = sorted(trained.judgement.drift.items(), key=lambda each: (-each[1], each[0]))
    yield "## Drift\n"
    yield (
        f"Population stability of each column, training part against the part judged on; above {NOTICEABLE:.2f} worth "
        f"a look, above {SERIOUS:.2f} another population. The reference for later is in the JSON card.\n"
    )
    yield _table(["column", "PSI"], [[name, f"{value:.4f}"] for name, value in found[:MOST_FEATURES]])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
