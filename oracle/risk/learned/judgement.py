"""Everything a card says of a model's quality, measured on rows the model has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oracle.risk.learned.drift import Reference, drift
from oracle.risk.learned.fairness import GroupFigures, fairness_table
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.metrics import (
    Bin,
    Interval,
    Judged,
    auc,
    calibration_error,
    calibration_table,
    measured,
    naive,
)
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.task import Floats, Frame, Ints, Task

IMPORTANCE_ROWS: Final = 2_000
IMPORTANCE_ROUNDS: Final = 3
SEED: Final = 12


@dataclass(frozen=True)
class Importance:
    """AUC lost when one column is shuffled: mean and spread over the rounds."""

    feature: str
    lost_auc: float
    spread: float


@dataclass(frozen=True)
class AtUse:
    """Predicted beside observed for the test rows that are already as the model is used (a whole year)."""

    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Judgement:
    """Figures of the part judged on.

    Attributes:
        base_rate: Share of yes-rows in training; what `naive` guesses with.
        one_column: Best single number column in training, and its AUC on the part judged on.
        drift: PSI of each feature, training part against the part judged on.
    """

    rows: int
    yes_rows: int
    base_rate: float
    metrics: Mapping[str, Interval]
    naive: Mapping[str, float]
    one_column: tuple[str, float]
    calibration: tuple[Bin, ...]
    calibration_error: float
    importance: tuple[Importance, ...]
    fairness: tuple[GroupFigures, ...]
    drift: Mapping[str, float]
    at_use: AtUse | None


@dataclass(frozen=True)
class Background:
    """What of the training and validation parts a judgement needs."""

    train: Frame
    train_labels: Ints
    validate: Frame
    validate_labels: Ints
    references: Mapping[str, Reference]


def judge(task: Task, model: LearnedModel, judged: Judged, frame: Frame, background: Background) -> Judgement:
    """Measure a model.

    Args:
        judged: What the model said of the rows judged on.
        frame: Those rows.
    """
    base_rate = float(background.train_labels.mean())
    table = calibration_table(judged.probabilities, judged.labels)
    return Judgement(
        rows=len(judged.labels),
        yes_rows=int(judged.labels.sum()),
        base_rate=base_rate,
        metrics=measured(judged),
        naive=naive(judged, base_rate),
        one_column=_one_column(task, background, frame, judged.labels),
        calibration=table,
        calibration_error=calibration_error(table),
        importance=importance(model, background.validate, background.validate_labels),
        fairness=fairness_table(judged, frame, task),
        drift=drift(background.references, frame),
        at_use=_at_use(task, judged, frame),
    )


def importance(model: LearnedModel, frame: Frame, labels: Ints) -> tuple[Importance, ...]:
    """Columns by how much the model leans on them, most first. Shuffled one at a time, on the validation part."""
    random = np.random.default_rng(SEED)
    chosen = random.permutation(len(labels))[:IMPORTANCE_ROWS]
    rows, truth = frame.iloc[chosen].reset_index(drop=True), labels[chosen]
    whole = auc(model.probabilities(rows), truth)
    found = []
    for name in (*model.numeric, *model.categorical):
        lost = np.array([whole - _shuffled(model, rows, truth, name, random) for _ in range(IMPORTANCE_ROUNDS)])
        found.append(Importance(name, float(lost.mean()), float(lost.std())))
    return tuple(sorted(found, key=lambda each: (-each.lost_auc, each.feature)))


def _shuffled(model: LearnedModel, rows: Frame, truth: Ints, name: str, random: np.random.Generator) -> float:
    shuffled = rows[name].iloc[random.permutation(len(rows))].reset_index(drop=True)
    return auc(model.probabilities(rows.assign(**{name: shuffled})), truth)


def _one_column(task: Task, background: Background, frame: Frame, labels: Ints) -> tuple[str, float]:
    """The column alone that sorts the training part best, in the direction it does so there."""
    best, best_auc = "", 0.5
    train = features_of(background.train, task.numeric, ())
    for name in task.numeric:
        found = auc(_filled(train[name], train[name]), background.train_labels)
        if abs(found - 0.5) > abs(best_auc - 0.5):
            best, best_auc = name, found
    if not best:
        return "", 0.5
    scores = _filled(features_of(frame, (best,), ())[best], train[best])
    return best, auc(scores if best_auc > 0.5 else -scores, labels)


def _filled(column: Frame, like: Frame) -> Floats:
    middle = like.median()
    filled: Floats = column.fillna(0.0 if pd.isna(middle) else middle).to_numpy()
    return filled


def _at_use(task: Task, judged: Judged, frame: Frame) -> AtUse | None:
    if not task.at_use:
        return None
    as_used = np.all([frame[name].to_numpy() == value for name, value in task.at_use.items()], axis=0)
    if not as_used.any():
        return None
    return AtUse(int(as_used.sum()), float(judged.probabilities[as_used].mean()), float(judged.labels[as_used].mean()))
