"""Trains both algorithms on one task, picks the better on the validation part, and judges both on the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oracle.risk.learned.calibration import fit_calibrator, threshold_for_recall
from oracle.risk.learned.datasets import Asked, asked
from oracle.risk.learned.drift import Reference, references_of
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import digest_of, features_of, labels_of
from oracle.risk.learned.judgement import Background, Judgement, judge
from oracle.risk.learned.metrics import Interval, Judged, measured, share
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.pipeline import Algorithm, fit, pipeline_for, raw_probabilities
from oracle.risk.learned.splits import Parts, parts_of
from oracle.risk.learned.task import Floats, Frame, GroupSplit, Ints, Task

BOTH = (Algorithm.BOOSTING, Algorithm.FOREST)


@dataclass(frozen=True)
class Trained:
    """A model and all its card needs.

    Attributes:
        data_hash: SHA-256 of the file learned from, hex.
        sizes: Rows of each part (of the first fold).
        others: The same metrics of the algorithm that was not chosen.
        references: Spread of each feature in training, for `drift` later.
    """

    task: Task
    model: LearnedModel
    data_hash: str
    rows: int
    sizes: Mapping[str, int]
    judgement: Judgement
    others: Mapping[Algorithm, Mapping[str, Interval]]
    references: Mapping[str, Reference]


@dataclass(frozen=True)
class _Attempt:
    """One algorithm on one fold."""

    parts: Parts
    labels: Ints
    model: LearnedModel
    validation_loss: float
    judged: Judged


def train(
    line: str,
    frame: Frame,
    target: str,
    *,
    data_hash: str = "",
    how: Asked | None = None,
    algorithms: Sequence[Algorithm] = BOTH,
) -> Trained:
    """Learn `target` of a line from a table.

    Args:
        line: motor, life, health, accident, property.
        frame: One row for each policy or claim, not resampled: copies of a row stay together in one part.
        target: A known target of the line, or a column of 0 and 1.
        data_hash: SHA-256 of the file the table came from; made from the table if left out.
        how: Columns, time and age to use for a table that is not a known one.
    Raises:
        DataUnusable: The table does not fit, or a part of it has answers of one kind only.
    """
    task, prepared = asked(line, frame, target, how or Asked())
    return train_task(task, prepared, data_hash or digest_of(frame), algorithms=algorithms)


def train_task(task: Task, frame: Frame, data_hash: str, *, algorithms: Sequence[Algorithm] = BOTH) -> Trained:
    """As `train`, for a task already made."""
    folds = task.split.folds if isinstance(task.split, GroupSplit) else 1
    frame = frame.reset_index(drop=True)
    tried = {each: [_attempt(task, frame, each, fold) for fold in range(folds)] for each in algorithms}
    chosen = min(algorithms, key=lambda each: float(np.mean([a.validation_loss for a in tried[each]])))
    judged = {each: _joined([attempt.judged for attempt in attempts]) for each, attempts in tried.items()}
    first = tried[chosen][0]
    tested = pd.concat([frame.iloc[attempt.parts.test] for attempt in tried[chosen]])
    background = _background(task, frame, first)
    return Trained(
        task=task,
        model=first.model,
        data_hash=data_hash,
        rows=len(frame),
        sizes=first.parts.sizes(),
        judgement=judge(task, first.model, judged[chosen], tested, background),
        others={each: measured(judged[each]) for each in algorithms if each is not chosen},
        references=background.references,
    )


def labels_for(task: Task, frame: Frame, train_rows: Ints) -> Ints:
    """The answers. Where the answer is a top share, what counts as top is learned from the training part.

    Raises:
        DataUnusable
    """
    if task.label not in frame.columns:
        raise DataUnusable("target", task.label, "is not a column of the table", "Name the column of the answer")
    if task.top_share is None:
        return labels_of(task.label, frame[task.label])
    amounts = features_of(frame, (task.label,), ())[task.label].to_numpy()
    if np.isnan(amounts).any():
        raise DataUnusable(task.label, "empty", "is missing in some rows", "Leave those rows out")
    top: Ints = (amounts > np.quantile(amounts[train_rows], 1 - task.top_share)).astype(np.int64)
    return top


def _attempt(task: Task, frame: Frame, algorithm: Algorithm, fold: int) -> _Attempt:
    parts = parts_of(frame, task, fold)
    labels = labels_for(task, frame, parts.train)
    for name in parts.sizes():
        if len(np.unique(labels[getattr(parts, name)])) < 2:
            raise DataUnusable("part", name, "has answers of one kind only", "Give more rows")
    features = features_of(frame, task.numeric, task.categorical)
    pipeline = pipeline_for(task, algorithm, len(parts.train))
    fit(pipeline, features.iloc[parts.train], labels[parts.train])
    raw = {name: raw_probabilities(pipeline, features.iloc[getattr(parts, name)]) for name in parts.sizes()}
    calibrator = fit_calibrator(raw["calibrate"], labels[parts.calibrate])
    validated = calibrator(raw["validate"])
    threshold = threshold_for_recall(validated, labels[parts.validate], task.recall_aim)
    model = LearnedModel(
        task.name, algorithm, task.numeric, task.categorical, task.at_use, pipeline, calibrator, threshold
    )
    tested = calibrator(raw["test"])
    judged = Judged(tested, tested >= threshold, labels[parts.test], parts.groups[parts.test])
    return _Attempt(parts, labels, model, _loss(validated, labels[parts.validate]), judged)


def _loss(probabilities: Floats, labels: Ints) -> float:
    chance = np.where(labels == 1, probabilities, 1 - probabilities)
    return share(-np.log(chance), np.ones(len(labels)))


def _joined(judged: Sequence[Judged]) -> Judged:
    return Judged(
        np.concatenate([each.probabilities for each in judged]),
        np.concatenate([each.flagged for each in judged]),
        np.concatenate([each.labels for each in judged]),
        np.concatenate([each.groups for each in judged]),
    )


def _background(task: Task, frame: Frame, attempt: _Attempt) -> Background:
    parts, labels = attempt.parts, attempt.labels
    learned_from = frame.iloc[parts.train]
    return Background(
        learned_from,
        labels[parts.train],
        frame.iloc[parts.validate],
        labels[parts.validate],
        references_of(learned_from, task.numeric, task.categorical),
    )
