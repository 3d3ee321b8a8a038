"""`quittance vault …`: status, rotate, rewrap, destroy-keys, purge, erase, restrict, lift."""

from __future__ import annotations

import json
import time
from typing import Annotated
from uuid import UUID

import typer

from backend.access.principal import Principal
from backend.audit.entries import HOUSE_TENANT
from backend.config import Settings
from backend.database import Database, database_url
from backend.evidence import service as evidence
from backend.rights.terms import contract_terms
from backend.vault import erasure, rotation, service
from backend.vault.opening import require_vault
from backend.vault.purge import purge as purge_all
from backend.vault.records import applicant_id
from backend.vault.sealing import Vault

app = typer.Typer(help="Vault: keys, retention, erasure.", no_args_is_help=True)
Tenant = Annotated[UUID, typer.Option(help="The insurer; without it, what belongs to none.")]
Person = Annotated[UUID | None, typer.Option(help="Whose data.")]
Application = Annotated[str, typer.Option(help="Or the application, 0x-hex, of somebody without an account.")]


@app.command()
def status() -> None:
    """Say which keys there are and how many records each wraps."""
    database, vault = _open()
    found = rotation.status(database, vault)
    typer.echo(
        json.dumps(
            {
                "current_key": found.current, "keys": sorted(found.held), "records": found.records,
                "behind": found.behind, "erasures_waiting_for_keys_to_be_destroyed": found.open_certificates,
            },
            indent=1,
        )
    )  # fmt: skip


@app.command()
def rotate() -> None:
    """Make a new key and wrap everything under it, while the backend serves. Stopped: go on with `rewrap`."""
    database, vault = _open()
    typer.echo(f"New records are sealed under key {rotation.new_key(database, vault)} from now on.")
    _rewrap(database, vault)


@app.command()
def rewrap() -> None:
    """Wrap everything under the current key. Exit code 1 when a record's key is not held any more."""
    _rewrap(*_open())


@app.command("destroy-keys")
def destroy_keys(
    grace_seconds: Annotated[int, typer.Option(min=0, help="Keep keys retired for shorter.")] = rotation.GRACE_SECONDS,
) -> None:
    """Destroy the old keys for good: back-ups made under them can be opened no more. Make a new back-up first."""
    database, vault = _open()
    gone = rotation.destroy_old_keys(database, vault, grace_seconds=grace_seconds)
    typer.echo(f"Destroyed: {', '.join(sorted(gone)) or 'none, all are current or were retired just now'}.")


@app.command()
def purge(
    for_real: Annotated[bool, typer.Option("--for-real", help="Destroy, not only count.")] = False,
) -> None:
    """Count, and with --for-real destroy, what has been kept long enough."""
    database, vault = _open()
    told = purge_all(database, vault, contract_terms, evidence.forget_looks, dry=not for_real)
    typer.echo(json.dumps({"dry_run": told.dry, "due": told.due, "kept": told.kept, "restricted": told.held}, indent=1))


@app.command()
def erase(
    tenant: Tenant = HOUSE_TENANT, person: Person = None, application: Application = "", reason: str = "asked"
) -> None:
    """Destroy what is sealed of a person and print the certificate. Refused while it must be kept."""
    database, vault = _open()
    who = _person(person, application)
    with database.every_tenant() as session:
        begun = evidence.forget_unfinished(session, tenant, who)
        certificate = erasure.erase(
            session, vault, Principal.worker(tenant), person_id=who, reason=reason, terms=contract_terms,
            besides=begun > 0,
        )  # fmt: skip
        evidence.forget_looks(session, certificate.record_ids)
    typer.echo(json.dumps(erasure.document(certificate), indent=1))
    typer.echo("Back-ups from before are closed by: quittance vault rotate, then destroy-keys.", err=True)


@app.command()
def restrict(reason: str, tenant: Tenant = HOUSE_TENANT, person: Person = None, application: Application = "") -> None:
    """Restrict processing: what is sealed of a person is kept, and opened for legal claims only."""
    database, vault = _open()
    with database.every_tenant() as session:
        who = _person(person, application)
        service.restrict(session, vault, Principal.worker(tenant), person_id=who, reason=reason)
    typer.echo(f"Processing of the data of {who} is restricted.")


@app.command()
def lift(tenant: Tenant = HOUSE_TENANT, person: Person = None, application: Application = "") -> None:
    """Lift a person's restrictions."""
    database, vault = _open()
    with database.every_tenant() as session:
        lifted = service.lift_restriction(
            session, vault, Principal.worker(tenant), person_id=_person(person, application)
        )  # fmt: skip
    typer.echo(f"{lifted} restrictions lifted.")


def _rewrap(database: Database, vault: Vault) -> None:
    found = rotation.rewrap_all(database, vault, pause=lambda: time.sleep(0.05))
    typer.echo(f"{found.done} records wrapped anew.")
    if found.unreadable:
        typer.echo(f"{len(found.unreadable)} open with no key held here, first {found.unreadable[0]}.", err=True)
        raise typer.Exit(1)


def _open() -> tuple[Database, Vault]:
    settings = Settings()
    return Database(database_url(settings)), require_vault(settings)


def _person(person: UUID | None, application: str) -> UUID:
    if (person is None) == (not application):
        raise typer.BadParameter("give either --person or --application")
    if person is not None:
        return person
    try:
        return applicant_id(int(application, 16))
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"--application {application!r} is not 0x-hex. Take it from the quote.") from None
