"""What commands speak in: one language or both for people, JSON for programs."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from domain.clauses import LANGUAGES


class Language(StrEnum):
    """What to print in."""

    ENGLISH = "en"
    CHINESE = "zh"
    BOTH = "both"

    @property
    def each(self) -> tuple[str, ...]:
        """One language, or both."""
        return LANGUAGES if self is Language.BOTH else (self.value,)


Spoken = Annotated[Language, typer.Option(help="Language to print in; JSON is in both.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead.")]


def print_plain(console: Console, text: str) -> None:
    """A line as it is, however long."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun; the plural ends in s unless given."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def print_json(content: object) -> None:
    """JSON with sorted keys, so that the same is printed as the same."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True))
