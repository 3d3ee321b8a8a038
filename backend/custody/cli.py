"""`quittance custody …`: what the operator does about keys the house keeps for people."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer

from backend.access.principal import Principal
from backend.config import Settings
from backend.custody import repository, service
from backend.custody.kinds import KeyKind
from backend.custody.opening import open_custody
from backend.custody.service import CustodyDesk
from backend.database import Database, DatabaseUnavailable, database_url
from backend.dependencies import wall_clock
from backend.problems import Problem
from backend.vault.opening import require_vault
from backend.vault.service import VaultKeyInvalid
from ledger.deployment import Deployment, DeploymentInvalid
from ledger.rpc import Rpc

app = typer.Typer(help="Keys kept for people without wallets.", no_args_is_help=True)
Tenant = Annotated[UUID, typer.Option(help="The insurer.")]
_FORESEEN = (DatabaseUnavailable, DeploymentInvalid, Problem, VaultKeyInvalid)
_PAGE = 500


@app.command("list")
def list_keys(tenant: Tenant) -> None:
    """List addresses in custody, one JSON a line: whose, since when, and whether a copy was taken."""
    try:
        database, _ = _open()
    except _FORESEEN as error:
        raise _failed(error) from error
    after = UUID(int=0)
    while True:
        with database.scoped(Principal.worker(tenant)) as session:
            page = repository.page(session, tenant, after=after, limit=_PAGE)
        for row in page:
            told = {
                "address": row.address, "person": str(row.person_id), "kind": row.kind, "made_at": row.made_at,
                "exported_at": row.exported_at, "ended_at": row.ended_at,
            }  # fmt: skip
            typer.echo(json.dumps(told))
        if len(page) < _PAGE:
            return
        after = page[-1].key_id


@app.command()
def end(
    tenant: Tenant,
    person: Annotated[UUID, typer.Option(help="Whose key.")],
    kind: Annotated[KeyKind, typer.Option(help="Which of theirs.")] = KeyKind.HOLDER,
) -> None:
    """End custody of a key that was exported: it signs nothing more, and the vault may destroy it."""
    worker = Principal.worker(tenant)
    try:
        database, desk = _open()
        with database.scoped(worker) as session:
            address = service.end(session, desk, worker, person, kind=kind)
    except _FORESEEN as error:
        raise _failed(error) from error
    typer.echo(f"Custody of {address} has ended.")


def _open() -> tuple[Database, CustodyDesk]:
    settings = Settings()
    deployment = Deployment.load(settings.deployment)
    database = Database(database_url(settings))
    desk = open_custody(require_vault(settings), database, deployment, Rpc(deployment.rpc_url), wall_clock)
    assert desk is not None  # there is a vault
    return database, desk


def _failed(error: Exception) -> typer.Exit:
    typer.echo(str(error), err=True)
    return typer.Exit(2)
