"""`quittance backup …`: key, make, list, check, restore, documents, drill."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from backend.audit.checkpoints import AuditKeyInvalid
from backend.backups import restoring, store
from backend.backups.errors import BackupFailed, BackupInvalid, BackupKeyInvalid, RestoreFailed
from backend.backups.opening import open_maker
from backend.backups.postgres import programs
from backend.backups.sealing import make_identity, read_identity
from backend.config import Settings
from backend.database import Database, DatabaseUnavailable, database_url
from backend.vault.keys import VaultKeyInvalid
from backend.vault.opening import open_vault

app = typer.Typer(help="Back-ups: make, check, restore.", no_args_is_help=True)
Backup = Annotated[Path, typer.Argument(help="Folder of one back-up.")]
Identity = Annotated[Path, typer.Option(help="The file `quittance backup key` wrote.")]
PublicKey = Annotated[str, typer.Option(help="The audit log's public key: the manifest has to be signed with it.")]
Folder = Annotated[Path | None, typer.Option(help="Folder of back-ups; without it QUITTANCE_BACKUP_FOLDER.")]
FORESEEN = (
    AuditKeyInvalid, BackupFailed, BackupInvalid, BackupKeyInvalid, DatabaseUnavailable, RestoreFailed, VaultKeyInvalid,
)  # fmt: skip


@app.command()
def key(path: Path) -> None:
    """Make the identity back-ups are sealed for. Prints the recipient; the file belongs elsewhere."""
    with _sentences():
        typer.echo(make_identity(path))
        typer.echo(
            f"The line above is for QUITTANCE_BACKUP_RECIPIENT. Keep {path} where the backend cannot read it, twice: "
            "without it no back-up opens.",
            err=True,
        )


@app.command()
def make(folder: Folder = None) -> None:
    """Make a back-up now. Prints its folder."""
    with _sentences():
        settings = Settings()
        maker = open_maker(settings, Database(database_url(settings)), _folder(settings, folder))
        typer.echo(maker.make())


@app.command("list")
def list_command(folder: Folder = None) -> None:
    """Name the back-ups there are, and when each was restored last to check it."""
    with _sentences():
        for each in store.kept(_folder(Settings(), folder)):
            told = {
                "backup": each.folder.name, "made_at": each.manifest.made_at, "schema": each.manifest.schema,
                "rows": sum(each.manifest.rows.values()), "bytes": sum(f.size for f in each.manifest.files.values()),
                "checked_at": each.checked.at if each.checked else None,
            }  # fmt: skip
            typer.echo(json.dumps(told))


@app.command()
def check(backup: Backup, public_key: PublicKey = "") -> None:
    """Hold files against their hashes, the manifest against its signature. Needs no identity. Exit code 1: changed."""
    with _sentences():
        manifest = restoring.verify_files(backup, _public_key(public_key))
        signed = "signed by that key" if public_key else "whose signature was not looked at: give --public-key"
        typer.echo(f"{len(manifest.files)} files are as backed up, by a manifest {signed}.")


@app.command()
def restore(
    backup: Backup,
    identity: Identity,
    into: Annotated[str, typer.Option(help="Address of an empty database, postgresql://….")],
    public_key: PublicKey = "",
) -> None:
    """Put a back-up into an empty database, all of it or nothing."""
    with _sentences():
        settings = Settings()
        manifest = restoring.restore_into(
            backup, read_identity(identity), database_url(Settings(database_url=into)),
            programs=programs(settings.postgres_programs), public_key=_public_key(public_key),
        )  # fmt: skip
        typer.echo(
            f"{sum(manifest.rows.values())} rows in {len(manifest.rows)} tables, schema {manifest.schema}. Its sealed "
            f"records need vault keys {', '.join(manifest.vault_keys) or '(none)'}. Start the backend on it: it takes "
            "in what the chain has done since."
        )


@app.command()
def documents(backup: Backup, identity: Identity, into: Path) -> None:
    """Put the deployment file and products' documents into a folder."""
    with _sentences():
        restoring.extract_documents(backup, read_identity(identity), into)
        typer.echo(f"deployment.json and documents/ are in {into}.")


@app.command()
def drill(backup: Backup, identity: Identity, public_key: PublicKey = "") -> None:
    """Restore a back-up into a server of its own, look at it, throw it away, and note that it was checked.

    With a vault key set (QUITTANCE_VAULT_KEY_FILE, a copy) sealed records are opened; with --public-key audit logs
    are followed. Exit code 1 when the back-up is not what was backed up.
    """
    with _sentences():
        settings = Settings()
        found = restoring.drill(
            backup, read_identity(identity), programs=programs(settings.postgres_programs), now=int(time.time()),
            vault=open_vault(settings), public_key=_public_key(public_key),
        )  # fmt: skip
        store.note_checked(backup, found)
        typer.echo(
            f"Restored: {found.rows} rows as counted, {found.logs} audit logs followed, {found.records} sealed records "
            "opened."
        )


def _folder(settings: Settings, told: Path | None) -> Path:
    folder = told or settings.backup_folder
    if folder is None:
        raise BackupFailed("no folder is named. Give --folder, or set QUITTANCE_BACKUP_FOLDER.")
    return folder


def _public_key(told: str) -> bytes | None:
    try:
        key = bytes.fromhex(told)
    except ValueError:
        key = b"?"
    if told and len(key) != 32:  # an Ed25519 key
        raise AuditKeyInvalid(f"--public-key is {told[:70]!r}. Give the 64 hex digits of `quittance audit key`.")
    return key or None


@contextmanager
def _sentences() -> Iterator[None]:
    """What was foreseen ends in one sentence; exit code 1 for a back-up that is not what it should be, else 2."""
    try:
        yield
    except FORESEEN as error:
        typer.echo(f"{type(error).__name__}: {error}", err=True)
        raise typer.Exit(1 if isinstance(error, BackupInvalid) else 2) from error
