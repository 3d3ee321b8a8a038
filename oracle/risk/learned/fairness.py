"""Whether a model treats women and men, young and old alike: the same figures for each group, and the widest gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oracle.risk.learned.metrics import Judged, auc, share
from oracle.risk.learned.task import Flags, Frame, Task

AGE_BANDS: Final = ((0, 24), (25, 39), (40, 59), (60, 200))
"""Years, both ends inclusive."""
ENOUGH: Final = 30
"""Rows of a kind below which its share is told but not compared."""


@dataclass(frozen=True)
class GroupFigures:
    """How a model does in one group. Shares of the group; `recall` of its yes-rows, `false_alarms` of its no-rows."""

    group: str
    rows: int
    base_rate: float
    predicted: float
    flagged: float
    recall: float
    false_alarms: float
    auc: float
    comparable: bool


def fairness_table(judged: Judged, frame: Frame, task: Task) -> tuple[GroupFigures, ...]:
    """A row for each sex and each age band the table knows."""
    return tuple(_figures(name, judged, members) for name, members in _groups(frame, task) if members.any())


def _groups(frame: Frame, task: Task) -> Iterator[tuple[str, Flags]]:
    if task.sex is not None:
        column = frame[task.sex].astype(str)
        for value in sorted(column.unique()):
            yield f"{task.sex} {value}", (column == value).to_numpy()
    if task.age is not None:
        ages = pd.to_numeric(frame[task.age]).to_numpy()
        for low, high in AGE_BANDS:
            yield f"{low} to {high} years" if high < 200 else f"{low} years and over", (ages >= low) & (ages <= high)


def _figures(name: str, judged: Judged, members: Flags) -> GroupFigures:
    probabilities, labels = judged.probabilities[members], judged.labels[members]
    flagged = judged.flagged[members]
    yes = labels == 1
    rows = np.ones(len(labels))
    return GroupFigures(
        group=name,
        rows=len(labels),
        base_rate=share(yes, rows),
        predicted=share(probabilities, rows),
        flagged=share(flagged, rows),
        recall=share(flagged & yes, yes),
        false_alarms=share(flagged & ~yes, ~yes),
        auc=auc(probabilities, labels),
        comparable=bool(yes.sum() >= ENOUGH and (~yes).sum() >= ENOUGH),
    )


def widest_gap(table: tuple[GroupFigures, ...], figure: str) -> float | None:
    """Largest less smallest value of a figure among comparable groups; None with fewer than two of them."""
    values = [float(getattr(group, figure)) for group in table if group.comparable]
    return max(values) - min(values) if len(values) > 1 else None
