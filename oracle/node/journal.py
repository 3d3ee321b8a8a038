"""What this node has signed about events. On disk before a signature leaves, so no restart makes it say two things."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from domain.policy import Outcome
from domain.reports import Measurement
from oracle.node.refusals import Refusal

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
        path.parent.mkdir(parents=True, exist_ok=True)
        self._ledger = ledger
        self._lock = Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def commit_to(self, product: str, measurements: Sequence[Measurement], observed_at: int) -> None:
        """Bind this node to these outcomes. On disk when it returns; all of them or none.

        Raises:
            Refusal: `already_signed_otherwise`.
        """
        with self._lock, closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                for measurement in measurements:
                    self._commit_one(cursor, product, measurement, observed_at)
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def signed(self, product: str, event_id: int) -> tuple[Outcome, int] | None:
        """What this node signed of an event, None if nothing."""
        with self._lock, closing(self._db.cursor()) as cursor:
            row = self._find(cursor, product, event_id)
        return (Outcome(row[0]), row[1]) if row else None

    def count(self) -> int:
        """How many events this node has signed for on this ledger."""
        with self._lock:
            row = self._db.execute("SELECT count(*) FROM signed_outcome WHERE ledger = ?", (self._ledger,)).fetchone()
        return int(row[0])

    def _commit_one(self, cursor: sqlite3.Cursor, product: str, measurement: Measurement, observed_at: int) -> None:
        row = self._find(cursor, product, measurement.event_id)
        said = (int(measurement.outcome), measurement.value)
        if row is None:
            key = (self._ledger, product.lower(), f"{measurement.event_id:064x}")
            cursor.execute("INSERT INTO signed_outcome VALUES (?, ?, ?, ?, ?, ?)", (*key, *said, observed_at))
        elif row != said:
            before = f"{Outcome(row[0]).name} {row[1]}"
            now = f"{measurement.outcome.name} {measurement.value}"
            detail = f"event 0x{measurement.event_id:064x} was signed as {before} and is now asked as {now}"
            raise Refusal("already_signed_otherwise", f"{detail}: use the outcome signed first")

    def _find(self, cursor: sqlite3.Cursor, product: str, event_id: int) -> tuple[int, int] | None:
        query = "SELECT outcome, value FROM signed_outcome WHERE ledger = ? AND product = ? AND event_id = ?"
        row = cursor.execute(query, (self._ledger, product.lower(), f"{event_id:064x}")).fetchone()
        return (int(row[0]), int(row[1])) if row else None
