"""A function of one indicator, constant between breakpoints: one table for one applicant and for columns."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import overload

import numpy as np

from oracle.risk.rounding import Ints


class Steps:
    """Value by indicator: from each breakpoint up to the next one. Below the first breakpoint the first value holds.

    Indicators are coded as in `IndicatorDefinition.coded`: choices by their place, flags 0 or 1, `ABSENT` (-1) for what
    was not given. A table therefore begins at -1 and says there what an absent value gets.

    Args:
        breakpoints: Ascending, each once.
        values: One for each breakpoint.
    Raises:
        ValueError: Lengths differ, none is given, or breakpoints do not ascend.
    """

    __slots__ = ("_breakpoints", "_values", "breakpoints", "values")

    def __init__(self, breakpoints: Sequence[int], values: Sequence[int]) -> None:
        self.breakpoints, self.values = tuple(breakpoints), tuple(values)
        if not self.breakpoints or len(self.breakpoints) != len(self.values):
            raise ValueError(
                f"{len(self.breakpoints)} breakpoints, {len(self.values)} values: need as many, at least one"
            )
        if any(left >= right for left, right in zip(self.breakpoints, self.breakpoints[1:], strict=False)):
            raise ValueError(f"breakpoints {self.breakpoints} do not ascend")
        self._breakpoints = np.asarray(self.breakpoints, dtype=np.int64)
        self._values = np.asarray(self.values, dtype=np.int64)

    def at(self, coded: int) -> int:
        """Value for one coded indicator."""
        return self.values[max(bisect_right(self.breakpoints, coded) - 1, 0)]

    def at_each(self, coded: Ints) -> Ints:
        """Values for a column of coded indicators."""
        places = np.searchsorted(self._breakpoints, coded, side="right") - 1
        return self._values[np.maximum(places, 0)]

    @overload
    def of(self, coded: int) -> int: ...
    @overload
    def of(self, coded: Ints) -> Ints: ...
    def of(self, coded: int | Ints) -> int | Ints:
        """Value for one coded indicator, or values for a column of them."""
        return self.at_each(coded) if isinstance(coded, np.ndarray) else self.at(coded)
