"""Every query about sealed records and streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, defer

from backend.vault.envelopes import Label
from backend.vault.keys import WrappedKey
from backend.vault.models import VaultChunkRow, VaultRecordRow
from backend.vault.records import SealedRecord
from backend.vault.retention import Term


def add(session: Session, records: Sequence[SealedRecord]) -> None:
    """Keep sealed records."""
    session.execute(insert(VaultRecordRow), [_values(record) for record in records])


def get(session: Session, record_id: UUID) -> SealedRecord | None:
    """One record as it is in the database now, also when it was read before."""
    row = session.get(VaultRecordRow, record_id, populate_existing=True)
    return _record(row) if row else None


def of_subject(session: Session, subject: bytes) -> Sequence[SealedRecord]:
    """Records about one thing, oldest first."""
    query = select(VaultRecordRow).where(VaultRecordRow.subject == subject)
    rows = session.scalars(query.order_by(VaultRecordRow.sealed_at, VaultRecordRow.record_id))
    return [_record(row) for row in rows]


def of_person(session: Session, tenant_id: UUID, person_id: UUID, *, lock: bool = False) -> Sequence[SealedRecord]:
    """Records of one person that are not destroyed, oldest first; if asked, locked until the transaction ends."""
    query = select(VaultRecordRow).where(
        VaultRecordRow.tenant_id == tenant_id, VaultRecordRow.person_id == person_id,
        VaultRecordRow.destroyed_at.is_(None),
    )  # fmt: skip
    query = query.order_by(VaultRecordRow.sealed_at, VaultRecordRow.record_id)
    rows = session.scalars(query.with_for_update() if lock else query)
    return [_record(row) for row in rows]


def live(session: Session, *, after: UUID, limit: int) -> Sequence[SealedRecord]:
    """Records that are not destroyed, by id; `after` is the keyset cursor. Without their contents."""
    query = (
        select(VaultRecordRow)
        .options(defer(VaultRecordRow.ciphertext))
        .where(VaultRecordRow.destroyed_at.is_(None), VaultRecordRow.record_id > after)
    )
    return [_record(row, whole=False) for row in session.scalars(query.order_by(VaultRecordRow.record_id).limit(limit))]


def newest(session: Session, key_id: str, limit: int) -> Sequence[SealedRecord]:
    """The newest records under a key, with their contents. Streams, whose contents lie in chunks, are left out."""
    query = select(VaultRecordRow).where(VaultRecordRow.key_id == key_id, VaultRecordRow.ciphertext.is_not(None))
    rows = session.scalars(query.order_by(VaultRecordRow.sealed_at.desc(), VaultRecordRow.record_id).limit(limit))
    return [_record(row) for row in rows]


def note_term(session: Session, subject: bytes, term: Term) -> int:
    """The contract about `subject` ends then. Returns how many records follow it."""
    statement = update(VaultRecordRow).where(VaultRecordRow.subject == subject)
    changed = statement.values(contract_ends_at=term.ends_at, long_term=term.long).returning(VaultRecordRow.record_id)
    return len(session.scalars(changed).all())


def note_subject(session: Session, record_id: UUID, subject: bytes) -> None:
    """What a record is about from now on."""
    session.execute(update(VaultRecordRow).where(VaultRecordRow.record_id == record_id).values(subject=subject))


def destroy(session: Session, record_ids: Sequence[UUID], now: int) -> None:
    """Destroy keys and contents; place and commitment stay."""
    session.execute(delete(VaultChunkRow).where(VaultChunkRow.record_id.in_(record_ids)))
    session.execute(
        update(VaultRecordRow)
        .where(VaultRecordRow.record_id.in_(record_ids))
        .values(wrapped_key=None, nonce=None, ciphertext=None, chunk_count=None, destroyed_at=now)
    )


def add_chunk(session: Session, label: Label, number: int, ciphertext: bytes) -> None:
    """Keep one sealed chunk of a stream."""
    values = {"record_id": label.record_id, "tenant_id": label.tenant_id, "person_id": label.person_id}
    session.execute(insert(VaultChunkRow).values(number=number, ciphertext=ciphertext, **values))


def note_chunks(session: Session, record_id: UUID, count: int) -> None:
    """A stream is complete."""
    session.execute(update(VaultRecordRow).where(VaultRecordRow.record_id == record_id).values(chunk_count=count))


def chunks(session: Session, record_id: UUID, count: int) -> Iterator[bytes]:
    """The sealed chunks of a stream in their order, fetched one at a time; what is missing is left out."""
    for number in range(count):
        query = select(VaultChunkRow.ciphertext).where(
            VaultChunkRow.record_id == record_id, VaultChunkRow.number == number
        )
        found = session.scalar(query)
        if found is not None:
            yield found


def not_under(session: Session, key_id: str, *, after: UUID, limit: int) -> Sequence[SealedRecord]:
    """Records another key wraps, by id and locked; those another process works on are left out."""
    query = select(VaultRecordRow).where(
        VaultRecordRow.key_id != key_id, VaultRecordRow.wrapped_key.is_not(None), VaultRecordRow.record_id > after
    )
    rows = session.scalars(query.order_by(VaultRecordRow.record_id).limit(limit).with_for_update(skip_locked=True))
    return [_record(row) for row in rows]


def rewrap(session: Session, record: SealedRecord) -> None:
    """Replace what a rotation changes."""
    values = _values(record)
    changed = {name: values[name] for name in ("key_id", "wrapped_key", "scheme", "nonce", "ciphertext")}
    session.execute(update(VaultRecordRow).where(VaultRecordRow.record_id == record.label.record_id).values(changed))


def counts_by_key(session: Session) -> dict[str, int]:
    """How many readable records each key wraps."""
    query = select(VaultRecordRow.key_id, func.count()).where(VaultRecordRow.wrapped_key.is_not(None))
    return {key_id: count for key_id, count in session.execute(query.group_by(VaultRecordRow.key_id))}


def _values(record: SealedRecord) -> Mapping[str, Any]:
    wrapped = record.wrapped_key
    return {
        "record_id": record.label.record_id, "tenant_id": record.label.tenant_id,
        "person_id": record.label.person_id, "category": record.label.category, "purpose": record.label.purpose,
        "subject": record.subject, "scheme": record.scheme, "key_id": wrapped.key_id if wrapped else "",
        "wrapped_key": wrapped.blob if wrapped else None, "nonce": record.nonce, "ciphertext": record.ciphertext,
        "chunk_count": record.chunk_count, "commitment": record.commitment, "sealed_at": record.sealed_at,
        "contract_ends_at": record.term.ends_at, "long_term": record.term.long, "destroyed_at": record.destroyed_at,
    }  # fmt: skip


def _record(row: VaultRecordRow, *, whole: bool = True) -> SealedRecord:
    label = Label(row.record_id, row.tenant_id, row.person_id, row.category, row.purpose)
    wrapped = WrappedKey(row.key_id, row.wrapped_key) if row.wrapped_key is not None else None
    return SealedRecord(
        label, row.subject, row.scheme, wrapped, row.nonce, row.ciphertext if whole else None, row.chunk_count,
        row.commitment, row.sealed_at, Term(row.contract_ends_at, row.long_term), row.destroyed_at,
    )  # fmt: skip
