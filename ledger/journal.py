"""What a sender must remember before it speaks: nonces and signed bytes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ledger.codec import checksum
from ledger.rpc import from_hex


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """One signed attempt at one intent. Attempts of an intent share key and nonce; only one can be mined.

    Args:
        key: Idempotency key of the intent.
        attempt: 0 for the first bytes signed, then 1, 2, … for replacements at the same nonce.
        raw: Signed bytes, exactly as broadcast.
        max_fee: Wei for each gas at most; `priority_fee` the tip in it.
        created_at: Unix seconds, wall clock.
        held: Not to be broadcast until somebody has looked at the intent again.
    """

    key: str
    chain_id: int
    sender: str
    nonce: int
    attempt: int
    to: str | None
    raw: bytes
    hash: bytes
    gas: int
    max_fee: int
    priority_fee: int
    created_at: float
    held: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined transaction. `succeeded` is False where it reverted; `contract` is set where it created one."""

    key: str
    hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    contract: str | None


def receipt_of(key: str, raw: Mapping[str, Any]) -> Receipt:
    """A receipt as the node gives it."""
    created = raw.get("contractAddress")
    return Receipt(
        key=key, hash=from_hex(raw["transactionHash"]), block_number=int(raw["blockNumber"], 16),
        block_hash=from_hex(raw["blockHash"]), succeeded=int(raw["status"], 16) == 1,
        gas_used=int(raw["gasUsed"], 16), contract=checksum(created) if created else None,
    )  # fmt: skip


class SenderJournal(Protocol):
    """Durable memory of one or more senders. What `add` and the marks wrote is on disk when they return."""

    def lane(self, chain_id: int, sender: str) -> AbstractContextManager[None]:
        """Exclusive right to give out nonces of a sender, across threads and processes."""

    def find(self, chain_id: int, key: str) -> SignedTransaction | None:
        """Latest attempt of an intent."""

    def next_nonce(self, chain_id: int, sender: str, chain_nonce: int) -> int:
        """First nonce neither the chain (`chain_nonce`) nor the journal has used. Only inside the lane."""

    def add(self, transaction: SignedTransaction) -> None:
        """Keep an attempt, before it is broadcast."""

    def unfinal(self, chain_id: int, sender: str) -> list[SignedTransaction]:
        """Every attempt of every intent that is not final, by nonce and attempt."""

    def mark_mined(self, receipt: Receipt) -> None:
        """An attempt is in a block. May be said again with another block after a reorganisation."""

    def mark_unmined(self, chain_id: int, key: str) -> None:
        """No attempt is in a block: nothing was mined yet, or a reorganisation took it out."""

    def mark_final(self, chain_id: int, key: str) -> None:
        """The block is deep enough: stop watching."""

    def receipt(self, chain_id: int, key: str) -> Receipt | None:
        """What `mark_mined` said last of an intent."""


_SCHEMA = """
CREATE TABLE IF NOT EXISTS intents (
  chain_id INTEGER NOT NULL, key TEXT NOT NULL, sender TEXT NOT NULL, nonce INTEGER NOT NULL,
  final INTEGER NOT NULL DEFAULT 0, hash BLOB, block_number INTEGER, block_hash BLOB, succeeded INTEGER,
  gas_used INTEGER, contract TEXT,
  PRIMARY KEY (chain_id, key), UNIQUE (chain_id, sender, nonce)
);
CREATE TABLE IF NOT EXISTS attempts (
  chain_id INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, recipient TEXT, raw BLOB NOT NULL,
  hash BLOB NOT NULL, gas INTEGER NOT NULL, max_fee TEXT NOT NULL, priority_fee TEXT NOT NULL, created_at REAL NOT NULL,
  PRIMARY KEY (chain_id, key, attempt), FOREIGN KEY (chain_id, key) REFERENCES intents
);
CREATE INDEX IF NOT EXISTS attempts_by_hash ON attempts (hash);
"""
_ATTEMPT = """
SELECT i.key, i.chain_id, i.sender, i.nonce, a.attempt, a.recipient, a.raw, a.hash, a.gas, a.max_fee,
       a.priority_fee, a.created_at
FROM intents i JOIN attempts a USING (chain_id, key)
"""


