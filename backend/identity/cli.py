"""`quittance tenant …` and `quittance person …`: what the operator does on the host, without a session.

Whoever may run these has the database and its keys anyway. Each change is in the audit log as the house's own work.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.config import Settings
from backend.database import Database, DatabaseUnavailable, database_url, migrate
from backend.dependencies import wall_clock
from backend.identity import accounts
from backend.identity.accounts import Invited
from backend.identity.api_keys import service as api_keys
from backend.identity.api_keys.service import Wanted
from backend.identity.desk import Desk
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.oidc import service as oidc
from backend.identity.oidc.repository import Provider
from backend.identity.oidc.service import OidcConfigurationInvalid
from backend.identity.opening import open_desk
from backend.identity.people import service as people
from backend.identity.personal_data import IdentityKeyInvalid
from backend.observability.logs import configure_logs
from backend.problems import Problem
from backend.tenants import service as tenants
from backend.tenants.repository import Tenant
from backend.tenants.service import TenantRefused
from domain.errors import AddressInvalid
from ledger.deployment import Deployment, DeploymentInvalid
from ledger.rpc import Rpc

tenant_app = typer.Typer(help="Insurers.", no_args_is_help=True)
person_app = typer.Typer(help="People of an insurer.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(help="The insurer's short name.")]
Email = Annotated[str, typer.Argument(help="Address the person signs in by.")]
DAY = 86_400
_FORESEEN = (
    AddressInvalid, DatabaseUnavailable, DeploymentInvalid, IdentityKeyInvalid, OidcConfigurationInvalid, Problem,
    TenantRefused, OSError,
)  # fmt: skip


@tenant_app.command("add")
def add_tenant(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="Its name.")],
    insurer: Annotated[str | None, typer.Option(help="Its address in the registry of insurers.")] = None,
) -> None:
    """Add an insurer."""
    with _sentences(), _database() as (database, _settings), database.every_tenant() as session:
        tenant = tenants.add(session, name=name, slug=slug, insurer_address=insurer, now=wall_clock())
        typer.echo(f"{tenant.slug} {tenant.tenant_id}")


@tenant_app.command("list")
def list_tenants() -> None:
    """Insurers, by short name."""
    with _sentences(), _database() as (database, _settings), database.every_tenant() as session:
        for tenant in tenants.every(session):
            typer.echo(f"{tenant.slug} {tenant.tenant_id} {tenant.insurer_address or '-'} {tenant.name}")


@tenant_app.command("provider")
def set_provider(
    slug: Slug,
    issuer: Annotated[str, typer.Argument(help="Address of the OpenID provider, as it calls itself.")],
    client_id: Annotated[str, typer.Argument(help="What we are called there.")],
    group: Annotated[list[str], typer.Option(help="group=role, several times. Other groups give nothing.")],
    secret_file: Annotated[Path | None, typer.Option(help="File with the client's secret.")] = None,
    group_claim: Annotated[str, typer.Option(help="Claim that lists groups.")] = "groups",
    trust_second_factor: Annotated[bool, typer.Option(help="Take the provider's word for a second factor.")] = False,
) -> None:
    """Let an insurer's staff sign in at its own OpenID provider."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        secret = None if secret_file is None else secret_file.read_text("utf-8").strip()
        provider = Provider(tenant.tenant_id, issuer, client_id, None, group_claim, trust_second_factor)
        oidc.configure(session, desk, provider, secret, _groups(group))
        typer.echo(f"Redirect address to register there: {desk.rules.origin}{oidc.PATH}")


@tenant_app.command("api-key")
def make_api_key(
    slug: Slug,
    label: Annotated[str, typer.Argument(help="What the machine is.")],
    role: Annotated[list[Role], typer.Option(help="What it may be; several times for several.")],
    scope: Annotated[list[str], typer.Option(help="Operation, or subject.*; several times for several.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good.")] = 90,
) -> None:
    """Make a key for a machine. It is told once."""
    with _sentences(), _at(slug) as (session, _desk, tenant):
        now = wall_clock()
        wanted = Wanted(label, frozenset(role), frozenset(scope), now + days * DAY)
        made = api_keys.make(session, tenant.tenant_id, wanted, by=None, now=now)
        _record(session, tenant, "api_keys.make", f"api-keys/{made.key.key_id}")
        typer.echo(made.text)


