"""What this node has signed about events. On disk before a signature leaves, so no restart makes it say two things."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from domain.policy import Outcome
from domain.reports import Measurement
from oracle.node.refusals import Refusal
from oracle.sqlite_file import Durability, SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signed_outcome (
    ledger TEXT NOT NULL, product TEXT NOT NULL, event_id TEXT NOT NULL,
    outcome INTEGER NOT NULL, value INTEGER NOT NULL, observed_at INTEGER NOT NULL,
    PRIMARY KEY (ledger, product, event_id)
) WITHOUT ROWID
"""


class SigningJournal:
    """The sign-once rule: of one event of one product, a node signs one outcome and one value, for ever.

    Args:
        path: SQLite file; made if missing.
        ledger: Which chain this is: its number and the hash of the block the deployment began with, so that a fresh
            development chain at the same addresses is another ledger.
    """

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._file = SqliteFile(path, _SCHEMA, Durability.FULL)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def commit_to(self, product: str, measurements: Sequence[Measurement], observed_at: int) -> None:
        """Bind this node to these outcomes. On disk when it returns; all of them or none.

        Raises:
            Refusal: `already_signed_otherwise`.
        """
        with self._file.writing() as cursor:
            for measurement in measurements:
                self._commit_one(cursor, product, measurement, observed_at)

    def signed(self, product: str, event_id: int) -> tuple[Outcome, int] | None:
        """What this node signed of an event, None if nothing."""
        row = self._find(product, event_id)
        return (Outcome(row[0]), row[1]) if row else None

    def count(self) -> int:
        """How many events this node has signed for on this ledger."""
        (found,) = self._file.rows("SELECT count(*) FROM signed_outcome WHERE ledger = ?", (self._ledger,))
        return int(found[0])

    def _commit_one(self, cursor: sqlite3.Cursor, product: str, measurement: Measurement, observed_at: int) -> None:
        row = self._find(product, measurement.event_id)
        said = (int(measurement.outcome), measurement.value)
        if row is None:
            key = (self._ledger, product.lower(), f"{measurement.event_id:064x}")
            cursor.execute("INSERT INTO signed_outcome VALUES (?, ?, ?, ?, ?, ?)", (*key, *said, observed_at))
        elif row != said:
            before = f"{Outcome(row[0]).name} {row[1]}"
            now = f"{measurement.outcome.name} {measurement.value}"
            detail = f"event 0x{measurement.event_id:064x} was signed as {before} and is now asked as {now}"
            raise Refusal("already_signed_otherwise", f"{detail}: use the outcome signed first")

    def _find(self, product: str, event_id: int) -> tuple[int, int] | None:
        query = "SELECT outcome, value FROM signed_outcome WHERE ledger = ? AND product = ? AND event_id = ?"
        row = self._file.row(query, (self._ledger, product.lower(), f"{event_id:064x}"))
        return (int(row[0]), int(row[1])) if row else None
