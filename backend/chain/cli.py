"""`quittance chain …`: alarms of the bridge, as an operator sees and clears them on the host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT
from backend.chain.alarms import AlarmKind, alarms, clear_alarm
from backend.config import Settings
from backend.database import Database, DatabaseUnavailable, database_url, migrate
from backend.observability.logs import configure_logs

app = typer.Typer(help="The bridge to the chain: its alarms.", no_args_is_help=True)
_REASON = r"[a-z0-9][a-z0-9_.:/-]{2,79}"


@app.callback()
def bridge() -> None:
    """The bridge to the chain."""


@app.command("alarms")
def alarms_command(
    clear: Annotated[AlarmKind | None, typer.Option(help="Clear this one: what raised it was dealt with.")] = None,
    because: Annotated[str, typer.Option(help="Why, as a code or a ticket: small letters, digits, - and _.")] = "",
) -> None:
    """Show the alarms that stand, exit code 1 where there is one; or clear one, which is told to the audit log."""
    with _database() as database:
        if clear is not None:
            _clear(database, clear, because)
            return
        with database.transaction() as session:
            found = [
                {"kind": each.kind, "detail": each.detail, "raised_at": int(each.raised_at.timestamp())}
                for each in alarms(session)
            ]
    typer.echo(json.dumps(found, indent=1))
    if found:
        raise typer.Exit(1)


def _clear(database: Database, kind: AlarmKind, because: str) -> None:
    if not re.fullmatch(_REASON, because):
        raise typer.BadParameter(
            f"--because is {because!r}. Say why in a word the audit log may keep: 3 to 80 small letters, digits, -, _."
        )
    with database.every_tenant() as session:
        standing = {each.kind for each in alarms(session)}
        if kind.value not in standing:
            raise typer.BadParameter(f"no alarm {kind.value} stands. See: quittance chain alarms")
        clear_alarm(session, kind)
        audit.record(
            session, Principal.worker(HOUSE_TENANT), operation="chain.clear_alarm", subject=f"chain_alarms/{kind}",
            facts={"because": because},
        )  # fmt: skip
    typer.echo(f"Alarm {kind.value} is cleared. If what raised it is still there, it comes back.")


@contextmanager
def _database() -> Iterator[Database]:
    configure_logs()
    try:
        database = Database(database_url(Settings()))
        migrate(database)
    except DatabaseUnavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    try:
        yield database
    finally:
        database.close()
