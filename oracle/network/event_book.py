"""Texts of insured events a node was told of: the chain has only their hashes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from threading import Lock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS insured_event (
    ledger TEXT NOT NULL, product TEXT NOT NULL, event_id TEXT NOT NULL, text TEXT NOT NULL,
    due_at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ledger, product, event_id)
) WITHOUT ROWID;
"""
_NEXT = "ALTER TABLE insured_event ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0"
"""For books of before there were turns."""
_INDEX = """
DROP INDEX IF EXISTS insured_event_due;
DROP INDEX IF EXISTS insured_event_turn;
CREATE INDEX IF NOT EXISTS insured_event_next ON insured_event (ledger, next_at, due_at, event_id) WHERE NOT closed;
"""
_INSERT = "INSERT OR IGNORE INTO insured_event (ledger, product, event_id, text, due_at) VALUES (?, ?, ?, ?, ?)"
MOST_OPEN = 100_000
"""Events a node keeps that are not closed; more are refused, so nobody fills its disk."""


class TooManyEvents(Exception):
    """The book is full; the message says what to do."""


class Closed(IntEnum):
    """Why an event is followed no more, as the book keeps it."""

    NO = 0
    ON_CHAIN = 1
    NOT_INSURED = 2
    GIVEN_UP = 3
    TIMED_OTHERWISE = 4


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event somebody told this node of; `due_at` unix seconds, from when it can be final."""

    product: str
    event_id: int
    text: str
    due_at: int
    closed: Closed = Closed.NO


class EventBook:
    """One SQLite file. Safe to share between threads.

    Args:
        ledger: Which chain this is, as for the journal.
    """

    def __init__(self, path: Path, ledger: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._ledger = ledger
        self._lock = Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)
        if not any(column[1] == "next_at" for column in self._db.execute("PRAGMA table_info (insured_event)")):
            self._db.execute(_NEXT)
        self._db.executescript(_INDEX)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def keep(self, events: Sequence[ToldEvent]) -> int:
        """Note events; those known already stay as they are. All of them or none.

        Returns:
            How many were new.
        Raises:
            TooManyEvents
        """
        rows = [(self._ledger, e.product, f"{e.event_id:064x}", e.text, e.due_at) for e in events]
        with self._lock, closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                count = "SELECT count(*) FROM insured_event WHERE ledger = ? AND NOT closed"
                before = int(cursor.execute(count, (self._ledger,)).fetchone()[0])
                cursor.executemany(_INSERT, rows)
                after = int(cursor.execute(count, (self._ledger,)).fetchone()[0])
                if after > MOST_OPEN:
                    raise TooManyEvents(
                        f"{after} events would be open, at most {MOST_OPEN} are kept: report some first"
                    )
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
        return after - before

    def due(self, now: int, limit: int) -> list[ToldEvent]:
        """Open events that can be final at a time and are not put off. First those that never were put off, then those
        whose turn came first. Nodes that were told the same come to the same ones."""
        query = (
            "SELECT product, event_id, text, due_at FROM insured_event WHERE ledger = ? AND NOT closed "
            "AND next_at <= ? AND due_at <= ? ORDER BY next_at, due_at, event_id LIMIT ?"
        )
        with self._lock:
            rows = self._db.execute(query, (self._ledger, now, now, limit)).fetchall()
        return [ToldEvent(product, int(event, 16), text, due_at) for product, event, text, due_at in rows]

    def unknown(self, events: Sequence[ToldEvent]) -> list[ToldEvent]:
        """Those of the events that are not in the book, each once."""
        query = "SELECT 1 FROM insured_event WHERE ledger = ? AND product = ? AND event_id = ?"
        found: dict[tuple[str, int], ToldEvent] = {}
        with self._lock:
            for each in events:
                if self._db.execute(query, (self._ledger, each.product, f"{each.event_id:064x}")).fetchone() is None:
                    found.setdefault((each.product, each.event_id), each)
        return list(found.values())

    def find(self, product: str, event_id: int) -> ToldEvent | None:
        """An event, open or closed; None: nobody told of it."""
        query = "SELECT text, due_at, closed FROM insured_event WHERE ledger = ? AND product = ? AND event_id = ?"
        with self._lock:
            row = self._db.execute(query, (self._ledger, product, f"{event_id:064x}")).fetchone()
        return None if row is None else ToldEvent(product, event_id, row[0], row[1], Closed(row[2]))

    def put_off(self, events: Sequence[tuple[str, int]], until: int) -> None:
        """Events, by product and id, that are not due again before a time: others have their turn."""
        query = "UPDATE insured_event SET next_at = ? WHERE ledger = ? AND product = ? AND event_id = ?"
        rows = [(until, self._ledger, product, f"{event_id:064x}") for product, event_id in events]
        with self._lock, closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.executemany(query, rows)
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def mark_closed(self, product: str, event_id: int, why: Closed) -> None:
        """It needs no report any more."""
        query = "UPDATE insured_event SET closed = ? WHERE ledger = ? AND product = ? AND event_id = ?"
        with self._lock:
            self._db.execute(query, (int(why), self._ledger, product, f"{event_id:064x}"))
