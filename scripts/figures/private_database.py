"""A PostgreSQL of one measurement's own: started, migrated, stopped, removed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.database import Database, migrate, start_embedded
from scripts.processes import stop_database


@contextmanager
def private_database() -> Iterator[tuple[Database, Path]]:
    """A migrated database and its folder, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="quittance-figures-"))
    try:
        database = Database(start_embedded(folder / "pgdata"))
        migrate(database)
        yield database, folder
        database.close()
    finally:
        stop_database(folder / "pgdata")
        shutil.rmtree(folder, ignore_errors=True)
