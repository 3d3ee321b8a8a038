"""How a command tells a refusal: one sentence, exit code 1, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from domain.errors import DomainError


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


def _fail(sentence: str, error: Exception) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1) from error