class SqliteJournal:
    """A journal in one SQLite file: for commands and tests. The backend keeps its own in PostgreSQL."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def lane(self, chain_id: int, sender: str) -> Iterator[None]:  # noqa: ARG002  # one file is one lane
        """See `SenderJournal`: SQLite's own write lock keeps other processes out."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def find(self, chain_id: int, key: str) -> SignedTransaction | None:
        """See `SenderJournal`."""
        rows = self._query(_ATTEMPT + "WHERE i.chain_id = ? AND i.key = ? ORDER BY attempt DESC LIMIT 1", chain_id, key)
        return _transaction(rows[0]) if rows else None

    def next_nonce(self, chain_id: int, sender: str, chain_nonce: int) -> int:
        """See `SenderJournal`."""
        query = "SELECT MAX(nonce) FROM intents WHERE chain_id = ? AND sender = ?"
        last = self._query(query, chain_id, sender)[0][0]
        return chain_nonce if last is None else max(chain_nonce, int(last) + 1)

    def add(self, transaction: SignedTransaction) -> None:
        """See `SenderJournal`."""
        t = transaction
        with self._lock:
            self._db.execute(
                "INSERT INTO intents (chain_id, key, sender, nonce) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (chain_id, key) DO NOTHING",
                (t.chain_id, t.key, t.sender, t.nonce),
            )
            attempt = (t.chain_id, t.key, t.attempt, t.to, t.raw, t.hash, t.gas)
            fees = (str(t.max_fee), str(t.priority_fee), t.created_at)
            self._db.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*attempt, *fees))

    def unfinal(self, chain_id: int, sender: str) -> list[SignedTransaction]:
        """See `SenderJournal`."""
        where = "WHERE i.chain_id = ? AND i.sender = ? AND NOT i.final ORDER BY i.nonce, a.attempt"
        return [_transaction(row) for row in self._query(_ATTEMPT + where, chain_id, sender)]

    def mark_mined(self, receipt: Receipt) -> None:
        """See `SenderJournal`."""
        r = receipt
        with self._lock:
            self._db.execute(
                "UPDATE intents SET hash = ?, block_number = ?, block_hash = ?, succeeded = ?, gas_used = ?,"
                " contract = ? WHERE key = ? AND chain_id IN (SELECT chain_id FROM attempts WHERE hash = ?)",
                (r.hash, r.block_number, r.block_hash, r.succeeded, r.gas_used, r.contract, r.key, r.hash),
            )

    def mark_unmined(self, chain_id: int, key: str) -> None:
        """See `SenderJournal`."""
        with self._lock:
            self._db.execute(
                "UPDATE intents SET hash = NULL, block_number = NULL, block_hash = NULL, succeeded = NULL,"
                " gas_used = NULL, contract = NULL WHERE chain_id = ? AND key = ? AND hash IS NOT NULL",
                (chain_id, key),
            )

    def mark_final(self, chain_id: int, key: str) -> None:
        """See `SenderJournal`."""
        with self._lock:
            self._db.execute("UPDATE intents SET final = 1 WHERE chain_id = ? AND key = ?", (chain_id, key))

    def receipt(self, chain_id: int, key: str) -> Receipt | None:
        """See `SenderJournal`."""
        rows = self._query(
            "SELECT key, hash, block_number, block_hash, succeeded, gas_used, contract "
            "FROM intents WHERE chain_id = ? AND key = ?",
            chain_id,
            key,
        )
        if not rows or rows[0][1] is None:
            return None
        k, tx_hash, number, block_hash, succeeded, gas_used, contract = rows[0]
        return Receipt(k, tx_hash, number, block_hash, bool(succeeded), gas_used, contract)

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _transaction(row: tuple[Any, ...]) -> SignedTransaction:
    key, chain_id, sender, nonce, attempt, to, raw, tx_hash, gas, max_fee, priority_fee, created_at = row
    return SignedTransaction(
        key=key, chain_id=chain_id, sender=sender, nonce=nonce, attempt=attempt, to=to, raw=raw, hash=tx_hash,
        gas=gas, max_fee=int(max_fee), priority_fee=int(priority_fee), created_at=created_at,
    )  # fmt: skip
