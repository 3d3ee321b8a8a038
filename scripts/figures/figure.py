"""One measured figure, and whether it holds."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Comparison = Literal["<=", ">=", "=="]

_HOLDS: Final[dict[Comparison, Callable[[float, float], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Figure:
    """A value somebody measured, with the limit it has to keep and the command that measures it again.

    Args:
        name: What was measured, in words a reader of the README understands.
        value: The measurement, in `unit`.
        unit: `gas`, `x`, `policies`, `bytes`, `token units` …
        limit: What it is held against; None for a figure that is only told.
        comparison: How value and limit are compared.
        command: What to run to measure it again.
        note: Conditions of the measurement, when the name does not say them.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    comparison: Comparison
    command: str
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value keeps its limit. A figure without a limit always does."""
        return self.limit is None or _HOLDS[self.comparison](self.value, self.limit)