@person_app.command("add")
def add_person(
    slug: Slug,
    email: Email,
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[list[Role] | None, typer.Option(help="What the person is; several times for several.")] = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
) -> None:
    """Add a person, and print a link for the first password: hand it to that person and to nobody else."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        invited = accounts.invite(
            session, desk, Principal.worker(tenant.tenant_id), email=email, name=name, language=language
        )
        for wanted in role or ():
            _grant(session, tenant, Asked(invited.person_id, wanted))
        _tell(invited)


@person_app.command("grant")
def grant_role(
    slug: Slug,
    email: Email,
    role: Annotated[Role, typer.Argument(help="What the person is to be.")],
    days: Annotated[int | None, typer.Option(min=1, max=3_660, help="For how long; none: until revoked.")] = None,
) -> None:
    """Give a person a role. It counts at once."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        expires_at = None if days is None else wall_clock() + days * DAY
        _grant(session, tenant, Asked(_person(session, desk, tenant, email), role, expires_at))
        typer.echo("Granted.")


@person_app.command("recover")
def recover_person(slug: Slug, email: Email) -> None:
    """Take away a lost second factor, end all sessions, and print a link for a new password."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        person_id = _person(session, desk, tenant, email)
        _tell(accounts.recover(session, desk, Principal.worker(tenant.tenant_id), person_id))


@person_app.command("disable")
def disable_person(slug: Slug, email: Email) -> None:
    """Shut a person out at once: sessions and grants end."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        accounts.disable(session, desk, Principal.worker(tenant.tenant_id), _person(session, desk, tenant, email))
        typer.echo("Shut out.")


@person_app.command("enable")
def enable_person(slug: Slug, email: Email) -> None:
    """Let a person in again who was shut out. Sessions, keys and grants stay ended: grant roles anew."""
    with _sentences(), _at(slug) as (session, desk, tenant):
        person_id = people.find_disabled(session, desk, tenant.tenant_id, email)
        if person_id is None:
            raise Problem("person_unknown", f"Nobody of this address was shut out at {tenant.slug}.")
        accounts.enable(session, desk, Principal.worker(tenant.tenant_id), person_id)
        typer.echo("Let in again.")


def _grant(session: Session, tenant: Tenant, asked: Asked) -> None:
    grant = grants.make_by_operator(session, tenant.tenant_id, asked, now=wall_clock())
    _record(session, tenant, "grants.make", f"grants/{grant.grant_id}")


def _record(session: Session, tenant: Tenant, operation: str, subject: str) -> None:
    audit.record(session, Principal.worker(tenant.tenant_id), operation=operation, subject=subject)


def _person(session: Session, desk: Desk, tenant: Tenant, email: str) -> uuid.UUID:
    found = people.find_active(session, desk, tenant.tenant_id, email)
    if found is None:
        raise Problem("person_unknown", f"Nobody signs in at {tenant.slug} by this address: `quittance person add`.")
    return found


def _groups(pairs: list[str]) -> dict[str, frozenset[Role]]:
    groups: dict[str, frozenset[Role]] = {}
    for pair in pairs:
        group, _, role = pair.rpartition("=")
        if not group or role not in set(Role):
            raise OidcConfigurationInvalid(f"--group {pair!r} is not group=role. Roles: {', '.join(sorted(Role))}.")
        groups[group] = groups.get(group, frozenset()) | {Role(role)}
    return groups


def _tell(invited: Invited) -> None:
    until = datetime.fromtimestamp(invited.expires_at, UTC).isoformat(timespec="minutes")
    typer.echo(invited.link)
    typer.echo(f"Good once, until {until}.")


@contextmanager
def _database() -> Iterator[tuple[Database, Settings]]:
    configure_logs()
    settings = Settings()
    database = Database(database_url(settings))
    try:
        migrate(database)
        yield database, settings
    finally:
        database.close()


@contextmanager
def _at(slug: str) -> Iterator[tuple[Session, Desk, Tenant]]:
    """One insurer's desk and a transaction that sees its rows."""
    with _database() as (database, settings):
        deployment = Deployment.load(settings.deployment)
        desk = open_desk(settings, database, Rpc(deployment.rpc_url), deployment.chain_id, wall_clock)
        if desk is None:
            raise IdentityKeyInvalid(
                "QUITTANCE_IDENTITY_KEY_FILE is not set. Make one: quittance backend identity-key PATH"
            )
        with database.every_tenant() as session:
            tenant = tenants.find(session, slug)
        with desk.tenant_scope(tenant.tenant_id) as session:
            yield session, desk, tenant


@contextmanager
def _sentences() -> Iterator[None]:
    """What can be foreseen ends in one sentence and exit code 2."""
    try:
        yield
    except _FORESEEN as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
