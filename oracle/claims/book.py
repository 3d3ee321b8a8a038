"""The SQLite file in which a node keeps notices on chain, and what the evidence of earlier claims showed.

All of it can be had again from chain and stores: lost, it is only worked out anew. No name, amount of a bill or text is
kept: files, bills and pictures are known by their hashes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.deployment import Deployment
from oracle.sqlite_file import Durability, SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoint (number INTEGER PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS notice (
    claim_id TEXT PRIMARY KEY, block_number INTEGER NOT NULL, log_index INTEGER NOT NULL, noticed_at INTEGER NOT NULL,
    claimant TEXT NOT NULL, peril INTEGER NOT NULL, occurred_at INTEGER NOT NULL, claimed TEXT NOT NULL,
    root BLOB NOT NULL, left_block INTEGER, is_read INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notice_place ON notice (block_number, log_index);
CREATE INDEX IF NOT EXISTS notice_unread ON notice (block_number, log_index) WHERE is_read = 0;
CREATE INDEX IF NOT EXISTS notice_root ON notice (root);
CREATE INDEX IF NOT EXISTS notice_claimant ON notice (claimant);
CREATE INDEX IF NOT EXISTS notice_waiting ON notice (block_number) WHERE left_block IS NULL;
CREATE TABLE IF NOT EXISTS reopened (
    successor TEXT PRIMARY KEY, superseded TEXT NOT NULL, block_number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holder (product TEXT, policy_id TEXT, holder TEXT NOT NULL, PRIMARY KEY (product, policy_id))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dossier (
    root BLOB PRIMARY KEY, is_read INTEGER NOT NULL, code TEXT NOT NULL, tries INTEGER NOT NULL, next_try REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (print TEXT, root BLOB, PRIMARY KEY (print, root)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invoice (fingerprint TEXT, root BLOB, PRIMARY KEY (fingerprint, root)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS band (
    place INTEGER, bits INTEGER, picture TEXT, root BLOB, PRIMARY KEY (place, bits, picture, root)
) WITHOUT ROWID;
"""


class ClaimsBook:
    """One file for one deployment on one chain. Safe to share between threads.

    Args:
        folder: Made if missing; the file is readable by this user only.
        deployment: A fresh chain at the same addresses is another ledger, and has another file.
    """

    def __init__(self, folder: Path, deployment: Deployment) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"claims-{deployment.chain_id}-{deployment.block_hash[2:18]}.sqlite"
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._file = SqliteFile(self.path, _SCHEMA, Durability.NORMAL)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def rows(self, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self._file.rows(query, arguments)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """All that is written in the block, or nothing of it."""
        with self._file.writing() as cursor:
            yield Writer(cursor)


class Writer:
    """Writes inside a transaction."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def write(self, statement: str, arguments: Sequence[object] = ()) -> None:
        """One statement."""
        self._cursor.execute(statement, arguments)

    def write_all(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """The same for many rows."""
        self._cursor.executemany(statement, rows)


def id_text(claim_id: int) -> str:
    """A claim's id as it is kept: 64 hex digits, which sort as the numbers do."""
    return f"{claim_id:064x}"
