"""Tables to learn from: read, checked column by column, and made into numbers and words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.task import Frame, Ints

MISSING: Final = "(missing)"
MOST_TEXT: Final = 200
"""Longest word a categorical column may hold, in characters."""
_READERS: Final = re.compile(r"\.(parquet|csv|csv\.gz)$")


def read_frame(path: Path) -> tuple[Frame, str]:
    """A table and the SHA-256 of its file, as hex.

    Raises:
        DataUnusable: There is no such file, or it is neither Parquet nor CSV.
    """
    kind = _READERS.search(path.name)
    if kind is None:
        raise DataUnusable("data", str(path), "is neither .parquet nor .csv nor .csv.gz", "Give one of these")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        frame = pd.read_parquet(path) if kind.group(1) == "parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({type(error).__name__})"
        raise DataUnusable("data", str(path), problem, "Check the file and its name") from error
    if not len(frame):
        raise DataUnusable("data", str(path), "has no rows", "Give a table with rows")
    return frame, digest


def digest_of(frame: Frame) -> str:
    """SHA-256 of a table's values and column names, as hex: for tables that were never a file."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256("|".join(map(str, frame.columns)).encode() + rows.tobytes()).hexdigest()


def features_of(frame: Frame, numeric: tuple[str, ...], categorical: tuple[str, ...]) -> Frame:
    """The columns a model sees: numbers as float64 (NaN: not known), words as text.

    Raises:
        DataUnusable: A column is missing, holds text where numbers belong, an infinite number, or too long a word.
    """
    for name in (*numeric, *categorical):
        if name not in frame.columns:
            raise DataUnusable("column", name, "is not in the table", f"Add it to {', '.join(map(str, frame))}")
    columns = {name: _numbers(name, frame[name]) for name in numeric}
    columns |= {name: _words(name, frame[name]) for name in categorical}
    return pd.DataFrame(columns, index=frame.index)


def _numbers(name: str, column: Frame) -> Frame:
    try:
        numbers = pd.to_numeric(column, errors="raise").astype("float64")
    except (ValueError, TypeError) as error:
        odd = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        remedy = "Write digits, or leave the cell empty"
        raise DataUnusable(name, str(odd.iloc[0])[:80], "is not a number", remedy) from error
    if np.isinf(numbers.to_numpy()).any():
        raise DataUnusable(name, "infinite", "is not a number", "Leave the cell empty where it is not known")
    return numbers


def _words(name: str, column: Frame) -> Frame:
    words = column.astype(object).where(column.notna(), MISSING).map(str).astype(object)
    longest = words.str.len().max()
    if longest > MOST_TEXT:
        raise DataUnusable(name, f"{longest} characters long", "is too long a word", f"Write at most {MOST_TEXT}")
    return words


def labels_of(name: str, column: Frame) -> Ints:
    """Answers as 0 and 1.

    Raises:
        DataUnusable: One is missing or is neither 0 nor 1, or all are the same.
    """
    if column.isna().any():
        row = int(np.flatnonzero(column.isna().to_numpy())[0])
        raise DataUnusable(name, "empty", f"has no answer in row {row}", "Leave out rows whose answer is not known")
    try:
        labels = column.astype("float64").to_numpy()
    except (ValueError, TypeError) as error:
        raise DataUnusable(name, str(column.iloc[0])[:80], "is not 0 or 1", "Write yes as 1 and no as 0") from error
    other = np.flatnonzero((labels != 0) & (labels != 1))
    if len(other):
        raise DataUnusable(
            name, f"{labels[other[0]]:g}", f"is not 0 or 1 (row {other[0]})", "Write yes as 1 and no as 0"
        )
    if labels.min() == labels.max():
        raise DataUnusable(name, f"{labels[0]:g}", "is the same in every row", "Give rows of both kinds")
    found: Ints = labels.astype(np.int64)
    return found
