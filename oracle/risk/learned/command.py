"""`quittance risk train`: a model and its card from a table."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from oracle.risk.indicators import Line, RiskError


class Wanted(StrEnum):
    """Which algorithm to train."""

    BEST = "best"
    FOREST = "random-forest"
    BOOSTING = "gradient-boosting"


def train_command(
    line: Annotated[Line, typer.Option(help="Line of insurance.")],
    data: Annotated[Path, typer.Option(help="Table to learn from: .parquet, .csv or .csv.gz, one row a case.")],
    target: Annotated[str, typer.Option(help="claim, fraud, death, top-charges of a public set; or a column of 0, 1.")],
    out: Annotated[Path, typer.Option(help="Folder the model and its card are written into.")],
    time: Annotated[str, typer.Option(help="Column of the time; what is judged on then lies later.")] = "",
    feature: Annotated[list[str] | None, typer.Option(help="Column to learn from; may be repeated.")] = None,
    algorithm: Annotated[Wanted, typer.Option(help="best: both, the better on validation is kept.")] = Wanted.BEST,
) -> None:
    """Learn a yes-or-no question from a table; judge it on rows kept apart; write model, card and calibration plot."""
    from oracle.risk.learned.card import write_model  # scikit-learn takes seconds to load and only this needs it
    from oracle.risk.learned.datasets import Asked
    from oracle.risk.learned.frames import read_frame
    from oracle.risk.learned.pipeline import Algorithm
    from oracle.risk.learned.train import BOTH, train

    console = Console()
    algorithms = BOTH if algorithm is Wanted.BEST else (Algorithm(algorithm.value),)
    try:
        out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
        frame, data_hash = read_frame(data)
        how = Asked(tuple(feature or ()), time)
        trained = train(line, frame, target, data_hash=data_hash, how=how, algorithms=algorithms)
        card = write_model(trained, out)
    except RiskError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"--out {out} cannot be written ({error.strerror}): name a folder you may write to")
    judged = trained.judgement
    shown = Table(f"{judged.rows:,} rows not seen", trained.model.algorithm.value, "95 %", "naive")
    for name, found in judged.metrics.items():
        shown.add_row(name, f"{found.value:.4f}", f"{found.low:.4f} to {found.high:.4f}", f"{judged.naive[name]:.4f}")
    console.print(shown)
    console.print(f"written to {card}", soft_wrap=True)


def _fail(sentence: str) -> NoReturn:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
