"""The tables of docs/access.md, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
ROW = re.compile(r"\| `(?P<function>\w+\([^`]*)` \| (?P<who>[^|]+?) \| ?(?P<refusal>\w*) ?\|")
ROLE_ROW = re.compile(r"\| `(?P<role>[A-Z_]+)` \| (?P<number>\d+) \|")


@dataclass(frozen=True)
class Rule:
    """Who may call a function, and what anybody else is told."""

    contract: str
    function: str  # with its argument types
    who: tuple[str, ...]  # "anyone", "nobody", or capacities such as TREASURER
    refusal: str  # name of the error, "" if nobody is refused

    @property
    def name(self) -> str:
        return self.function.split("(", 1)[0]

    @property
    def types(self) -> str:
        return self.function.split("(", 1)[1].removesuffix(")")

    def admits(self, party: str) -> bool:
        """Whether somebody in this capacity may call it."""
        return "anyone" in self.who or party in self.who

    def __str__(self) -> str:
        short = self.types if len(self.types) < 60 else "…"
        return f"{self.contract}.{self.name}({short})"


def rules() -> list[Rule]:
    """Every row of every contract's table."""
    return list(_rules(PAGE.read_text("utf-8")))


def roles() -> dict[str, int]:
    """Role names and numbers, as the page gives them."""
    return {row["role"]: int(row["number"]) for row in ROLE_ROW.finditer(PAGE.read_text("utf-8"))}


def _rules(page: str) -> Iterator[Rule]:
    for section in page.split("\n## ")[1:]:
        contract = section.splitlines()[0].strip()
        for row in ROW.finditer(section):
            yield Rule(contract, row["function"], tuple(re.findall(r"\w+", row["who"])), row["refusal"])
