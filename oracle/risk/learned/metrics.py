"""How good a model is on rows it has not seen, how sure that is, and what guessing would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from oracle.risk.learned.task import Flags, Floats, Ints

RESAMPLES: Final = 200
SEED: Final = 20240
BINS: Final = 10


@dataclass(frozen=True)
class Interval:
    """A value with the middle 95 % of what resampled groups of rows give."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """A tenth of the rows by predicted probability."""

    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Judged:
    """Rows a model was judged on.

    Attributes:
        probabilities: Calibrated.
        flagged: At or above the threshold.
        labels: The truth, 0 or 1.
        groups: Rows of one number are resampled together.
    """

    probabilities: Floats
    flagged: Flags
    labels: Ints
    groups: Ints


Weighted = Callable[[Judged, Floats], float]


def auc(scores: Floats, labels: Ints, weights: Floats | None = None) -> float:
    """Probability that a yes-row scores above a no-row, ties counting half. 0.5 when there is only one kind."""
    weights = np.ones(len(labels)) if weights is None else weights
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    yes = np.add.reduceat((weights * (labels == 1))[order], starts)
    no = np.add.reduceat((weights * (labels == 0))[order], starts)
    pairs = yes.sum() * no.sum()
    below = np.cumsum(no) - no / 2
    return float((yes * below).sum() / pairs) if pairs > 0 else 0.5


def average_precision(scores: Floats, labels: Ints, weights: Floats | None = None) -> float:
    """Precision averaged over the yes-rows, from the highest score down; rows of one score count together."""
    weights = np.ones(len(labels)) if weights is None else weights
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) < 0])
    yes = np.add.reduceat((weights * (labels == 1))[order], starts)
    all_rows = np.add.reduceat(weights[order], starts)
    flagged = np.cumsum(all_rows)
    precision = np.divide(np.cumsum(yes), flagged, out=np.zeros(len(flagged)), where=flagged > 0)
    return float((precision * yes).sum() / yes.sum()) if yes.sum() > 0 else 0.0


def share(part: Floats | Flags, whole: Floats | Flags) -> float:
    """Part over whole; 0 where there is nothing."""
    return float(part.sum() / whole.sum()) if whole.sum() > 0 else 0.0


def _log_loss(judged: Judged, weights: Floats) -> float:
    chance = np.where(judged.labels == 1, judged.probabilities, 1 - judged.probabilities)
    return share(-np.log(chance) * weights, weights)


METRICS: Final[dict[str, Weighted]] = {
    "auc": lambda j, w: auc(j.probabilities, j.labels, w),
    "average_precision": lambda j, w: average_precision(j.probabilities, j.labels, w),
    "brier": lambda j, w: share((j.probabilities - j.labels) ** 2 * w, w),
    "log_loss": _log_loss,
    "accuracy": lambda j, w: share((j.flagged == (j.labels == 1)) * w, w),
    "recall": lambda j, w: share(j.flagged * j.labels * w, j.labels * w),
    "precision": lambda j, w: share(j.flagged * j.labels * w, j.flagged * w),
    "flagged_share": lambda j, w: share(j.flagged * w, w),
}


def measured(judged: Judged, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """Every metric with its interval; whole groups are drawn, each about as often as a bootstrap would."""
    _, group = np.unique(judged.groups, return_inverse=True)
    count = int(group.max()) + 1
    random = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {name: [] for name in METRICS}
    for _ in range(resamples):
        weights = np.bincount(random.integers(0, count, count), minlength=count)[group].astype(np.float64)
        for name, metric in METRICS.items():
            drawn[name].append(metric(judged, weights))
    whole = np.ones(len(judged.labels))
    return {
        name: Interval(metric(judged, whole), *(float(end) for end in np.quantile(drawn[name], (0.025, 0.975))))
        for name, metric in METRICS.items()
    }


def naive(judged: Judged, base_rate: float) -> dict[str, float]:
    """What one constant gives: the base rate of the training part as probability, the commoner answer as verdict."""
    labels, rows = judged.labels, len(judged.labels)
    verdict = base_rate >= 0.5
    constant = Judged(np.full(rows, base_rate), np.full(rows, verdict), labels, judged.groups)
    return {name: metric(constant, np.ones(rows)) for name, metric in METRICS.items()}


def calibration_table(probabilities: Floats, labels: Ints, bins: int = BINS) -> tuple[Bin, ...]:
    """Predicted beside observed, in tenths of the rows from the least probable up."""
    order = np.argsort(probabilities, kind="stable")
    return tuple(
        Bin(len(rows), float(probabilities[rows].mean()), float(labels[rows].mean()))
        for rows in np.array_split(order, bins)
        if len(rows)
    )


def calibration_error(table: tuple[Bin, ...]) -> float:
    """Mean distance between predicted and observed, weighted by rows (ECE)."""
    rows = sum(each.rows for each in table)
    return sum(each.rows * abs(each.predicted - each.observed) for each in table) / rows
