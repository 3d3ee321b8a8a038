"""What happens when a file's last byte is here: it is what it was said to be, or it is thrown away."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.database import as_worker
from backend.evidence import repository, sealed_pieces
from backend.evidence.desk import EvidenceDesk
from backend.evidence.judging import Judge
from backend.evidence.models import EvidenceUploadRow
from backend.evidence.prints import exact_print
from backend.evidence.records import HeldFile, UploadState
from backend.evidence.scanning import Look
from backend.evidence.sealed_pieces import PieceKey
from backend.evidence.service import subject_of
from backend.problems import Problem
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose
from domain.evidence.refusals import EvidenceRefused

log = structlog.get_logger()


def complete(
    session: Session, desk: EvidenceDesk, principal: Principal, row: EvidenceUploadRow, key: PieceKey
) -> Problem | None:
    """Make a stream of the vault of an upload's pieces, looking at each once as it passes.

    Returns:
        Why the file was thrown away: `upload_hash_mismatch`, `evidence_refused`, `evidence_malicious`. To be raised
        once that is committed.
    Raises:
        Problem: `upload_gone`, `key_service_unavailable`, `scanner_unavailable`; nothing is changed then.
    """
    told = sealed_pieces.description(key, row)
    judge = Judge(told["name"], told["media_type"])
    look = desk.scanner.look() if desk.scanner else None
    savepoint = session.begin_nested()
    with as_worker(session, row.tenant_id, principal):
        worker = Principal.worker(row.tenant_id)
        pieces = judge.watch(sealed_pieces.all_of(session, key, row))
        row.record_id = vault.seal_stream(
            session, desk.vault, worker, look.watch(pieces) if look else pieces,
            person_id=row.person_id, category=Category.CLAIM_EVIDENCE, purpose=Purpose.CLAIMS,
            subject=subject_of(row.case_id),
        )  # fmt: skip
        problem = _problem(judge, look, told)
        if problem is None:
            _keep(session, desk, worker, row, judge, told)
            savepoint.commit()
    if problem is not None:
        savepoint.rollback()
        repository.remove_upload(session, row)
    facts: Facts = {"upload": str(row.upload_id), "size": row.length, "why": problem.code if problem else None}
    audit.record(session, principal, operation="evidence.complete", subject=f"cases/{row.case_id}", facts=facts)
    log.info("upload.completed" if problem is None else "upload.refused", upload_id=str(row.upload_id))
    return problem


def _problem(judge: Judge, look: Look | None, told: dict[str, str]) -> Problem | None:
    if judge.sha256().hex() != told["sha256"]:
        return Problem("upload_hash_mismatch")
    if look is not None and look.found is not None:
        log.warning("evidence.malicious", malware=look.found)
        return Problem("evidence_malicious", malware=look.found)
    try:
        judge.require_type()
    except EvidenceRefused as error:
        return Problem("evidence_refused", str(error), limit=error.code, field=error.field)
    return None


def _keep(
    session: Session, desk: EvidenceDesk, worker: Principal, row: EvidenceUploadRow, judge: Judge, told: dict[str, str]
) -> None:
    assert row.record_id is not None
    file = HeldFile(
        row.upload_id, row.record_id, told["name"], told["media_type"], judge.size, judge.keccak256()
    )  # fmt: skip
    row.facts_record = vault.seal_record(
        session, desk.vault, worker, person_id=row.person_id, category=Category.CLAIM_EVIDENCE,
        purpose=Purpose.CLAIMS, data=file.told(), subject=subject_of(row.case_id),
    )  # fmt: skip
    row.exact_print = exact_print(desk.server_key, row.tenant_id, judge.sha256())
    row.state, row.completed_at = UploadState.COMPLETE, desk.clock()
    row.key_id = row.wrapped_key = row.described = row.writer = None
    repository.drop_pieces(session, row.upload_id)
    row.pieces = 0
    session.flush()
