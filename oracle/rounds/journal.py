"""What a node said and is bound to. On disk before anything leaves, so no restart makes it say two things."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from oracle.rounds.messages import decode, encode
from oracle.rounds.outcome import Proof
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import Request
from oracle.rounds.statements import Statement
from oracle.rounds.steps import Store
from oracle.sqlite_file import Durability, SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    ledger TEXT NOT NULL, id BLOB NOT NULL, epoch INTEGER NOT NULL, subject BLOB NOT NULL, body BLOB NOT NULL,
    started_at INTEGER NOT NULL, ended TEXT,
    PRIMARY KEY (ledger, id, epoch)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS request_open ON request (ledger, started_at) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS request_open_subject ON request (ledger, subject) WHERE ended IS NULL;
CREATE TABLE IF NOT EXISTS said (
    ledger TEXT NOT NULL, id BLOB NOT NULL, epoch INTEGER NOT NULL, slot TEXT NOT NULL,
    sequence INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (ledger, id, epoch, slot)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bound (
    ledger TEXT NOT NULL, subject BLOB NOT NULL, id BLOB NOT NULL, epoch INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (ledger, subject, id, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proof (
    ledger TEXT NOT NULL, id BLOB NOT NULL, epoch INTEGER NOT NULL, node TEXT NOT NULL,
    first BLOB NOT NULL, second BLOB NOT NULL,
    PRIMARY KEY (ledger, id, epoch, node)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A request this node takes part in; `ended` is None while it is open, else how it ended in words."""

    request: Request
    started_at: int
    ended: str | None
    said: dict[str, Statement]


class RoundJournal:
    """Keeps three rules, whoever asks and however often it is restarted.

    1. A slot (observation, proposal/k, approve/k, lock/k, signature) of a request in an epoch holds one statement.
    2. One request of a subject is open at a time.
    3. Bound to a report of a subject, a node joins no other request of it until that report is past its time.

    Args:
        path: SQLite file; made if missing.
        ledger: Which chain this is: its number and the hash of the block the deployment began with.
    """

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._file = SqliteFile(path, _SCHEMA, Durability.FULL)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def open(self, request: Request, carrier: bytes, *, now: int, chain_time: int) -> Opened:
        """Take part in a request, or go on with it. On disk when it returns.

        Args:
            carrier: The request as canonical JSON.
            now: Milliseconds of this node's clock, kept when the request is new.
            chain_time: Unix seconds of a block that is final.
        Raises:
            RoundRefused: `request_open`, `bound_by_earlier_request`.
        """
        key = self._key(request)
        with self._file.writing() as cursor:
            if self._find(cursor, key) is None:
                self._refuse_other_open(cursor, request)
                self._refuse_bound(cursor, request, chain_time)
                row = (*key, request.subject_id, carrier, now, None)
                cursor.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            found = self._find(cursor, key)
            assert found is not None
            return Opened(request, found[0], found[1], self._said(cursor, key))

    def put(self, request: Request, store: Store, *, chain_time: int) -> None:
        """Bind this node to a statement. On disk when it returns; the same again is nothing new.

        Raises:
            RoundRefused: `said_otherwise`, `bound_by_earlier_request`, `request_open` if it was never opened.
        """
        key, body = self._key(request), encode(store.statement)
        with self._file.writing() as cursor:
            if self._find(cursor, key) is None:
                raise RoundRefused("request_open", f"request 0x{request.id.hex()} was never opened here: open it first")
            query = "SELECT body FROM said WHERE ledger = ? AND id = ? AND epoch = ? AND slot = ?"
            row = cursor.execute(query, (*key, store.slot)).fetchone()
            if row is not None and row[0] != body:
                detail = f"slot {store.slot} of request 0x{request.id.hex()} is taken by another statement"
                raise RoundRefused("said_otherwise", f"{detail}: say again what stands there")
            if store.binds_until:
                self._refuse_bound(cursor, request, chain_time)
                bound = (self._ledger, request.subject_id, request.id, request.signer_epoch, store.binds_until)
                cursor.execute("INSERT OR REPLACE INTO bound VALUES (?, ?, ?, ?, ?)", bound)
            if row is None:
                count = "SELECT count(*) FROM said WHERE ledger = ? AND id = ? AND epoch = ?"
                place = cursor.execute(count, key).fetchone()[0]
                cursor.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?)", (*key, store.slot, place, body))

    def end(self, request: Request, ended: str) -> None:
        """Close a request: nothing more is said about it but what was."""
        query = "UPDATE request SET ended = ? WHERE ledger = ? AND id = ? AND epoch = ? AND ended IS NULL"
        with self._file.writing() as cursor:
            cursor.execute(query, (ended, *self._key(request)))

    def keep_proof(self, request: Request, proof: Proof) -> None:
        """Keep two statements that contradict each other; the first proof against a node stays."""
        row = (*self._key(request), proof.node, encode(proof.first), encode(proof.second))
        with self._file.writing() as cursor:
            cursor.execute("INSERT OR IGNORE INTO proof VALUES (?, ?, ?, ?, ?, ?)", row)

    def proofs(self) -> list[Proof]:
        """Every proof of this ledger."""
        query = "SELECT node, first, second FROM proof WHERE ledger = ? ORDER BY id, epoch, node"
        rows = self._file.rows(query, (self._ledger,))
        return [Proof(node, decode(first), decode(second)) for node, first, second in rows]

    def unfinished(self) -> list[bytes]:
        """Carriers of the requests that are open: what a node goes on with after a restart."""
        query = "SELECT body FROM request WHERE ledger = ? AND ended IS NULL ORDER BY started_at, id"
        return [row[0] for row in self._file.rows(query, (self._ledger,))]

    def _refuse_other_open(self, cursor: sqlite3.Cursor, request: Request) -> None:
        query = "SELECT id FROM request WHERE ledger = ? AND subject = ? AND ended IS NULL"
        row = cursor.execute(query, (self._ledger, request.subject_id)).fetchone()
        if row is not None:
            detail = f"request 0x{row[0].hex()} of the same subject is open"
            raise RoundRefused("request_open", f"{detail}: wait until it has ended")

    def _refuse_bound(self, cursor: sqlite3.Cursor, request: Request, chain_time: int) -> None:
        query = "SELECT id, epoch, until FROM bound WHERE ledger = ? AND subject = ? ORDER BY until DESC"
        for found, epoch, until in cursor.execute(query, (self._ledger, request.subject_id)).fetchall():
            other = (found, epoch) != (request.id, request.signer_epoch)
            if other and until >= chain_time:
                detail = f"a report of request 0x{found.hex()} counts until {until}, chain time is {chain_time}"
                raise RoundRefused("bound_by_earlier_request", f"{detail}: ask again after that")

    def _find(self, cursor: sqlite3.Cursor, key: tuple[str, bytes, int]) -> tuple[int, str | None] | None:
        query = "SELECT started_at, ended FROM request WHERE ledger = ? AND id = ? AND epoch = ?"
        row = cursor.execute(query, key).fetchone()
        return (int(row[0]), row[1]) if row else None

    def _said(self, cursor: sqlite3.Cursor, key: tuple[str, bytes, int]) -> dict[str, Statement]:
        query = "SELECT slot, body FROM said WHERE ledger = ? AND id = ? AND epoch = ? ORDER BY sequence"
        return {slot: decode(body) for slot, body in cursor.execute(query, key).fetchall()}

    def _key(self, request: Request) -> tuple[str, bytes, int]:
        return self._ledger, request.id, request.signer_epoch
