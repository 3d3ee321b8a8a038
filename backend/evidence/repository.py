"""Every query about uploads and their pieces."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.evidence.models import (
    EvidenceDossierFileRow,
    EvidencePictureRow,
    EvidencePieceRow,
    EvidenceUploadRow,
)
from backend.evidence.records import UploadState


def add_upload(session: Session, row: EvidenceUploadRow) -> None:
    """Keep a new upload."""
    session.add(row)
    session.flush()


def upload(session: Session, upload_id: uuid.UUID, *, lock: bool = False) -> EvidenceUploadRow | None:
    """One upload the transaction may see, locked against other writers when asked for."""
    query = select(EvidenceUploadRow).where(EvidenceUploadRow.upload_id == upload_id)
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def uploads_of(
    session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID, *, kept: bool = False
) -> Sequence[EvidenceUploadRow]:
    """A case's uploads, oldest first. `kept`: none of them goes before the transaction ends."""
    query = select(EvidenceUploadRow).where(
        EvidenceUploadRow.tenant_id == tenant_id, EvidenceUploadRow.case_id == case_id
    )
    if kept:
        query = query.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    return session.scalars(query.order_by(EvidenceUploadRow.created_at, EvidenceUploadRow.upload_id)).all()


def promised(session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID) -> tuple[int, int]:
    """How many uploads a case has, and the bytes they have or will have together."""
    query = select(func.count(), func.coalesce(func.sum(EvidenceUploadRow.length), 0)).where(
        EvidenceUploadRow.tenant_id == tenant_id, EvidenceUploadRow.case_id == case_id
    )
    count, total = session.execute(query).one()
    return int(count), int(total)


def named(
    session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID, name_print: bytes
) -> EvidenceUploadRow | None:  # fmt: skip
    """The file of a case that has this name."""
    query = select(EvidenceUploadRow).where(
        EvidenceUploadRow.tenant_id == tenant_id, EvidenceUploadRow.case_id == case_id,
        EvidenceUploadRow.name_print == name_print,
    )  # fmt: skip
    return session.scalar(query)


def remove_upload(session: Session, row: EvidenceUploadRow) -> None:
    """Forget an upload with its pieces."""
    session.delete(row)
    session.flush()


def is_in_dossier(session: Session, upload_id: uuid.UUID) -> bool:
    """Whether a file was sealed into a dossier."""
    query = select(func.count()).where(EvidenceDossierFileRow.upload_id == upload_id)
    return bool(session.scalar(query))


def put_piece(session: Session, row: EvidenceUploadRow, number: int, sealed: bytes) -> None:
    """Keep a sealed piece, in the place of one that never counted."""
    _drop_pieces(session, row.upload_id, number)
    session.execute(
        insert(EvidencePieceRow).values(
            upload_id=row.upload_id, number=number, tenant_id=row.tenant_id, person_id=row.person_id, sealed=sealed
        )
    )


def drop_pieces(session: Session, upload_id: uuid.UUID) -> None:
    """Forget all pieces of an upload."""
    _drop_pieces(session, upload_id, 0)


def pieces(session: Session, upload_id: uuid.UUID, count: int) -> Iterator[bytes]:
    """Sealed pieces in their order, fetched one at a time."""
    for number in range(count):
        found = session.scalar(
            select(EvidencePieceRow.sealed).where(
                EvidencePieceRow.upload_id == upload_id, EvidencePieceRow.number == number
            )
        )
        if found is None:
            raise LookupError(f"piece {number} of upload {upload_id} is missing")
        yield found


def expired(session: Session, now: int, limit: int) -> Sequence[EvidenceUploadRow]:
    """Uploads nobody finished in time; those another process works on are left out."""
    query = select(EvidenceUploadRow).where(
        EvidenceUploadRow.state != UploadState.COMPLETE, EvidenceUploadRow.expires_at <= now
    )
    return session.scalars(
        query.order_by(EvidenceUploadRow.expires_at).limit(limit).with_for_update(skip_locked=True)
    ).all()


def remove_unfinished(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """Forget a person's unfinished uploads with their pieces and keys. Returns how many."""
    gone = delete(EvidenceUploadRow).where(
        EvidenceUploadRow.tenant_id == tenant_id, EvidenceUploadRow.person_id == person_id,
        EvidenceUploadRow.state != UploadState.COMPLETE,
    )  # fmt: skip
    return len(session.scalars(gone.returning(EvidenceUploadRow.upload_id)).all())


def forget_looks(session: Session, record_ids: Sequence[uuid.UUID]) -> None:
    """Forget by what files of these records would be known again: their pictures, hashes of bytes and of names."""
    uploads = session.scalars(select(EvidenceUploadRow.upload_id).where(EvidenceUploadRow.record_id.in_(record_ids)))
    found = uploads.all()
    session.execute(delete(EvidencePictureRow).where(EvidencePictureRow.upload_id.in_(found)))
    # No two names of a case are the same, so each gets a random hash.
    nameless = func.sha256(func.uuid_send(func.gen_random_uuid()))
    chosen = update(EvidenceUploadRow).where(EvidenceUploadRow.upload_id.in_(found))
    session.execute(chosen.values(exact_print=None, name_print=nameless))


def _drop_pieces(session: Session, upload_id: uuid.UUID, first: int) -> None:
    session.execute(
        delete(EvidencePieceRow).where(EvidencePieceRow.upload_id == upload_id, EvidencePieceRow.number >= first)
    )
