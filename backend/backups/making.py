"""Makes a back-up: a snapshot of the database and products' documents, sealed, counted, signed; whole or not there."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, Final
from uuid import uuid4

from pyrage.x25519 import Recipient
from sqlalchemy import func, select, table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.checkpoints import HeadSigner
from backend.audit.entries import HOUSE_TENANT
from backend.backups.errors import BackupFailed
from backend.backups.manifest import DATABASE, DOCUMENTS, Manifest, SealedFile
from backend.backups.postgres import dumping
from backend.backups.sealing import seal
from backend.database import Database

PARTIAL: Final = ".partial"
_TABLES: Final = (
    "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2"
)


@dataclass(frozen=True, slots=True)
class Maker:
    """What it takes to make back-ups.

    Attributes:
        folder: Where they are put, one folder each.
        deployment: The deployment file; `documents/` beside it and the file itself are kept.
        programs: Folder of PostgreSQL's programs.
        clock: Wall clock, unix seconds.
    """

    database: Database
    folder: Path
    recipient: Recipient
    deployment: Path
    programs: Path
    signer: HeadSigner | None
    clock: Callable[[], int]

    def make(self) -> Path:
        """Make one. Returns its folder.

        Raises:
            BackupFailed: Nothing is left of it.
        """
        made_at = self.clock()
        name = f"{datetime.fromtimestamp(made_at, UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"
        partial = self.folder / f"{name}{PARTIAL}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial.mkdir(mode=0o700)
            self._fill(partial, made_at).write(partial, self.signer)
            partial.rename(self.folder / name)
            _settle(self.folder)
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise BackupFailed(
                f"a back-up cannot be written to {self.folder} ({error.strerror}). Make room, or set "
                "QUITTANCE_BACKUP_FOLDER to another disk."
            ) from error
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        self._tell(name)
        return self.folder / name

    def _fill(self, folder: Path, made_at: int) -> Manifest:
        try:
            with self.database.snapshot() as session:
                snapshot = str(session.scalar(text("SELECT pg_export_snapshot()")))
                with dumping(self.programs, self.database.url, snapshot) as dumped:
                    database = _sealed(folder / DATABASE, dumped, self.recipient)
                rows = count_rows(session)
                schema = str(session.scalar(text("SELECT version_num FROM alembic_version")))
                owner = str(session.scalar(text("SELECT current_user")))
                block = session.scalar(text("SELECT max(number) FROM blocks"))
                keys = session.scalars(
                    text("SELECT DISTINCT key_id FROM vault_records WHERE key_id IS NOT NULL ORDER BY 1")
                ).all()
        except SQLAlchemyError as error:
            raise BackupFailed(f"the database does not answer ({type(error).__name__}). Nothing was kept.") from error
        with tempfile.TemporaryFile(dir=folder) as archive:
            self._archive(archive)
            documents = _sealed(folder / DOCUMENTS, archive, self.recipient)
        files = {DATABASE: database, DOCUMENTS: documents}
        return Manifest(made_at, schema, owner, str(self.recipient), rows, files, block, tuple(keys))

    def _archive(self, file: BinaryIO) -> None:
        """The deployment file and products' documents, as a tar."""
        with tarfile.open(fileobj=file, mode="w") as archive:
            for path in (self.deployment, self.deployment.parent / "documents"):
                if path.exists():
                    archive.add(path, path.name)
        file.seek(0)

    def _tell(self, name: str) -> None:
        with self.database.every_tenant() as session:
            principal = Principal.worker(HOUSE_TENANT)
            audit.record(session, principal, operation="backups.make", subject=f"backups/{name}", facts={})


def count_rows(session: Session) -> dict[str, int]:
    """Rows of every table, by `schema.table`, as this transaction sees them."""
    counts: dict[str, int] = {}
    for schema, name in session.execute(text(_TABLES)):
        counted = select(func.count()).select_from(table(name, schema=schema))
        counts[f"{schema}.{name}"] = session.scalar(counted) or 0
    return counts


def _sealed(path: Path, source: IO[bytes], recipient: Recipient) -> SealedFile:
    with path.open("xb") as target:
        os.fchmod(target.fileno(), 0o600)
        written = seal(source, target, recipient)
        target.flush()
        os.fsync(target.fileno())
    return SealedFile(written.size, written.sha256)


def _settle(folder: Path) -> None:
    """Have the move itself reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
