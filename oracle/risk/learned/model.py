"""A trained model as it is used: probabilities in basis points, and whether one counts as high."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from oracle.risk.indicators import Row
from oracle.risk.learned.calibration import Calibrator
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.pipeline import Algorithm, raw_probabilities
from oracle.risk.learned.task import Flags, Floats, Frame, Ints

BPS = 10_000


@dataclass(frozen=True)
class LearnedModel:
    """Pipeline, calibration and threshold of one task.

    Attributes:
        at_use: Columns the model needs and a user does not give (a year of exposure).
        threshold: Calibrated probability from which a row counts as high.
    """

    name: str
    algorithm: Algorithm
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    at_use: Mapping[str, int]
    pipeline: Pipeline
    calibrator: Calibrator
    threshold: float

    def probabilities(self, frame: Frame) -> Floats:
        """Calibrated probability of a yes for each row, as the table has it.

        Raises:
            DataUnusable: A column is missing or holds what it must not.
        """
        return self.calibrator(raw_probabilities(self.pipeline, features_of(frame, self.numeric, self.categorical)))

    def probability_bps(self, frame: Frame) -> Ints:
        """Probability over the horizon the model is used for, in basis points, 1 to 9_999."""
        return np.rint(self.probabilities(self.for_use(frame)) * BPS).astype(np.int64)

    def is_high(self, frame: Frame) -> Flags:
        """Whether each row, over that horizon, is at or above the threshold."""
        return self.probabilities(self.for_use(frame)) >= self.threshold

    def for_use(self, frame: Frame) -> Frame:
        """The table with the columns a user does not give."""
        return frame.assign(**self.at_use) if self.at_use else frame

    def frame_of(self, rows: Sequence[Row]) -> Frame:
        """Flat rows of applications as a table of this model's columns; what a row lacks is not known."""
        wanted = [name for name in (*self.numeric, *self.categorical) if name not in self.at_use]
        return pd.DataFrame([{name: row.get(name) for name in wanted} for row in rows], columns=wanted)
