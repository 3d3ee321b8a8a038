"""Measure a set of figures, show them beside their limits, keep them: `quittance figures NAME`.

A set is a module of this package with a function `measure(*, full: bool) -> list[Figure]`.
"""

from __future__ import annotations

import ast
import importlib
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from rich.console import Console
from rich.table import Table

from scripts.figures import store
from scripts.figures.figure import Figure

FOLDER: Final = Path(__file__).resolve().parent
ALL: Final = "all"


class Measure(Protocol):
    """What a set's module offers."""

    def __call__(self, *, full: bool) -> list[Figure]: ...


class FigureSetUnknown(ValueError):
    """No set has this name. Lists those there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"there is no set of figures called {name!r}: choose one of {', '.join([ALL, *known])}")


def set_names(folder: Path = FOLDER) -> list[str]:
    """Modules that define `measure`, found without importing them."""
    return sorted(path.stem for path in folder.glob("*.py") if _measures(ast.parse(path.read_text("utf-8"))))


def _measures(module: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "measure" for node in module.body)


def load_measure(name: str) -> Measure:
    """The measuring function of one set."""
    return cast(Measure, importlib.import_module(f"scripts.figures.{name}").measure)


def this_machine() -> str:
    """The machine in a few words: figures mean little without it."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def shown(name: str, figures: Sequence[Figure]) -> Table:
    """The figures beside their limits."""
    rendered = Table(title=f"Figures: {name}", title_justify="left")
    rendered.add_column("figure")
    rendered.add_column("measured", justify="right")
    rendered.add_column("limit")
    rendered.add_column("")
    for figure in figures:
        mark = {"holds": "[green]holds[/]", "missed": "[bold red]missed[/]", "": ""}[store.verdict(figure)]
        rendered.add_row(figure.name, store.shown_value(figure), store.shown_limit(figure), mark)
    return rendered


def run(
    wanted: str,
    console: Console,
    *,
    full: bool = False,
    root: Path = store.ROOT,
    names: Sequence[str] | None = None,
    measure_of: Callable[[str], Measure] = load_measure,
) -> int:
    """Measure one set, or `all`; show and keep what was found.

    Returns:
        0 when every figure holds, 1 when one is missed.
    Raises:
        FigureSetUnknown, store.FiguresUnreadable
    """
    known = set_names() if names is None else names
    if wanted != ALL and wanted not in known:
        raise FigureSetUnknown(wanted, known)
    kept = store.load(root)
    missed: list[Figure] = []
    for name in known if wanted == ALL else [wanted]:
        console.print(f"Measuring {name} …")
        figures = measure_of(name)(full=full)
        kept[name] = store.as_json(figures, machine=this_machine(), full=full)
        store.save(kept, root)
        console.print(shown(name, figures))
        missed += [figure for figure in figures if not figure.holds]
    for figure in missed:
        console.print(
            f"[bold red]Missed:[/] {figure.name}: {store.shown_value(figure)}, {store.shown_limit(figure)}. "
            f"Measured by `{figure.command}`."
        )
    console.print(f"Kept in {store.SOURCE} and {store.PAGE}.")
    return 1 if missed else 0
