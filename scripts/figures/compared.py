"""What a comparison of the twins found, and the size of its questions."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from web3.contract import Contract

PAGE: Final = 200  # cases in one eth_call


@dataclass
class Tally:
    """How many cases were compared, in how many the twins differ, and by how much at most.

    Attributes:
        units: Largest difference of two answers, in the unit of the answer (token units for money); None where the
            answers are hashes, ids or verdicts, which are the same or not.
    """

    what: str
    cases: int = 0
    differing: int = 0
    units: int | None = None

    def add(self, ours: Sequence[int], theirs: Sequence[int]) -> None:
        """Counts one case whose answers are numbers."""
        self.cases += 1
        apart = max(abs(one - other) for one, other in zip(ours, theirs, strict=True))
        self.differing += apart > 0
        self.units = max(self.units or 0, apart)

    def agree(self, same: bool) -> None:
        """Counts one case whose answers are the same or not."""
        self.cases += 1
        self.differing += not same


Comparison: TypeAlias = Callable[[Contract, random.Random, int], Tally]
"""Compares the twins on so many random cases."""


def pages(cases: int) -> Iterator[int]:
    """Sizes of the questions that ask `cases` in all."""
    for start in range(0, cases, PAGE):
        yield min(PAGE, cases - start)
