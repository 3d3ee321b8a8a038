"""Every query about dossiers, and about the same file or picture in another case."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from backend.evidence.models import (
    EvidenceDossierFileRow,
    EvidenceDossierRow,
    EvidencePictureRow,
    EvidenceUploadRow,
)
from backend.evidence.records import HeldFile, ReadingState

MOST_BITS_APART: Final = 12
"""Of 256, as nodes count (`oracle/evidence/duplicates.py`); a test holds the two together."""
MOST_DUPLICATES: Final = 200
PICTURE_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Twin:
    """An upload that another case has too."""

    upload_id: uuid.UUID
    case_id: uuid.UUID
    bits_apart: int


def add(session: Session, row: EvidenceDossierRow, files: Sequence[HeldFile]) -> None:
    """Keep a dossier with its files, in the order of the manifest."""
    session.add(row)
    session.flush()
    session.execute(
        insert(EvidenceDossierFileRow),
        [
            {
                "dossier_id": row.dossier_id, "position": position, "tenant_id": row.tenant_id,
                "person_id": row.person_id, "upload_id": file.upload_id, "record_id": file.record_id,
            }
            for position, file in enumerate(files)
        ],
    )  # fmt: skip


def find(session: Session, dossier_id: uuid.UUID, *, lock: bool = False) -> EvidenceDossierRow | None:
    """One dossier."""
    query = select(EvidenceDossierRow).where(EvidenceDossierRow.dossier_id == dossier_id)
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def newest(
    session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID, *, root: bytes | None = None
) -> EvidenceDossierRow | None:
    """The dossier of a case that was sealed last, or the one with this root."""
    query = select(EvidenceDossierRow).where(
        EvidenceDossierRow.tenant_id == tenant_id, EvidenceDossierRow.case_id == case_id
    )
    if root is not None:
        query = query.where(EvidenceDossierRow.evidence_root == root)
    return session.scalar(query.order_by(EvidenceDossierRow.sealed_at.desc(), EvidenceDossierRow.dossier_id).limit(1))


def of_claim(session: Session, tenant_id: uuid.UUID, claim_id: int) -> EvidenceDossierRow | None:
    """The dossier attached to a claim last."""
    query = select(EvidenceDossierRow).where(
        EvidenceDossierRow.tenant_id == tenant_id, EvidenceDossierRow.claim_id == claim_id
    )
    order = EvidenceDossierRow.attached_at.desc(), EvidenceDossierRow.sealed_at.desc(), EvidenceDossierRow.dossier_id
    return session.scalar(query.order_by(*order).limit(1))


def places(session: Session, dossier_id: uuid.UUID) -> Sequence[EvidenceDossierFileRow]:
    """Its files in the order of the manifest."""
    query = select(EvidenceDossierFileRow).where(EvidenceDossierFileRow.dossier_id == dossier_id)
    return session.scalars(query.order_by(EvidenceDossierFileRow.position)).all()


def due(session: Session, now: int) -> EvidenceDossierRow | None:
    """A dossier to be read now, locked; one that another process holds is passed over."""
    query = select(EvidenceDossierRow).where(
        EvidenceDossierRow.reading_state == ReadingState.WAITING, EvidenceDossierRow.reading_due_at <= now
    )
    return session.scalar(query.order_by(EvidenceDossierRow.reading_due_at).limit(1).with_for_update(skip_locked=True))


def note_reading(
    session: Session, dossier_id: uuid.UUID, state: ReadingState, *, clues_record: uuid.UUID | None = None
) -> None:
    """How the reading of a dossier ended."""
    session.execute(
        update(EvidenceDossierRow)
        .where(EvidenceDossierRow.dossier_id == dossier_id)
        .values(reading_state=state, clues_record=clues_record)
    )


def unread(session: Session, tenant_id: uuid.UUID) -> Sequence[EvidenceDossierRow]:
    """Dossiers of an insurer no machine could read, the oldest first."""
    query = select(EvidenceDossierRow).where(
        EvidenceDossierRow.tenant_id == tenant_id, EvidenceDossierRow.reading_state == ReadingState.UNREAD
    )
    return session.scalars(query.order_by(EvidenceDossierRow.sealed_at, EvidenceDossierRow.dossier_id)).all()


def read_again(session: Session, dossier: EvidenceDossierRow, now: int) -> None:
    """Have it read as if it had not been tried."""
    dossier.reading_state, dossier.reading_attempts, dossier.reading_due_at = ReadingState.WAITING, 0, now
    session.flush()


def put_pictures(session: Session, owner: EvidenceDossierRow, upload_id: uuid.UUID, pictures: Iterable[str]) -> None:
    """Keep what pictures look like, 64 hex digits each. The same again changes nothing."""
    known = set(
        session.scalars(select(EvidencePictureRow.picture).where(EvidencePictureRow.upload_id == upload_id)).all()
    )
    fresh = [bits for bits in dict.fromkeys(_bits(each) for each in pictures) if bits not in known]
    for number, bits in enumerate(fresh, start=len(known)):
        session.add(
            EvidencePictureRow(
                upload_id=upload_id, number=number, tenant_id=owner.tenant_id, person_id=owner.person_id, picture=bits
            )
        )
    session.flush()


def same_files(session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Twin]:
    """Uploads among `ids` whose very bytes another case of the tenant has."""
    other = aliased(EvidenceUploadRow)
    query = (
        select(EvidenceUploadRow.upload_id, other.case_id)
        .join(other, and_(other.exact_print == EvidenceUploadRow.exact_print, other.tenant_id == tenant_id))
        .where(EvidenceUploadRow.upload_id.in_(ids), other.case_id != case_id)
        .distinct()
        .order_by(EvidenceUploadRow.upload_id, other.case_id)
        .limit(MOST_DUPLICATES)
    )
    return [Twin(upload_id, found, 0) for upload_id, found in session.execute(query)]


def look_alikes(session: Session, tenant_id: uuid.UUID, case_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Twin]:
    """Uploads among `ids` with a picture that looks like one in another case of the tenant, the nearest of each."""
    other, its_upload = aliased(EvidencePictureRow), aliased(EvidenceUploadRow)
    apart = func.bit_count(EvidencePictureRow.picture.op("#")(other.picture))
    query = (
        select(EvidencePictureRow.upload_id, its_upload.case_id, func.min(apart))
        .join(other, and_(other.tenant_id == tenant_id, apart <= literal(MOST_BITS_APART)))
        .join(its_upload, its_upload.upload_id == other.upload_id)
        .where(EvidencePictureRow.upload_id.in_(ids), its_upload.case_id != case_id)
        .group_by(EvidencePictureRow.upload_id, its_upload.case_id)
        .order_by(EvidencePictureRow.upload_id, its_upload.case_id)
        .limit(MOST_DUPLICATES)
    )
    return [Twin(upload_id, found, int(bits)) for upload_id, found, bits in session.execute(query)]


def _bits(picture: str) -> str:
    return f"{int(picture, 16):0{PICTURE_BITS}b}"
