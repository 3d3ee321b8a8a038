"""Every query about sealed records."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from backend.vault.models import SealedRecordRow
from backend.vault.records import SealedRecord


def add(session: Session, records: Sequence[SealedRecord]) -> None:
    """Keep sealed records."""
    rows = [
        {
            "application_id": r.application_id, "key_id": r.key_id, "wrapped_key": r.wrapped_key, "nonce": r.nonce,
            "ciphertext": r.ciphertext,
        }
        for r in records
    ]  # fmt: skip
    session.execute(insert(SealedRecordRow), rows)


def get(session: Session, application_id: int) -> SealedRecord | None:
    """One sealed record, None when there is none or it was erased."""
    row = session.get(SealedRecordRow, application_id)
    if row is None:
        return None
    return SealedRecord(row.application_id, row.key_id, row.wrapped_key, row.nonce, row.ciphertext)


def erase(session: Session, application_id: int) -> bool:
    """Erase a person: the row with data, salt and data key. False when there was nothing."""
    statement = delete(SealedRecordRow).where(SealedRecordRow.application_id == application_id)
    return session.scalar(statement.returning(SealedRecordRow.application_id)) is not None
