"""`quittance backend …`: migrate, run, replay-check, vault-key, identity-key, operator-key."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import uvicorn
from eth_account.signers.local import LocalAccount
from pydantic import ValidationError

from backend.access.operator_keys import OperatorKeys, OperatorKeysInvalid, add_operator_key
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.audit.checkpoints import AuditKeyInvalid
from backend.chain.endpoints import FailoverRpc
from backend.chain.identity import WrongChain, require_same_chain
from backend.chain.nodes import HttpNodes
from backend.chain.watch import check_and_note
from backend.claims.casebook import ClaimCases
from backend.claims.opening import open_claims
from backend.config import Settings
from backend.custody.opening import open_custody
from backend.database import Database, DatabaseUnavailable, database_url, migrate
from backend.dependencies import ServiceSet, wall_clock
from backend.evidence.opening import open_evidence
from backend.http.server_key import ServerKey, ServerKeyInvalid
from backend.identity.opening import Doorkeeper, open_desk
from backend.identity.personal_data import IdentityKeyInvalid, make_identity_key
from backend.main import create_app, make_workers
from backend.observability.logs import configure_logs
from backend.observability.opening import open_watch
from backend.observability.server import MetricsPortTaken
from backend.products.service import Documents
from backend.security_mail.alerts import SecurityMail
from backend.underwriting.staffing import open_underwriting
from backend.vault.opening import open_vault
from backend.vault.service import VaultKeyInvalid, make_key_file
from ledger.deployment import Deployment, DeploymentInvalid
from ledger.rpc import Rpc, RpcUnavailable
from ledger.sender import load_account

app = typer.Typer(help="HTTP backend: database, indexer, relayer.", no_args_is_help=True)
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one and prints it.")]


class KeyUnusable(Exception):
    """A keystore cannot be opened. The text says what to do."""


_FORESEEN = (
    AuditKeyInvalid, DatabaseUnavailable, DeploymentInvalid, IdentityKeyInvalid, KeyUnusable, MetricsPortTaken,
    OperatorKeysInvalid, ServerKeyInvalid, VaultKeyInvalid, WrongChain,
)  # fmt: skip


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema up to date."""
    with _sentences():
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
    with _sentences():
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
    with _sentences():
        settings = Settings()
        deployment = Deployment.load(settings.deployment)
        found = check_and_note(Database(database_url(settings)), Rpc(deployment.rpc_url), deployment)
    typer.echo(json.dumps(found.as_json()))
    if not found.same:
        raise typer.Exit(1)


@app.command("vault-key")
def vault_key(path: Path) -> None:
    """Make a new key for applicants' records, readable by its owner only."""
    with _sentences():
        make_key_file(path)
        typer.echo(f"Key written to {path}. Back it up apart from the database: without it no record opens.")


@app.command("identity-key")
def identity_key(path: Path) -> None:
    """Make a new key for the names of people who sign in, readable by its owner only."""
    with _sentences():
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
    with _sentences():
        key = add_operator_key(path, tenant_id=tenant, roles=role, scopes=scope)
        typer.echo(key)
        typer.echo(f"This is shown once. {path} keeps its digest; start the backend again to let it in.", err=True)


def open_services(settings: Settings) -> tuple[ServiceSet, LocalAccount | None]:
    """Open everything the backend works with, and the account that pays.

    Raises:
        DatabaseUnavailable, DeploymentInvalid, WrongChain, RpcUnavailable, KeyUnusable, OperatorKeysInvalid,
            ServerKeyInvalid, VaultKeyInvalid: Each says what to do.
    """
    deployment = Deployment.load(settings.deployment)
    underwriter = _account(settings.underwriter_keystore, settings.underwriter_password_file)
    payer = _account(settings.relayer_keystore, settings.relayer_password_file)
    authenticator = OperatorKeys.load(settings.operator_key_file) if settings.operator_key_file else OperatorKeys()
    vault = open_vault(settings)
    server_key = ServerKey.load(settings.server_key_file or settings.home / "server.key")
    rpc = open_rpc(settings, deployment)
    database = Database(database_url(settings))
    migrate(database)
    with database.transaction() as session:
        require_same_chain(session, rpc, deployment)
    nodes = HttpNodes(settings.node_urls, timeout_seconds=settings.node_timeout_seconds)
    documents = Documents(settings.deployment.parent / "documents", database)
    desk = open_desk(settings, database, rpc, deployment.chain_id, wall_clock)
    keeper = authenticator if desk is None else Doorkeeper(desk, authenticator)
    services = ServiceSet(
        settings, database, deployment, rpc, nodes, documents, underwriter, vault, server_key=server_key,
        limits=make_limits(settings, database), authenticator=keeper,
        identity=desk, sender=payer.address if payer else None,
        custody=open_custody(vault, database, deployment, rpc, wall_clock),
        evidence=open_evidence(vault, server_key, ClaimCases(), wall_clock, scanner=settings.virus_scanner),
    )  # fmt: skip
    underwriting = open_underwriting(services)
    if desk is not None and underwriting is not None:
        desk = replace(desk, tell=SecurityMail(underwriting.notices))
    services = replace(services, underwriting=underwriting, identity=desk)
    return replace(services, claims=open_claims(services)), payer


def open_rpc(settings: Settings, deployment: Deployment) -> Rpc:
    """The way to the chain, with the second endpoint behind the first where there is one."""
    if not settings.second_rpc_url:
        return Rpc(deployment.rpc_url)
    return FailoverRpc(deployment.rpc_url, settings.second_rpc_url)


def make_limits(settings: Settings, database: Database) -> RateLimits:
    """How often one address and one principal may ask, as configured."""
    return RateLimits(
        database,
        per_address=Rate(settings.address_requests_per_second, settings.address_request_burst),
        per_principal=Rate(settings.principal_requests_per_second, settings.principal_request_burst),
    )


def _account(keystore: Path | None, password: Path | None) -> LocalAccount | None:
    if keystore is None:
        return None
    if password is None:
        raise KeyUnusable(f"{keystore} has no password file. Set the variable that ends in _PASSWORD_FILE.")
    try:
        return load_account(json.loads(keystore.read_text("utf-8")), password.read_text("utf-8").strip())
    except OSError as error:
        raise KeyUnusable(f"{error.filename} cannot be read ({error.strerror}). Check path and owner.") from error
    except ValueError as error:
        raise KeyUnusable(f"{keystore} does not open with {password} ({error}). Do they belong together?") from error


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
def _sentences() -> Iterator[None]:
    """What can be foreseen ends in one sentence and exit code 2, without a trace of calls."""
    try:
        yield
    except _FORESEEN as error:
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
