"""`quittance underwriting …`: the quarter's figures, calendars, and mail that came back."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated
from uuid import UUID

import typer

from backend.access.principal import Principal
from backend.calendars.files import calendar, names
from backend.config import Settings
from backend.database import Database, database_url
from backend.notices import service as notices
from backend.notices.bounces import read_bounce
from backend.underwriting import figures
from backend.underwriting.views import figures_view

app = typer.Typer(help="Underwriting: figures, calendars, bounced mail.", no_args_is_help=True)
Tenant = Annotated[UUID, typer.Option(help="The insurer.")]


@app.command("figures")
def figures_command(year: int, quarter: int, tenant: Tenant) -> None:
    """Errors found on review, turnaround and complaints of a quarter. Exit code 1 when a limit does not hold."""
    worker = Principal.worker(tenant)
    with Database(database_url(Settings())).scoped(worker) as session:
        found = figures.quarter(session, worker, tenant, year, quarter)
    typer.echo(figures_view(found, year, quarter).model_dump_json(indent=1))
    if not found.figures.hold:
        raise typer.Exit(1)


@app.command()
def calendars() -> None:
    """Calendars there are, and until when their holidays are known."""
    found = [calendar(name) for name in names()]
    shown = {
        each.name: {
            "version": each.version, "known_until": each.known_until.isoformat(),
            "not_published": list(each.not_published),
        }
        for each in found
    }  # fmt: skip
    typer.echo(json.dumps(shown, indent=1))


@app.command()
def bounce() -> None:
    """Read one returned mail from standard input: a notice that did not arrive goes to people."""
    found = read_bounce(sys.stdin.buffer.read())
    if found is None:
        typer.echo("This is no report about a notice.", err=True)
        raise typer.Exit(1)
    if not found.final:
        typer.echo(f"Notice {found.notice_id} is delayed ({found.status}).")
        return
    with Database(database_url(Settings())).every_tenant() as session:
        notices.note_delivery(
            session, found.notice_id, delivered=False, code=found.status, now=int(time.time())
        )  # fmt: skip
    typer.echo(f"Notice {found.notice_id} came back ({found.status}): people take it from here.")
