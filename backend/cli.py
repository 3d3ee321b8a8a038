"""`quittance backend …`: migrate, run, replay-check, vault-key, identity-key, operator-key.

Each command imports what it needs when it runs: all of the backend takes seconds to load, and only `run` needs it.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from backend.access.roles import Role
from backend.config import Settings
from ledger.rpc import Rpc, RpcUnavailable

app = typer.Typer(help="HTTP backend: database, indexer, relayer.", no_args_is_help=True)
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one and prints it.")]


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema up to date."""
    from backend.database import Database, DatabaseUnavailable, database_url, migrate

    with _sentences(DatabaseUnavailable):
        database = Database(database_url(Settings()))
        migrate(database)
        typer.echo("The database is up to date.")


@app.command()
def run(
    port: Port = 8000,
    host: str = "127.0.0.1",
    workers: Annotated[bool, typer.Option(help="Whether this process also does what is to be done unasked.")] = True,
) -> None:
    """Serve the API, index the chain, relay transactions.

    Requests are answered faster by a process `--no-workers` beside one with them; both may be there several times.
    """
    import uvicorn

    from backend.main import create_app, make_workers
    from backend.observability.logs import configure_logs
    from backend.observability.opening import open_watch
    from backend.opening import FORESEEN, open_services

    with _sentences(*FORESEEN):
        settings = Settings()
        configure_logs()
        listener = _listen(host, port)
        services, payer = open_services(settings)
        background = make_workers(services, payer) if workers else []
        application = create_app(services, background)
        watched = open_watch(services, background)
    typer.echo(f"http://{host}:{listener.getsockname()[1]}")
    sys.stdout.flush()
    config = uvicorn.Config(application, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        watched.close()


@app.command("replay-check")
def replay_check() -> None:
    """Compare the database with a fresh replay of the chain. Exit code 1, and an alarm, when they differ."""
    from backend.chain.watch import check_and_note
    from backend.database import Database, DatabaseUnavailable, database_url
    from ledger.deployment import Deployment, DeploymentInvalid

    with _sentences(DatabaseUnavailable, DeploymentInvalid):
        settings = Settings()
        deployment = Deployment.load(settings.deployment)
        found = check_and_note(Database(database_url(settings)), Rpc(deployment.rpc_url), deployment)
    typer.echo(json.dumps(found.as_json()))
    if not found.same:
        raise typer.Exit(1)


@app.command("vault-key")
def vault_key(path: Path) -> None:
    """Make a new key for applicants' records, readable by its owner only."""
    from backend.vault.key_files import make_key_file
    from backend.vault.keys import VaultKeyInvalid

    with _sentences(VaultKeyInvalid):
        make_key_file(path)
        typer.echo(f"Key written to {path}. Back it up apart from the database: without it no record opens.")


@app.command("identity-key")
def identity_key(path: Path) -> None:
    """Make a new key for the names of people who sign in, readable by its owner only."""
    from backend.identity.personal_data import IdentityKeyInvalid, make_identity_key

    with _sentences(IdentityKeyInvalid):
        make_identity_key(path)
        typer.echo(f"Key written to {path}. Back it up apart from the database: without it nobody is found or named.")


@app.command("operator-key")
def operator_key(
    path: Path,
    tenant: Annotated[UUID, typer.Option(help="The insurer the machine works for.")],
    role: Annotated[list[Role], typer.Option(help="What it is; several times for several.")],
    scope: Annotated[list[str], typer.Option(help="What it may do: subject.verb or subject.*; several times.")],
) -> None:
    """Make a key for a machine of the house, and keep its digest in a file (QUITTANCE_OPERATOR_KEY_FILE)."""
    from backend.access.operator_keys import OperatorKeysInvalid, add_operator_key

    with _sentences(OperatorKeysInvalid):
        key = add_operator_key(path, tenant_id=tenant, roles=role, scopes=scope)
        typer.echo(key)
        typer.echo(f"This is shown once. {path} keeps its digest; start the backend again to let it in.", err=True)


def _listen(host: str, port: int) -> socket.socket:
    # The protocol by name: asyncio sends an answer's parts at once (TCP_NODELAY) only where it reads TCP here.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise typer.BadParameter(
            f"port {port} on {host} cannot be used ({error.strerror}). Choose another with --port, or 0 for any."
        ) from error
    return listener


@contextmanager
def _sentences(*foreseen: type[Exception]) -> Iterator[None]:
    """What was foreseen ends in one sentence and exit code 2, without a trace of calls.

    So do, always, a chain that does not answer and a setting that cannot be.
    """
    try:
        yield
    except foreseen as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except RpcUnavailable as error:
        typer.echo(f"The chain does not answer ({error}). Start it: quittance up", err=True)
        raise typer.Exit(2) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "QUITTANCE_" + "_".join(str(part) for part in first["loc"]).upper()
        typer.echo(f"{name} is {first['input']!r}: {first['msg']}. Correct the variable.", err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    app()
