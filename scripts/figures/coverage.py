"""How much of our contracts the forge tests reach."""

from __future__ import annotations

from scripts import coverage
from scripts.figures.figure import Figure

COMMAND = "quittance figures coverage"


def measure(*, full: bool = False) -> list[Figure]:
    """One run of every forge test; there is no larger one.

    Raises:
        CoverageFailed
    """
    del full
    files = coverage.cover()
    figures = []
    for kind in ("lines", "branches"):
        reached, there = coverage.share(files, kind)
        note = f"{reached:,} of {there:,}, {len(files)} files; mocks left out, Brownie's tests not counted"
        figures.append(Figure(f"{kind} reached by forge tests", 100 * reached / there, "%", 100, ">=", COMMAND, note))
    return figures
