"""How a command tells a refusal: one sentence, exit code 1, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from domain.errors import DomainError
from oracle.risk.indicators import RiskError


@contextmanager
def told_refusals() -> Iterator[None]:
    """Tell what is refused inside on standard error, and end."""
    try:
        yield
    except DomainError as error:
        _fail(str(error), error)
    except OSError as error:
        name = f"{error.filename} " if error.filename else ""
        _fail(f"{name}cannot be used ({error.strerror}): name a place you may read and write", error)


class PlaceUnusable(RiskError):
    """A file or folder that an option names cannot be written."""


@contextmanager
def written_to(option: str, path: Path, wanted: str) -> Iterator[None]:
    """Say of which option it is that what is written inside cannot be.

    Args:
        wanted: What the option should name, as in "a folder".
    Raises:
        PlaceUnusable
    """
    try:
        yield
    except OSError as error:
        problem = f"cannot be written ({(error.strerror or 'the system gave no reason').lower()})"
        remedy = f"Name {wanted} you may write to"
        raise PlaceUnusable(option, str(path), problem, remedy) from error


def _fail(sentence: str, error: Exception) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1) from error
