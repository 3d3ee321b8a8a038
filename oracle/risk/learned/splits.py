"""Four parts that share nothing: to learn from, to calibrate on, to choose a threshold on, to be judged on.

The parts are made here, from the whole table and before anything else touches it; there is no step of the pipeline
that adds rows. Copies of a row, however they came in, fall into one part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.task import Floats, Frame, GroupSplit, Ints, Task, TimeSplit

PARTS: Final = ("train", "calibrate", "validate", "test")
STARTS_PERCENT: Final = (60, 70, 80)
"""Where the parts after the first begin, of a hundred."""
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Parts:
    """Rows of each part, and for every row of the table the group it belongs to."""

    train: Ints
    calibrate: Ints
    validate: Ints
    test: Ints
    groups: Ints

    def sizes(self) -> dict[str, int]:
        """Rows of each part."""
        return {name: len(getattr(self, name)) for name in PARTS}


def groups_of(frame: Frame, task: Task) -> Ints:
    """A number for each row, the same for rows whose features are equal."""
    ignore = task.split.ignore if isinstance(task.split, GroupSplit) else ()
    numeric = tuple(name for name in task.numeric if name not in ignore)
    categorical = tuple(name for name in task.categorical if name not in ignore)
    hashed = pd.util.hash_pandas_object(features_of(frame, numeric, categorical), index=False, categorize=True)
    mixed = hashed.to_numpy().astype(np.uint64) * _MIX
    groups: Ints = (mixed >> np.uint64(1)).astype(np.int64)
    return groups


def thinned(frame: Frame, task: Task, one_in: int) -> Frame:
    """One group of rows in so many, whole groups; for quick measurements of large tables."""
    return frame[groups_of(frame, task) % one_in == 0].reset_index(drop=True)


def parts_of(frame: Frame, task: Task, fold: int = 0) -> Parts:
    """The four parts of a table.

    Args:
        fold: Which fifth is judged on, 0 to 4; only for `GroupSplit`.
    Raises:
        DataUnusable: A part would be empty, or a time is missing.
    """
    groups = groups_of(frame, task)
    if isinstance(task.split, TimeSplit):
        part = _by_time(frame, task.split)
    else:
        bucket = (groups // 7919 + 20 * fold) % 100
        part = np.searchsorted(np.array(STARTS_PERCENT), bucket, side="right")
    rows = [np.flatnonzero(part == index).astype(np.int64) for index in range(len(PARTS))]
    for name, found in zip(PARTS, rows, strict=True):
        if not len(found):
            raise DataUnusable("part", name, "would have no rows", "Give more rows, or other starts of the parts")
    train, calibrate, validate, test = rows
    return Parts(train, calibrate, validate, test, groups)


def _by_time(frame: Frame, split: TimeSplit) -> Ints:
    if split.column not in frame.columns:
        raise DataUnusable("time", split.column, "is not a column of the table", "Name the column of the time")
    column = pd.to_numeric(frame[split.column], errors="coerce")
    if column.isna().any():
        raise DataUnusable(split.column, "empty or text", "is not a number in every row", "Give each row a time")
    times: Floats = column.to_numpy().astype(np.float64)
    starts = np.array(split.starts) if split.starts else _quantiles(times)
    return np.searchsorted(starts, times, side="right").astype(np.int64)


def _quantiles(times: Floats) -> Floats:
    """Times at which parts begin, so that rows of one time stay together."""
    ordered = np.sort(times)
    return np.array([ordered[len(ordered) * percent // 100] for percent in STARTS_PERCENT])
