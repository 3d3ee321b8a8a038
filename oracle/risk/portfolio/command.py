"""`quittance risk score` and `invent`: portfolios from file to file, and invented ones to try it with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from oracle.risk.refusals import told_refusals, written_to
from oracle.risk.spoken import counted

if TYPE_CHECKING:
    from oracle.risk.engine import Engine
    from oracle.risk.portfolio.probability import Probability
    from oracle.risk.portfolio.run import Scorer

MOST_WORKERS = 256
MOST_INVENTED = 100_000_000


def score_command(
    applications: Annotated[Path, typer.Option("--in", help="Applications, Parquet: one row each.")],
    out: Annotated[Path, typer.Option(help="Reports, Parquet.")],
    refused: Annotated[Path | None, typer.Option(help="Refused rows with field and reason, Parquet.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a claim model; adds its probability.")] = None,
    scheduler: Annotated[str, typer.Option(help="Dask scheduler, as in tcp://10.0.0.1:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes on this machine.", min=1, max=MOST_WORKERS)] = 1,
) -> None:
    """Assess a portfolio. Started again after a stop it goes on, and the files are the same as without the stop."""
    from oracle.risk.engine import load_engine
    from oracle.risk.portfolio.probability import LEARNED_NAME, load_probability
    from oracle.risk.portfolio.run import check_paths, score_portfolio
    from oracle.risk.portfolio.source import open_portfolio

    console = Console()
    aside = refused or out.with_name(f"{out.stem}.refused{out.suffix}")
    with told_refusals(), ExitStack() as stack:
        check_paths(applications, out, aside)
        probability = load_probability(model) if model else None
        engine = load_engine(learned={LEARNED_NAME: probability.digest} if probability else None)
        portfolio = open_portfolio(applications, probability.extras if probability else ())
        scorer = stack.enter_context(_scorer(scheduler, workers, engine, probability))
        progress = stack.enter_context(_progress(console))
        bar = progress.add_task(applications.name, total=portfolio.rows)
        summary = score_portfolio(
            portfolio, out, aside, engine=engine, scorer=scorer, learned=probability is not None,
            on_progress=lambda rows: progress.update(bar, completed=rows),
        )  # fmt: skip
    if summary.resumed:
        done = counted(summary.resumed, "batch that was done", "batches that were done")
        console.print(f"went on after {done}", highlight=False)
    console.print(f"{counted(summary.reported, 'report')} in {out}", soft_wrap=True, highlight=False)
    console.print(f"{counted(summary.refused, 'refused row')} in {aside}", soft_wrap=True, highlight=False)


def invent_command(
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    rows: Annotated[int, typer.Option(help="How many applications.", min=1, max=MOST_INVENTED)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same rows.", min=0)] = 0,
) -> None:
    """Write invented applications of every form, to try `score` with."""
    from oracle.risk.portfolio.invented import write_invented

    with told_refusals(), written_to("--out", out, "a file, in a folder that is there, that"):
        write_invented(out, rows, seed)
    Console().print(f"{counted(rows, 'invented application')} in {out}", soft_wrap=True, highlight=False)


@contextmanager
def _scorer(scheduler: str, workers: int, engine: Engine, probability: Probability | None) -> Iterator[Scorer]:
    from oracle.risk.portfolio.run import HereScorer

    if not scheduler and workers == 1:
        yield HereScorer(engine, probability)
        return
    from oracle.risk.portfolio.cluster import cluster_scorer, local_scorer  # Dask takes seconds to load

    chosen = cluster_scorer(scheduler, engine, probability) if scheduler else None
    with chosen or local_scorer(workers, engine, probability) as scorer:
        yield scorer


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(show_speed=True))
    return Progress(*columns, TimeRemainingColumn(), console=console)
