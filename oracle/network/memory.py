"""What a node remembers of rounds that ended: outcomes, scores, and reports still to be handed in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oracle.rounds.scorecard import NodeScore, OutcomeOverturned, RoundScored
from oracle.sqlite_file import Durability, SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outcome (
    ledger TEXT NOT NULL, subject TEXT NOT NULL, request BLOB NOT NULL, epoch INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, told TEXT NOT NULL,
    PRIMARY KEY (ledger, request, epoch)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outcome_by_subject ON outcome (ledger, subject, ended_at);
CREATE TABLE IF NOT EXISTS seen (
    ledger TEXT NOT NULL, subject TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (ledger, subject)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS score (
    ledger TEXT NOT NULL, request BLOB NOT NULL, node TEXT NOT NULL, latency_ms INTEGER,
    reported INTEGER NOT NULL, agreed INTEGER NOT NULL, signed INTEGER NOT NULL, equivocated INTEGER NOT NULL,
    PRIMARY KEY (ledger, request, node)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overturned (
    ledger TEXT NOT NULL, request BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (ledger, request)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hand_in (
    ledger TEXT NOT NULL, request BLOB NOT NULL, epoch INTEGER NOT NULL, contract TEXT NOT NULL, data BLOB NOT NULL,
    valid_until INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, result TEXT,
    PRIMARY KEY (ledger, request, epoch)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hand_in_due ON hand_in (ledger, not_before_ms) WHERE result IS NULL;
CREATE TABLE IF NOT EXISTS cursor (
    ledger TEXT NOT NULL, name TEXT NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (ledger, name)
) WITHOUT ROWID;
"""

_SCORES = """
SELECT node, count(*), count(latency_ms), sum(reported), sum(agreed), sum(signed), sum(equivocated),
    sum(signed AND EXISTS (SELECT 1 FROM overturned o WHERE o.ledger = score.ledger AND o.request = score.request)),
    coalesce(sum(latency_ms), 0), coalesce(max(latency_ms), 0)
FROM score WHERE ledger = ? GROUP BY node
"""


@dataclass(frozen=True, slots=True)
class HandIn:
    """A report with its signatures as calldata.

    Attributes:
        valid_until: Unix seconds; later the chain refuses it.
        not_before_ms: This node's clock: earlier it is another's turn.
    """

    request: bytes
    epoch: int
    contract: str
    data: bytes
    valid_until: int
    not_before_ms: int

    @property
    def key(self) -> str:
        """Idempotency key of the transaction."""
        return f"report {self.request.hex()} {self.epoch}"


class Memory:
    """One SQLite file; every write is on disk when it returns. Safe to share between threads.

    Args:
        path: Made if missing.
        ledger: Which chain this is, as for the journal.
    """

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._file = SqliteFile(path, _SCHEMA, Durability.FULL)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def keep_outcome(
        self, subject: str, request: bytes, epoch: int, ended_at: int, told: dict[str, object],
        scores: Sequence[RoundScored],
    ) -> None:  # fmt: skip
        """How a round ended, and what it says of its nodes. The first word stays."""
        with self._file.writing() as cursor:
            row = (self._ledger, subject, request, epoch, ended_at, json.dumps(told, ensure_ascii=False))
            cursor.execute("INSERT OR IGNORE INTO outcome VALUES (?, ?, ?, ?, ?, ?)", row)
            cursor.executemany(
                "INSERT OR IGNORE INTO score VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (self._ledger, s.request_id, s.node, s.latency_ms, s.reported, s.agreed, s.signed, s.equivocated)
                    for s in scores
                ],
            )

    def outcomes(self, subject: str) -> list[dict[str, object]]:
        """How the rounds of a subject ended, oldest first."""
        query = "SELECT ended_at, told FROM outcome WHERE ledger = ? AND subject = ? ORDER BY ended_at, request"
        rows = self._file.rows(query, (self._ledger, subject))
        return [{"ended_at": ended_at, **json.loads(told)} for ended_at, told in rows]

    def keep_seen(self, subject: str, told: dict[str, object]) -> None:
        """What this node found out about a subject; the newest stays."""
        row = (self._ledger, subject, json.dumps(told, ensure_ascii=False))
        with self._file.writing() as cursor:
            cursor.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", row)

    def seen(self, subject: str) -> dict[str, object] | None:
        """What this node found out about a subject."""
        query = "SELECT told FROM seen WHERE ledger = ? AND subject = ?"
        row = self._file.row(query, (self._ledger, subject))
        return json.loads(row[0]) if row else None

    def keep_overturned(self, event: OutcomeOverturned) -> bool:
        """People decided otherwise than a report. Whether that is new."""
        with self._file.writing() as cursor:
            row = (self._ledger, event.request_id, event.at)
            return cursor.execute("INSERT OR IGNORE INTO overturned VALUES (?, ?, ?)", row).rowcount == 1

    def scores(self) -> list[NodeScore]:
        """The table of nodes, by ascending signer: what `oracle.rounds.scorecard.scored` folds from all rounds kept."""
        rows = self._file.rows(_SCORES, (self._ledger,))
        return sorted((NodeScore(*row) for row in rows), key=lambda row: int(row.node, 16))

    def keep_hand_in(self, hand_in: HandIn) -> None:
        """A report to be handed in; the first with this request and epoch stays."""
        with self._file.writing() as cursor:
            row = (
                self._ledger, hand_in.request, hand_in.epoch, hand_in.contract, hand_in.data,
                hand_in.valid_until, hand_in.not_before_ms, None,
            )  # fmt: skip
            cursor.execute("INSERT OR IGNORE INTO hand_in VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def due(self) -> list[HandIn]:
        """Reports that are not done with, by their turn."""
        query = (
            "SELECT request, epoch, contract, data, valid_until, not_before_ms FROM hand_in "
            "WHERE ledger = ? AND result IS NULL ORDER BY not_before_ms"
        )
        rows = self._file.rows(query, (self._ledger,))
        return [HandIn(bytes(r), epoch, to, bytes(data), until, turn) for r, epoch, to, data, until, turn in rows]

    def end_hand_in(self, hand_in: HandIn, result: str) -> None:
        """Done with: `mined`, `by_another`, `reverted` or `expired`."""
        query = "UPDATE hand_in SET result = ? WHERE ledger = ? AND request = ? AND epoch = ?"
        with self._file.writing() as cursor:
            cursor.execute(query, (result, self._ledger, hand_in.request, hand_in.epoch))

    def cursor(self, name: str) -> int | None:
        """A block that was read up to."""
        query = "SELECT block FROM cursor WHERE ledger = ? AND name = ?"
        row = self._file.row(query, (self._ledger, name))
        return int(row[0]) if row else None

    def move_cursor(self, name: str, block: int) -> None:
        """Read up to here."""
        with self._file.writing() as cursor:
            cursor.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", (self._ledger, name, block))
