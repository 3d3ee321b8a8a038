"""Columns of words as places among few distinct ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags

_COUNTED: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Coding:
    """A column of words: each value is the place of its word in `words`, or `ABSENT`."""

    places: Ints
    words: tuple[str, ...]


def named(held: Flags, names: Sequence[str]) -> Coding:
    """Names of the rows of `held` that hold, in their order."""
    bits = np.left_shift(np.int64(1), np.arange(len(names), dtype=np.int64))
    masks = (held * bits[:, None]).sum(axis=0) if names else np.zeros(held.shape[1], dtype=np.int64)
    return worded(masks, lambda key: [bit for bit in range(len(names)) if key >> bit & 1], names)


def digits(key: int, base: int) -> list[int]:
    """Places a key was built of, first to last, as places + 1 in this base."""
    digits = []
    while key:
        key, digit = divmod(key, base)
        if digit:
            digits.append(digit - 1)
    return digits[::-1]


def worded(keys: Ints, places_of: Callable[[int], list[int]], names: Sequence[str]) -> Coding:
    """Keys as words: the names at the places each key stands for, parted by commas."""
    distinct, places = _distinct(keys)
    words = tuple(",".join(names[place] for place in places_of(int(key))) for key in distinct)
    return Coding(places, words)


def _distinct(keys: Ints) -> tuple[Ints, Ints]:
    """The values there are, and the place of each key among them. Keys are mostly small, and counting beats sorting."""
    if keys.max() >= _COUNTED:
        distinct, places = np.unique(keys, return_inverse=True)
        return distinct, places.astype(np.int64)
    distinct = np.flatnonzero(np.bincount(keys))
    by_key = np.zeros(int(distinct[-1]) + 1, dtype=np.int64)
    by_key[distinct] = np.arange(len(distinct))
    return distinct, by_key[keys]
