"""Transactions on their way: call data fixed first, sent after, and what became of them. Every query about that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.chain.models import SubmissionEventRow, SubmissionRow


@dataclass(frozen=True, slots=True)
class Submission:
    """A transaction we mean to send. `key` is derived from what it does, so the same thing is meant once."""

    key: str
    kind: str
    product: str
    calldata: bytes
    gas: int


def prepare(session: Session, submission: Submission, event_ids: Iterable[int] = ()) -> bool:
    """Keep a submission and take hold of its events. False, and nothing kept, when it or one of them is taken."""
    values = {
        "key": submission.key, "kind": submission.kind, "product": submission.product,
        "calldata": submission.calldata, "gas": submission.gas, "status": "prepared",
    }  # fmt: skip
    with session.begin_nested() as savepoint:
        inserted = session.scalar(
            insert(SubmissionRow).values(values).on_conflict_do_nothing().returning(SubmissionRow.key)
        )
        rows = [
            {"submission_key": submission.key, "event_id": e, "product": submission.product, "active": True}
            for e in event_ids
        ]
        held = 0
        if inserted and rows:
            taken = insert(SubmissionEventRow).values(rows).on_conflict_do_nothing()
            held = len(session.scalars(taken.returning(SubmissionEventRow.event_id)).all())
        if not inserted or held < len(rows):
            savepoint.rollback()
            return False
    return True


def next_key(session: Session, stem: str) -> str:
    """`stem` with the number of times this was tried before and failed."""
    tried = select(func.count()).select_from(SubmissionRow)
    tried = tried.where(SubmissionRow.key.startswith(stem, autoescape=True), SubmissionRow.status == "failed")
    return f"{stem}:{session.scalar(tried)}"


def prepared(session: Session, limit: int) -> Sequence[Submission]:
    """Submissions not yet handed to the sender, oldest first."""
    query = select(SubmissionRow).where(SubmissionRow.status == "prepared").order_by(SubmissionRow.created_at)
    return [
        Submission(row.key, row.kind, row.product, row.calldata, row.gas) for row in session.scalars(query.limit(limit))
    ]


def note_submitted(session: Session, key: str, transaction_hash: bytes) -> None:
    """The sender has it."""
    session.execute(
        update(SubmissionRow)
        .where(SubmissionRow.key == key, SubmissionRow.status == "prepared")
        .values(status="submitted", transaction_hash=transaction_hash)
    )


def note_mined(session: Session, key: str, transaction_hash: bytes, block_number: int) -> None:
    """It is in a block and did what it was meant to."""
    place = {"transaction_hash": transaction_hash, "block_number": block_number}
    cleared = {"failure_code": None, "failure_detail": None}
    session.execute(
        update(SubmissionRow).where(SubmissionRow.key == key).values({"status": "mined", **place, **cleared})
    )


def note_failed(session: Session, key: str, block_number: int | None, code: str, detail: str) -> None:
    """It reverted, or cannot be sent. Its events are free again."""
    session.execute(
        update(SubmissionRow)
        .where(SubmissionRow.key == key)
        .values(status="failed", block_number=block_number, failure_code=code, failure_detail=detail)
    )
    _release(session, [key])


def release_indexed(session: Session, indexed: int) -> None:
    """Let go of events whose transaction the database has taken in: what it says of them counts again."""
    done = select(SubmissionRow.key).where(SubmissionRow.status == "mined", SubmissionRow.block_number <= indexed)
    session.execute(
        update(SubmissionEventRow)
        .where(SubmissionEventRow.active, SubmissionEventRow.submission_key.in_(done))
        .values(active=False)
    )


def reopen_submissions(session: Session, ancestor: int) -> Sequence[str]:
    """The blocks after `ancestor` are gone: what was mined in them is on its way again. Returns the keys."""
    keys = session.scalars(
        update(SubmissionRow)
        .where(SubmissionRow.block_number > ancestor)
        .values(status="submitted", block_number=None, failure_code=None, failure_detail=None)
        .returning(SubmissionRow.key)
    ).all()
    if not keys:
        return []
    session.execute(
        text(
            "UPDATE submission_events AS mine SET active = true WHERE mine.submission_key = ANY(:keys) AND NOT EXISTS"
            " (SELECT 1 FROM submission_events AS other WHERE other.active AND other.product = mine.product"
            " AND other.event_id = mine.event_id)"
        ),
        {"keys": list(keys)},
    )
    return keys


def is_waiting(session: Session, key: str) -> bool:
    """Whether a submission is still expected to be mined."""
    row = session.get(SubmissionRow, key)
    return row is not None and row.status in ("prepared", "submitted")


def counts(session: Session) -> dict[str, int]:
    """How many submissions there are in each status."""
    query = select(SubmissionRow.status, func.count()).group_by(SubmissionRow.status)
    return {status: count for status, count in session.execute(query)}


def calldata_of(session: Session, key: str) -> tuple[str, bytes] | None:
    """Contract and call data of a submission."""
    row = session.get(SubmissionRow, key)
    return (row.product, row.calldata) if row else None


def _release(session: Session, keys: Sequence[str]) -> None:
    session.execute(update(SubmissionEventRow).where(SubmissionEventRow.submission_key.in_(keys)).values(active=False))
