"""A portfolio from file to files: batches are scored here or on a cluster, kept as parts, and put together."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from oracle.risk.engine import Engine
from oracle.risk.portfolio.batch import Scored, score_batch
from oracle.risk.portfolio.parts import parts_of
from oracle.risk.portfolio.probability import Probability
from oracle.risk.portfolio.repeats import Repeats, repeats_of
from oracle.risk.portfolio.reports import FORMAT, report_schema
from oracle.risk.portfolio.source import Batch, Portfolio
from oracle.risk.portfolio.table import PortfolioInvalid

OnProgress = Callable[[int], None]
"""Told how many rows are done, from 0 or from where an earlier run stopped."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run.

    Attributes:
        resumed: Batches an earlier run had done already.
    """

    reported: int
    refused: int
    resumed: int


def untold(rows: int) -> None:
    """Progress nobody wants to know of."""
    del rows


class Scorer(Protocol):
    """Scores batches, in any order."""

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        """Number and result of each batch."""


class HereScorer:
    """Scores in this process, one batch at a time."""

    def __init__(self, engine: Engine, probability: Probability | None = None) -> None:
        self._engine = engine
        self._probability = probability

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        """Number and result of each batch, in order."""
        for batch in batches:
            scored = score_batch(batch.table, batch.first_row, self._engine, self._probability, batch.repeats)
            yield batch.number, scored


def score_portfolio(
    portfolio: Portfolio,
    reports: Path,
    refused: Path,
    *,
    engine: Engine,
    scorer: Scorer,
    learned: bool = False,
    on_progress: OnProgress = untold,
) -> Summary:
    """Assess a portfolio. Killed at any moment and started again it goes on, and the files come out the same.

    Args:
        reports, refused: Parquet files to write; what is there is replaced once everything is done.
        engine: With the hash of the learned model among `learned`, if there is one.
        scorer: Where batches are scored.
        learned: Whether the scorer adds the probability of a claim.
    Raises:
        PortfolioInvalid: Paths collide, cannot be written, or another run writes them.
    """
    check_paths(portfolio.path, reports, refused)
    with parts_of(reports, _plan(portfolio, engine)) as parts:
        done = parts.done(portfolio.batches)
        rows = sum(_rows(portfolio, number) for number in done)
        on_progress(rows)
        with repeats_of(portfolio, parts.folder) as repeats:
            for number, scored in scorer(_batches(portfolio, set(range(portfolio.batches)) - done, repeats)):
                parts.keep(number, scored)
                rows += _rows(portfolio, number)
                on_progress(rows)
        schema = report_schema(portfolio.application_id, engine, learned=learned)
        reported, set_aside = parts.merge(portfolio.batches, schema, reports, refused)
        parts.clear()
    return Summary(reported, set_aside, len(done))


def _plan(portfolio: Portfolio, engine: Engine) -> dict[str, str | int]:
    """What a part depends on; a part of another plan is worthless."""
    return {
        "format": FORMAT,
        "input": portfolio.sha256,
        "rows": portfolio.rows,
        "batch_rows": portfolio.batch_rows,
        "engine": engine.hash.hex(),
    }


def _batches(portfolio: Portfolio, wanted: Set[int], repeats: Repeats) -> Iterator[Batch]:
    for batch in portfolio.read(wanted):
        yield replace(batch, repeats=repeats.of(batch.first_row, batch.table.num_rows))


def _rows(portfolio: Portfolio, number: int) -> int:
    return min(portfolio.batch_rows, portfolio.rows - number * portfolio.batch_rows)


def check_paths(applications: Path, reports: Path, refused: Path) -> None:
    """Refuse files that are each other, or cannot be written.

    Raises:
        PortfolioInvalid
    """
    named = {"in": applications, "out": reports, "refused": refused}
    for name, path in named.items():
        twins = [other for other, its_path in named.items() if other != name and its_path.resolve() == path.resolve()]
        if twins:
            raise PortfolioInvalid(f"--{name}", str(path), f"is also --{twins[0]}", "Give each its own file")
    for name, path in (("out", reports), ("refused", refused)):
        if path.is_dir() or not path.parent.is_dir():
            problem = "is a folder" if path.is_dir() else "lies in no folder that is there"
            raise PortfolioInvalid(f"--{name}", str(path), problem, "Name a file in a folder that is there")
