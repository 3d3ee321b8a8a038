"""Application ids that stand in more than one row of a portfolio.

The column of ids is read before anything is scored. What is remembered lies on disk, in files without a name that go
with the process: ids sorted into buckets by their own digits, then each bucket looked through. So memory is bounded by
one batch, one bucket and the pages of one number a row, and what is found depends on the file alone.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oracle.risk.portfolio.source import Portfolio
from oracle.risk.portfolio.table import flat, identified
from oracle.risk.rounding import Ints

_BUCKETS: Final = 64
_BATCH_ROWS: Final = 65_536
_DIGITS: Final = 39
"""Of the longest id; taken apart into numbers of 18 digits, which int64 holds."""
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


class Repeats:
    """For each row of a portfolio, the row that had its id first."""

    def __init__(self, first: Ints) -> None:
        self._first = first

    def of(self, first_row: int, rows: int) -> Mapping[int, int]:
        """Of so many rows from `first_row` on: places among them whose id an earlier row of the portfolio has."""
        told = self._first[first_row : first_row + rows]
        places = np.flatnonzero(told)
        earlier = told[places] - 1
        earliest = np.where(self._first[earlier], self._first[earlier] - 1, earlier)
        return dict(zip(places.tolist(), earliest.tolist(), strict=True))


@contextmanager
def repeats_of(portfolio: Portfolio, folder: Path) -> Iterator[Repeats]:
    """What repeats in a portfolio; ids that cannot be are not compared, as their rows are refused anyway.

    Args:
        folder: For files without a name; up to 40 bytes a row, and 8 where an id repeats.
    """
    if not portfolio.rows:
        yield Repeats(np.zeros(0, dtype=np.int64))
        return
    with ExitStack() as stack:
        pages = stack.enter_context(tempfile.TemporaryFile(dir=folder))
        # The row with the id first, counted from 1; 0 where no earlier row has it.
        first = np.memmap(pages, dtype=np.int64, mode="w+", shape=(portfolio.rows,))
        buckets: list[IO[bytes]] = [stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(_BUCKETS)]
        width = _sort_into(buckets, portfolio, first)
        for bucket in buckets:
            bucket.seek(0)
            # A file without a name cannot be mapped twice; a bucket is a 64th of the ids.
            kept = np.frombuffer(bucket.read(), dtype=np.int64).reshape(-1, width + 1)
            _mark(kept[:, :width], kept[:, width], first)
        yield Repeats(first)


def _sort_into(buckets: list[IO[bytes]], portfolio: Portfolio, first: Ints) -> int:
    """Write id and row of every id into its bucket, once a batch; mark what repeats within one. Numbers an id takes."""
    row, width = 0, 1
    with pq.ParquetFile(portfolio.path, pre_buffer=False) as file:
        for found in file.iter_batches(_BATCH_ROWS, columns=["application_id"]):
            ids = flat(pa.Table.from_batches([found]), "application_id")
            places = np.flatnonzero(identified(ids))
            keys, rows = _keys(ids)[places], row + places
            row, width = row + len(found), keys.shape[1]
            fresh = _mark(keys, rows, first)
            written = np.column_stack([keys[fresh], rows[fresh]]).astype(np.int64)
            bucket_of = _bucket_of(written[:, :width])
            for number in np.unique(bucket_of):
                buckets[number].write(written[bucket_of == number].tobytes())
    return width


def _mark(keys: Ints, rows: Ints, first: Ints) -> Ints:
    """Note, for every key but the first of its kind, the row of that first. Rows ascend.

    Returns:
        Places of the first of each kind.
    """
    order = np.lexsort(keys.T)
    ordered = keys[order]
    same = np.zeros(len(order), dtype=np.bool_)
    same[1:] = (ordered[1:] == ordered[:-1]).all(axis=1)
    begins = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    first[rows[order[same]]] = rows[order[begins[same]]] + 1
    fresh: Ints = np.sort(order[~same])
    return fresh


def _keys(ids: pa.Array) -> Ints:
    """Ids as rows of int64, different for different ids."""
    if pa.types.is_integer(ids.type):
        return np.asarray(pc.fill_null(ids, 0).to_numpy(zero_copy_only=False)).astype(np.int64).reshape(-1, 1)
    text = pc.fill_null(pc.cast(ids, pa.large_string()), "")
    digits = pc.if_else(pc.match_substring_regex(text, f"^[0-9]{{1,{_DIGITS}}}$"), text, "0")
    padded = pc.utf8_lpad(digits, _DIGITS, "0")
    pieces = [pc.utf8_slice_codeunits(padded, start, stop) for start, stop in ((0, 3), (3, 21), (21, _DIGITS))]
    return np.column_stack([pc.cast(piece, pa.int64()).to_numpy(zero_copy_only=False) for piece in pieces])


def _bucket_of(keys: Ints) -> Ints:
    """Spread by all digits, so that ids counted up, or by thousands, fill all buckets alike."""
    mixed = np.zeros(len(keys), dtype=np.uint64)
    for column in keys.T:
        mixed = (mixed ^ column.astype(np.uint64)) * _GOLDEN
        mixed ^= mixed >> np.uint64(29)
    return (mixed % np.uint64(_BUCKETS)).astype(np.int64)
