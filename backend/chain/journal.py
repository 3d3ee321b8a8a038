"""The sender's journal on PostgreSQL: shared by every replica, one lane a sender. See `ledger.journal`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.chain.models import SenderAttemptRow, SenderIntentRow
from backend.database import Database
from backend.workflows.boundaries import boundary
from domain.hashing import keccak256
from ledger.journal import Receipt, SignedTransaction

_UNMINED = {
    "hash": None, "block_number": None, "block_hash": None, "succeeded": None, "gas_used": None, "contract": None
}  # fmt: skip


class PostgresJournal:
    """Implements `ledger.journal.SenderJournal`. Safe to share between threads.

    A lane is a transaction that holds an advisory lock: nonce and signed bytes are committed when it ends, and a
    process that dies in it leaves nothing behind.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._in_lane = threading.local()

    @contextmanager
    def lane(self, chain_id: int, sender: str) -> Iterator[None]:
        """See `SenderJournal`."""
        number = int.from_bytes(keccak256(f"lane/{chain_id}/{sender}".encode())[:8], "big", signed=True)
        with self._database.transaction() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})
            self._in_lane.session = session
            try:
                yield
            finally:
                self._in_lane.session = None
        boundary("chain.signed")

    def find(self, chain_id: int, key: str) -> SignedTransaction | None:
        """See `SenderJournal`."""
        query = _attempts().where(SenderIntentRow.chain_id == chain_id, SenderIntentRow.key == key)
        with self._session() as session:
            row = session.execute(query.order_by(SenderAttemptRow.attempt.desc()).limit(1)).first()
        return _transaction(row) if row else None

    def next_nonce(self, chain_id: int, sender: str, chain_nonce: int) -> int:
        """See `SenderJournal`."""
        query = select(func.max(SenderIntentRow.nonce)).where(
            SenderIntentRow.chain_id == chain_id, SenderIntentRow.sender == sender
        )
        with self._session() as session:
            last = session.scalar(query)
        return chain_nonce if last is None else max(chain_nonce, last + 1)

    def add(self, transaction: SignedTransaction) -> None:
        """See `SenderJournal`."""
        t = transaction
        intent = {"chain_id": t.chain_id, "key": t.key, "sender": t.sender, "nonce": t.nonce, "final": False}
        with self._session() as session:
            session.execute(
                insert(SenderIntentRow).values(intent).on_conflict_do_nothing(index_elements=["chain_id", "key"])
            )
            session.add(
                SenderAttemptRow(
                    chain_id=t.chain_id, key=t.key, attempt=t.attempt, recipient=t.to, raw=t.raw, hash=t.hash,
                    gas=t.gas, max_fee=t.max_fee, priority_fee=t.priority_fee, created_at=t.created_at,
                )
            )  # fmt: skip
            session.flush()

    def unfinal(self, chain_id: int, sender: str) -> list[SignedTransaction]:
        """See `SenderJournal`."""
        query = _attempts().where(
            SenderIntentRow.chain_id == chain_id, SenderIntentRow.sender == sender, ~SenderIntentRow.final
        )
        with self._session() as session:
            rows = session.execute(query.order_by(SenderIntentRow.nonce, SenderAttemptRow.attempt)).all()
        return [_transaction(row) for row in rows]

    def mark_mined(self, receipt: Receipt) -> None:
        """See `SenderJournal`."""
        r = receipt
        values = {
            "hash": r.hash, "block_number": r.block_number, "block_hash": r.block_hash, "succeeded": r.succeeded,
            "gas_used": r.gas_used, "contract": r.contract, "held": False,
        }  # fmt: skip
        with self._session() as session:
            session.execute(update(SenderIntentRow).where(SenderIntentRow.key == r.key).values(values))

    def mark_unmined(self, chain_id: int, key: str) -> None:
        """See `SenderJournal`."""
        statement = update(SenderIntentRow).where(
            SenderIntentRow.chain_id == chain_id, SenderIntentRow.key == key, SenderIntentRow.hash.is_not(None)
        )
        with self._session() as session:
            session.execute(statement.values(_UNMINED))

    def mark_final(self, chain_id: int, key: str) -> None:
        """See `SenderJournal`."""
        statement = update(SenderIntentRow).where(SenderIntentRow.chain_id == chain_id, SenderIntentRow.key == key)
        with self._session() as session:
            session.execute(statement.values(final=True))

    def receipt(self, chain_id: int, key: str) -> Receipt | None:
        """See `SenderJournal`."""
        with self._session() as session:
            row = session.get(SenderIntentRow, (chain_id, key))
        if row is None or row.hash is None or row.block_number is None or row.block_hash is None:
            return None
        return Receipt(
            key, row.hash, row.block_number, row.block_hash, bool(row.succeeded), row.gas_used or 0, row.contract
        )

    def attempt(self, transaction_hash: bytes) -> SignedTransaction | None:
        """The attempt with this hash."""
        with self._session() as session:
            row = session.execute(_attempts().where(SenderAttemptRow.hash == transaction_hash)).first()
        return _transaction(row) if row else None

    def let_go(self, chain_id: int, key: str) -> None:
        """Somebody has looked at the intent again: its bytes may be broadcast."""
        statement = update(SenderIntentRow).where(SenderIntentRow.chain_id == chain_id, SenderIntentRow.key == key)
        with self._session() as session:
            session.execute(statement.where(SenderIntentRow.held).values(held=False))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """The lane's session inside a lane, one of its own otherwise."""
        current: Session | None = getattr(self._in_lane, "session", None)
        if current is not None:
            yield current
            return
        with self._database.transaction() as session:
            yield session


def reopen_after(session: Session, ancestor: int) -> None:
    """Forget that transactions were mined after block `ancestor`. None is broadcast before `let_go`: whoever asked
    for it looks first whether it is still wanted."""
    values = {**_UNMINED, "final": False, "held": True}
    session.execute(update(SenderIntentRow).where(SenderIntentRow.block_number > ancestor).values(values))


def pending_count(session: Session) -> int:
    """Transactions broadcast and not in a block."""
    query = select(func.count()).select_from(SenderIntentRow).where(SenderIntentRow.hash.is_(None))
    return session.scalar(query) or 0


def _attempts() -> Select[SenderIntentRow, SenderAttemptRow]:
    join = (SenderAttemptRow.chain_id == SenderIntentRow.chain_id) & (SenderAttemptRow.key == SenderIntentRow.key)
    return select(SenderIntentRow, SenderAttemptRow).join(SenderAttemptRow, join)


def _transaction(row: Row[SenderIntentRow, SenderAttemptRow]) -> SignedTransaction:
    intent, attempt = row
    return SignedTransaction(
        key=intent.key, chain_id=intent.chain_id, sender=intent.sender, nonce=intent.nonce, attempt=attempt.attempt,
        to=attempt.recipient, raw=attempt.raw, hash=attempt.hash, gas=attempt.gas, max_fee=int(attempt.max_fee),
        priority_fee=int(attempt.priority_fee), created_at=attempt.created_at, held=intent.held,
    )  # fmt: skip
