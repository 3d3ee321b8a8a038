"""`quittance evidence …`: dossiers no machine could read."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.config import Settings
from backend.database import Database, DatabaseUnavailable, database_url
from backend.dependencies import wall_clock
from backend.evidence import dossiers

app = typer.Typer(help="Evidence no machine could read.", no_args_is_help=True)
Tenant = Annotated[UUID, typer.Option(help="The insurer.")]


@app.command()
def unread(tenant: Tenant) -> None:
    """List dossiers that were tried in vain, one JSON a line: which, of which case, sealed when."""
    with _open().scoped(Principal.worker(tenant)) as session:
        for row in dossiers.unread(session, tenant):
            told = {"dossier": str(row.dossier_id), "case": str(row.case_id), "sealed_at": row.sealed_at}
            typer.echo(json.dumps(told))


@app.command("read-again")
def read_again(
    tenant: Tenant,
    dossier: Annotated[UUID | None, typer.Option(help="This one; without it, all that are unread.")] = None,
) -> None:
    """Have unread dossiers read again, once the cause is mended. The running backend does it within seconds."""
    worker = Principal.worker(tenant)
    with _open().scoped(worker) as session:
        chosen = [row for row in dossiers.unread(session, tenant) if dossier in (None, row.dossier_id)]
        if dossier is not None and not chosen:
            typer.echo(
                f"dossier {dossier} is none of this insurer's unread ones. See `quittance evidence unread`.", err=True
            )
            raise typer.Exit(2)
        for row in chosen:
            dossiers.read_again(session, row, wall_clock())
            audit.record(session, worker, operation="evidence.read_again", subject=f"dossiers/{row.dossier_id}")
    typer.echo(f"{len(chosen)} to be read again.")


def _open() -> Database:
    try:
        return Database(database_url(Settings()))
    except DatabaseUnavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
