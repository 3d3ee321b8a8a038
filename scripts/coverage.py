"""Which lines and branches of our contracts the forge tests reach: `python -m scripts.coverage`.

Forge writes what it saw as an lcov file; mocks and tests do not count. Brownie's tests of every function and refusal
come on top and are not counted here.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.forge_tree import copied_tree, run_in
from scripts.steps import forge_binary

COPIED: Final = ("contracts", "tests/invariants")
PROFILE: Final = "coverage"
LEFT_OUT: Final = r"(node_modules|tests|contracts/mocks)"
SECONDS: Final = 3_600


class CoverageFailed(RuntimeError):
    """The tests fail, or cannot be compiled; has forge's words."""


@dataclass
class FileCoverage:
    """What was reached in one file.

    Args:
        path: Relative to the repository.
        lines: Line → whether it ran.
        branches: (line, branch, way) → whether it was taken.
    """

    path: str
    lines: dict[int, bool] = field(default_factory=dict)
    branches: dict[tuple[int, int, int], bool] = field(default_factory=dict)

    def missed(self) -> list[int]:
        """Lines that did not run, or where a branch was not taken."""
        lines = {line for line, hit in self.lines.items() if not hit}
        return sorted(lines | {line for (line, _, _), hit in self.branches.items() if not hit})


def read_lcov(text: str) -> list[FileCoverage]:
    """Files in an lcov report, in order."""
    files: list[FileCoverage] = []
    for line in text.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            files.append(FileCoverage(value))
        elif kind == "DA":
            number, hits = map(int, value.split(",")[:2])
            files[-1].lines[number] = files[-1].lines.get(number, False) or hits > 0
        elif kind == "BRDA":
            place, block, way, taken = value.split(",")
            files[-1].branches[int(place), int(block), int(way)] = taken not in {"-", "0"}
    return files


def share(files: list[FileCoverage], kind: str) -> tuple[int, int]:
    """How many `lines` or `branches` were reached, of how many."""
    hits = [hit for file in files for hit in getattr(file, kind).values()]
    return sum(hits), len(hits)


def measure_coverage(tree: Path) -> list[FileCoverage]:
    """Run every forge test of a tree and read what it reached.

    Raises:
        CoverageFailed
    """
    command = [forge_binary(), "coverage", "--report", "lcov", "--no-match-coverage", LEFT_OUT]
    done = run_in(tree, command, profile=PROFILE, seconds=SECONDS)
    report = tree / "lcov.info"
    if done.returncode != 0 or not report.exists():
        raise CoverageFailed(f"forge says:\n{(done.stdout + done.stderr)[-3_000:]}")
    return read_lcov(report.read_text("utf-8"))


def cover() -> list[FileCoverage]:
    """What the forge tests reach of the contracts as they are.

    Raises:
        CoverageFailed
    """
    with copied_tree(COPIED) as tree:
        return measure_coverage(tree)


def ranges(lines: list[int]) -> str:
    """Line numbers as a person writes them: `3, 7-9`."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1] = (found[-1][0], line)
        else:
            found.append((line, line))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def main() -> int:
    """Print what is not reached; 1 if anything is."""
    try:
        files = cover()
    except CoverageFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for file in files:
        if file.missed():
            sys.stdout.write(f"{re.sub('^.*contracts/', 'contracts/', file.path)}: {ranges(file.missed())}\n")
    (lines, all_lines), (branches, all_branches) = share(files, "lines"), share(files, "branches")
    sys.stdout.write(f"{lines} of {all_lines} lines, {branches} of {all_branches} branches\n")
    return 0 if (lines, branches) == (all_lines, all_branches) else 1


if __name__ == "__main__":
    sys.exit(main())
