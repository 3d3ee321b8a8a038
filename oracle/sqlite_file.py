"""One SQLite file, shared between the threads of a node: what its journals and books have in common."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import Any, Final

WAIT_SECONDS: Final = 10
"""So long a write waits for another process that is writing; then it is refused by `sqlite3.OperationalError`."""


class Durability(StrEnum):
    """What survives a power cut. Either way the file is whole, and a killed process loses nothing it was told is kept.

    Source: https://sqlite.org/pragma.html#pragma_synchronous, in WAL mode.
    """

    FULL = "FULL"
    """Every write, once it has returned: for what binds a node."""
    NORMAL = "NORMAL"
    """All but the last writes: for what can be worked out anew."""


class SqliteFile:
    """A file with its tables. Safe to share between threads; reads and writes wait for one another.

    Args:
        path: Made if missing, with its folder.
        schema: Statements that make what is missing; run at every start.
    Raises:
        sqlite3.Error: The file cannot be opened or is no database.
    """

    def __init__(self, path: Path, schema: str, durability: Durability) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=WAIT_SECONDS)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {durability}")
            self._db.executescript(schema)
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        """Give the file back, once nobody is using it."""
        with self._lock:
            self._db.close()

    def row(self, query: str, arguments: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row a query finds. Inside `writing()` this sees what was written so far."""
        with self._lock, closing(self._db.execute(query, arguments)) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def rows(self, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows a query finds, as `row`."""
        with self._lock:
            return self._db.execute(query, arguments).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """All that is written in the block, or nothing of it. Nobody else writes or reads here meanwhile.

        Raises:
            sqlite3.Error: Nothing was written, and the file can be used on.
        """
        with self._lock, closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite has ended it by itself where the disk is full
                    cursor.execute("ROLLBACK")
                raise
