"""What people see of a case's files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.evidence import repository
from backend.evidence.desk import EvidenceDesk
from backend.evidence.records import HeldFile, UploadState
from backend.evidence.service import case_of, held_file
from backend.problems import Problem


@dataclass(frozen=True, slots=True)
class FileStanding:
    """A file and how far it is. `held` is None until it is complete."""

    upload_id: uuid.UUID
    held: HeldFile | None
    size: int
    received: int
    sealed: bool
    created_at: int


def listed(
    session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID
) -> list[FileStanding]:  # fmt: skip
    """Files of a case, oldest first.

    Raises:
        Problem: `case_unknown`; why this principal opens no file.
    """
    case = case_of(session, desk, principal, case_id)
    found: list[FileStanding] = []
    for row in repository.uploads_of(session, case.tenant_id, case_id):
        held = held_file(session, desk, principal, row) if row.state == UploadState.COMPLETE else None
        sealed = repository.is_in_dossier(session, row.upload_id)
        received = row.length if held else row.received
        found.append(FileStanding(row.upload_id, held, row.length, received, sealed, row.created_at))
    return found


def find(
    session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID, upload_id: uuid.UUID
) -> HeldFile:
    """One complete file of a case.

    Raises:
        Problem: `case_unknown`, `evidence_unknown`, `upload_unfinished`; why this principal opens no file.
    """
    case = case_of(session, desk, principal, case_id)
    row = repository.upload(session, upload_id)
    if row is None or row.case_id != case_id or row.tenant_id != case.tenant_id:
        raise Problem("evidence_unknown")
    if row.state != UploadState.COMPLETE:
        sentence = f"Upload {upload_id} has {row.received} of {row.length} bytes. Finish it first."
        raise Problem("upload_unfinished", sentence)
    return held_file(session, desk, principal, row)
