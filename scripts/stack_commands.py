"""`quittance up` and `quittance down`: the whole system, left running."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from scripts.demo import NEW_YORK
from scripts.machine import state_folder
from scripts.model_store import trained_model
from scripts.stack import Stack, StackOptions, stop

CAPITAL = 10_000_000_000_000
GENESIS = datetime(2013, 9, 11, 22, tzinfo=NEW_YORK)


def up(
    port: Annotated[int, typer.Option(help="Port of page and API; 0 takes any free one.")] = 8400,
    chain_port: Annotated[int, typer.Option(help="Port of the chain; 0 takes any free one.")] = 8545,
    metrics_port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of /metrics; 0: none.")] = 0,
) -> None:
    """Start the whole system on the evening of 2013-09-11 and leave it running."""
    console, base = Console(), state_folder()
    model = trained_model(base, console)
    home = base / "up"
    options = StackOptions(
        home, model, int(GENESIS.timestamp()), CAPITAL, port=port, chain_port=chain_port, metrics_port=metrics_port
    )
    stack = Stack(options)
    try:
        with console.status("starting") as status:
            stack.start(status.update)
    except BaseException:
        stop(home)
        raise
    console.print(f"page      {stack.page}/\nAPI       {stack.page}/docs\nchain     {stack.rpc.url}")
    if metrics_port:
        console.print(f"metrics   http://127.0.0.1:{metrics_port}/metrics")
    console.print(f"operator  . {stack.operator_file}  before quittance tenant, person and the like", soft_wrap=True)
    console.print(f"state     {home}\nstop      quittance down")


def down() -> None:
    """Stop what `up` or `demo` left running. What is on disk stays."""
    stopped = [f"{name} ({folder})" for folder in ("up", "demo") for name in stop(state_folder() / folder)]
    Console().print("stopped: " + ", ".join(stopped) if stopped else "nothing was running")
