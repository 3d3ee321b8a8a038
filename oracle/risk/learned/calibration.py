"""Makes probabilities mean what they say, on a part of its own; and chooses where "high" begins, on another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from oracle.risk.learned.task import Floats, Ints

ENOUGH_FOR_STEPS: Final = 1_000
"""Yes-rows from which a free rising line is fitted; with fewer it would follow noise, and an S-curve is fitted."""
LEAST_PROBABILITY: Final = 0.0001
"""One basis point: nothing is told as certain."""


@dataclass(frozen=True)
class Calibrator:
    """A rising function from raw to calibrated probability.

    Attributes:
        kind: `sigmoid` (knots: one slope, values: one intercept, on log odds) or `isotonic` (a line through knots).
    """

    kind: str
    knots: tuple[float, ...]
    values: tuple[float, ...]

    def __call__(self, raw: Floats) -> Floats:
        if self.kind == "sigmoid":
            found = 1 / (1 + np.exp(-(self.knots[0] * log_odds(raw) + self.values[0])))
        else:
            found = np.interp(raw, self.knots, self.values)
        calibrated: Floats = np.clip(found, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return calibrated


def log_odds(probability: Floats) -> Floats:
    """Natural logarithm of the odds, kept finite."""
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def fit_calibrator(raw: Floats, labels: Ints) -> Calibrator:
    """Fitted on the calibration part alone."""
    if labels.sum() >= ENOUGH_FOR_STEPS:
        line = IsotonicRegression(out_of_bounds="clip").fit(raw, labels)
        return Calibrator("isotonic", _floats(line.X_thresholds_), _floats(line.y_thresholds_))
    curve = LogisticRegression(C=1e4).fit(log_odds(raw)[:, None], labels)
    slope, intercept = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    return Calibrator("sigmoid", (max(slope, 0.0),), (intercept,))


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def threshold_for_recall(probabilities: Floats, labels: Ints, aim: float) -> float:
    """The most accurate threshold that at least `aim` of the yes-rows are at or above; of equals the highest.

    Where yes is rare that is the highest of them; where it is not, accuracy decides.
    """
    found = np.sort(probabilities[labels == 1])
    missed_at_most = int(np.floor(len(found) * (1 - aim) + 1e-9))
    candidates = found[: missed_at_most + 1]
    no_rows = np.sort(probabilities[labels == 0])
    caught = len(found) - np.searchsorted(found, candidates, side="left")
    let_go = np.searchsorted(no_rows, candidates, side="left")
    right = caught + let_go
    return float(candidates[np.flatnonzero(right == right.max())[-1]])
