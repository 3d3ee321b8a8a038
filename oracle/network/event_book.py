"""Texts of insured events a node was told of: the chain has only their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from oracle.sqlite_file import Durability, SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS insured_event (
    ledger TEXT NOT NULL, product TEXT NOT NULL, event_id TEXT NOT NULL, text TEXT NOT NULL,
    due_at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ledger, product, event_id)
) WITHOUT ROWID;
"""
_NEXT = "ALTER TABLE insured_event ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0"
"""For books of before there were turns."""
_INDEXES = (
    "DROP INDEX IF EXISTS insured_event_due",
    "DROP INDEX IF EXISTS insured_event_turn",
    "CREATE INDEX IF NOT EXISTS insured_event_next ON insured_event (ledger, next_at, due_at, event_id) "
    "WHERE NOT closed",
)
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
        self._ledger = ledger
        self._file = SqliteFile(path, _SCHEMA, Durability.FULL)
        with self._file.writing() as cursor:
            if not any(column[1] == "next_at" for column in self._file.rows("PRAGMA table_info (insured_event)")):
                cursor.execute(_NEXT)
            for statement in _INDEXES:
                cursor.execute(statement)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def keep(self, events: Sequence[ToldEvent]) -> int:
        """Note events; those known already stay as they are. All of them or none.

        Returns:
            How many were new.
        Raises:
            TooManyEvents
        """
        rows = [(self._ledger, e.product, f"{e.event_id:064x}", e.text, e.due_at) for e in events]
        with self._file.writing() as cursor:
            before = self._open()
            cursor.executemany(_INSERT, rows)
            after = self._open()
            if after > MOST_OPEN:
                raise TooManyEvents(f"{after} events would be open, at most {MOST_OPEN} are kept: report some first")
        return after - before

    def due(self, now: int, limit: int) -> list[ToldEvent]:
        """Open events that can be final at a time and are not put off. First those that never were put off, then those
        whose turn came first. Nodes that were told the same come to the same ones."""
        query = (
            "SELECT product, event_id, text, due_at FROM insured_event WHERE ledger = ? AND NOT closed "
            "AND next_at <= ? AND due_at <= ? ORDER BY next_at, due_at, event_id LIMIT ?"
        )
        rows = self._file.rows(query, (self._ledger, now, now, limit))
        return [ToldEvent(product, int(event, 16), text, due_at) for product, event, text, due_at in rows]

    def unknown(self, events: Sequence[ToldEvent]) -> list[ToldEvent]:
        """Those of the events that are not in the book, each once."""
        query = "SELECT 1 FROM insured_event WHERE ledger = ? AND product = ? AND event_id = ?"
        found: dict[tuple[str, int], ToldEvent] = {}
        for each in events:
            if self._file.row(query, (self._ledger, each.product, f"{each.event_id:064x}")) is None:
                found.setdefault((each.product, each.event_id), each)
        return list(found.values())

    def find(self, product: str, event_id: int) -> ToldEvent | None:
        """An event, open or closed; None: nobody told of it."""
        query = "SELECT text, due_at, closed FROM insured_event WHERE ledger = ? AND product = ? AND event_id = ?"
        row = self._file.row(query, (self._ledger, product, f"{event_id:064x}"))
        return None if row is None else ToldEvent(product, event_id, row[0], row[1], Closed(row[2]))

    def put_off(self, events: Sequence[tuple[str, int]], until: int) -> None:
        """Events, by product and id, that are not due again before a time: others have their turn."""
        query = "UPDATE insured_event SET next_at = ? WHERE ledger = ? AND product = ? AND event_id = ?"
        rows = [(until, self._ledger, product, f"{event_id:064x}") for product, event_id in events]
        with self._file.writing() as cursor:
            cursor.executemany(query, rows)

    def mark_closed(self, product: str, event_id: int, why: Closed) -> None:
        """It needs no report any more."""
        query = "UPDATE insured_event SET closed = ? WHERE ledger = ? AND product = ? AND event_id = ?"
        with self._file.writing() as cursor:
            cursor.execute(query, (int(why), self._ledger, product, f"{event_id:064x}"))

    def _open(self) -> int:
        (found,) = self._file.rows(
            "SELECT count(*) FROM insured_event WHERE ledger = ? AND NOT closed", (self._ledger,)
        )
        return int(found[0])
