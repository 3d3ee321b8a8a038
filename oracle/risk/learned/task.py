"""What a model is asked: which column is the answer, from which columns, and how rows are kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Frame = Any
"""A pandas DataFrame; pandas ships no types."""

RECALL_AIM: Final = 0.90
"""Recall the threshold is set for on the validation part: the manual's 85 % and a margin for its sampling error."""


@dataclass(frozen=True)
class GroupSplit:
    """Rows with equal features stay in one part, whatever their number. With `folds` each row is judged once.

    Attributes:
        ignore: Features that do not make two rows different (a policy year and its half are the same car).
        folds: 1: the fifth part is judged on. 5: five models, each judged on the fifth it has not seen.
    """

    ignore: tuple[str, ...] = ()
    folds: int = 1


@dataclass(frozen=True)
class TimeSplit:
    """What is judged on lies after what was learned from.

    Attributes:
        column: Whole numbers that grow with time.
        starts: First time of the calibration, validation and test part; empty: after 60, 70 and 80 % of the rows.
    """

    column: str
    starts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Task:
    """One question to learn.

    Attributes:
        name: Of the model and its card.
        line: Line of insurance.
        target: What `--target` calls it.
        question: What the probability is of, in words.
        label: Column of the answer: 0 or 1, or amounts if `top_share` is given.
        top_share: The answer is whether the amount is in this top share of the training part.
        numeric, categorical: Columns to learn from.
        split: How rows are kept apart.
        recall_aim: Recall the threshold is set for on the validation part.
        exact: The answer is a rule without noise, to be learned to the end.
        sex, age: Columns the fairness table is made by; they need not be learned from.
        at_use: Columns set to a fixed value when the model is used (a year of exposure).
        notes: Limits a reader of the card must know.
    """

    name: str
    line: str
    target: str
    question: str
    label: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    split: GroupSplit | TimeSplit
    top_share: float | None = None
    recall_aim: float = RECALL_AIM
    exact: bool = False
    sex: str | None = None
    age: str | None = None
    at_use: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """All columns learned from, numbers first."""
        return (*self.numeric, *self.categorical)
