"""Use cases of evidence for whoever keeps cases: seal a dossier, attach it to its claim, show what was noticed.

Uploads are in `uploads`, what nodes are given in `store`. Decision record 0051.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.database import as_worker
from backend.evidence import dossiers, repository
from backend.evidence.desk import EvidenceDesk
from backend.evidence.models import EvidenceDossierRow, EvidenceUploadRow
from backend.evidence.ports import CaseFacts, ClaimFacts
from backend.evidence.records import Clue, Clues, Duplicate, HeldFile, ReadingState, SealedDossier, UploadState
from backend.evidence.statement import NAME, statement_of
from backend.problems import Problem
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose, term_of
from domain.evidence.dossier import SALT_BYTES, Entry, manifest_bytes, read_manifest
from domain.evidence.limits import check_listing
from domain.evidence.merkle import merkle_root
from domain.evidence.refusals import EvidenceRefused
from domain.evidence.sniff import JSON
from domain.hashing import keccak256

log = structlog.get_logger()


def seal(
    session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID, facts: ClaimFacts
) -> SealedDossier:
    """Put all complete files of a case under one root, with `claim.json` from the facts.

    The files stay: a later call seals them again, with what came since, under another root.

    Raises:
        Problem: `case_unknown`, `claim_facts_invalid`, `evidence_refused` (with `limit`, the limit's name),
            `upload_unfinished`, `key_service_unavailable`.
    """
    case = case_of(session, desk, principal, case_id)
    statement = statement_of(facts)
    worker = Principal.worker(case.tenant_id)
    with as_worker(session, case.tenant_id, principal):
        files = held_files(session, desk, worker, case)
        files.append(_add_statement(session, desk, worker, case, statement))
        _check(files, desk)
        sealed = _keep(session, desk, worker, case, facts, files)
        _note_term(session, desk, case, facts)
    hashes: Facts = {"root": sealed.evidence_root.hex(), "manifest": sealed.manifest_hash.hex(), "files": len(files)}
    audit.record(session, principal, operation="evidence.seal", subject=f"cases/{case_id}", facts=hashes)
    log.info("evidence.sealed", case_id=str(case_id), files=len(files))
    return sealed


def attach_claim(
    session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID, claim_id: int, *,
    evidence_root: bytes | None = None,
) -> None:  # fmt: skip
    """Give nodes a case's dossier under its claim's id: the one sealed last, or the one with this root.

    Raises:
        Problem: `case_unknown`, `dossier_unknown`.
    """
    case = case_of(session, desk, principal, case_id)
    with as_worker(session, case.tenant_id, principal):
        found = dossiers.newest(session, case.tenant_id, case_id, root=evidence_root)
        if found is None:
            raise Problem("dossier_unknown", f"Case {case_id} has no such sealed dossier. Seal its evidence first.")
        found.claim_id, found.attached_at = claim_id, desk.clock()
        session.flush()
    told = {"claim": f"0x{claim_id:064x}", "root": found.evidence_root.hex()}
    audit.record(session, principal, operation="evidence.attach", subject=f"cases/{case_id}", facts=told)


def clues(session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID) -> Clues:
    """What the reader noticed in the dossier sealed last, and what another case has too. Decides nothing.

    Raises:
        Problem: `case_unknown`, `dossier_unknown`; `approval_needed` and the like where this principal opens no file.
    """
    case = case_of(session, desk, principal, case_id)
    found = dossiers.newest(session, case.tenant_id, case_id)
    if found is None:
        raise Problem("dossier_unknown", f"Case {case_id} has no sealed dossier. Seal its evidence first.")
    names = _names(session, desk, principal, found)
    told: tuple[Clue, ...] = ()
    if found.clues_record is not None:
        record = vault.open_record(session, desk.vault, principal, found.clues_record, purpose=purpose_of(principal))
        told = _clues(record)
    return Clues(ReadingState(found.reading_state), told, _duplicates(session, found, names))


def case_of(session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID) -> CaseFacts:
    """The case, as far as this principal is concerned.

    Raises:
        Problem: `case_unknown`.
    """
    found = desk.cases.find(session, case_id)
    if found is None or found.tenant_id != principal.tenant_id:
        raise Problem("case_unknown", f"case_id {case_id} is not known. Take it from your list of cases.")
    if principal.own_only and found.person_id != principal.principal_id:
        raise Problem("case_unknown", f"case_id {case_id} is not known. Take it from your list of cases.")
    return found


def forget_unfinished(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """Destroy what a person began to hand in, before its records are erased: none becomes a record meanwhile.

    Returns:
        How many uploads.
    """
    return repository.remove_unfinished(session, tenant_id, person_id)


def forget_looks(session: Session, record_ids: Sequence[uuid.UUID]) -> None:
    """Forget what the files of destroyed records looked like, by which they would be known again."""
    repository.forget_looks(session, record_ids)


def purpose_of(principal: Principal) -> Purpose:
    """What this principal opens evidence for: its own data, an audit, or claims."""
    if principal.own_only:
        return Purpose.SUBJECT_ACCESS
    roles = {role.value for role in principal.roles}
    return Purpose.AUDIT if "auditor" in roles and "adjuster" not in roles else Purpose.CLAIMS


def subject_of(case_id: uuid.UUID) -> bytes:
    """A case as the subject of sealed records."""
    return b"case" + case_id.bytes


def held_files(session: Session, desk: EvidenceDesk, principal: Principal, case: CaseFacts) -> list[HeldFile]:
    """Complete files of a case, oldest first; nobody takes one back before the transaction ends.

    Raises:
        Problem: `upload_unfinished`; why a record may not be opened.
    """
    found: list[HeldFile] = []
    for row in repository.uploads_of(session, case.tenant_id, case.case_id, kept=True):
        if row.state != UploadState.COMPLETE:
            raise Problem(
                "upload_unfinished",
                f"Upload {row.upload_id} has {row.received} of {row.length} bytes. Finish or terminate it first.",
            )
        found.append(held_file(session, desk, principal, row))
    return found


def held_file(session: Session, desk: EvidenceDesk, principal: Principal, row: EvidenceUploadRow) -> HeldFile:
    """What a complete upload is. Raises as `vault.open_record`."""
    assert row.record_id is not None  # complete
    assert row.facts_record is not None
    told = vault.open_record(session, desk.vault, principal, row.facts_record, purpose=purpose_of(principal))
    return HeldFile.of(row.upload_id, row.record_id, told)


def manifest_of(session: Session, desk: EvidenceDesk, principal: Principal, row: EvidenceDossierRow) -> bytes:
    """The manifest of a dossier, as it was sealed. Raises as `vault.open_record`."""
    told = vault.open_record(session, desk.vault, principal, row.manifest_record, purpose=purpose_of(principal))
    return str(told["manifest"]).encode("utf-8")


def _add_statement(
    session: Session, desk: EvidenceDesk, worker: Principal, case: CaseFacts, statement: bytes
) -> HeldFile:
    record_id = vault.seal_stream(
        session, desk.vault, worker, [statement], person_id=case.person_id, category=Category.CLAIM_EVIDENCE,
        purpose=Purpose.CLAIMS, subject=subject_of(case.case_id),
    )  # fmt: skip
    return HeldFile(None, record_id, NAME, JSON, len(statement), keccak256(statement))


def _check(files: Sequence[HeldFile], desk: EvidenceDesk) -> None:
    try:
        check_listing(files, desk.limits)
    except EvidenceRefused as error:
        raise Problem("evidence_refused", str(error), limit=error.code, field=error.field) from error


def _keep(
    session: Session, desk: EvidenceDesk, worker: Principal, case: CaseFacts, facts: ClaimFacts, held: list[HeldFile]
) -> SealedDossier:
    files = sorted(held, key=lambda file: file.name.encode("utf-8"))
    entries = [Entry(f.name, f.media_type, f.size, f.file_hash, secrets.token_bytes(SALT_BYTES)) for f in files]
    manifest, root = manifest_bytes(entries), merkle_root([entry.leaf for entry in entries])
    record_id = vault.seal_record(
        session, desk.vault, worker, person_id=case.person_id, category=Category.CLAIM_EVIDENCE,
        purpose=Purpose.CLAIMS, data={"manifest": manifest.decode("utf-8")}, subject=subject_of(case.case_id),
        commitment=root,
    )  # fmt: skip
    now = desk.clock()
    row = EvidenceDossierRow(
        dossier_id=uuid.uuid4(), tenant_id=case.tenant_id, person_id=case.person_id, case_id=case.case_id,
        claim_id=None, evidence_root=root, manifest_hash=keccak256(manifest), manifest_record=record_id, sealed_at=now,
        attached_at=None, cover_from=facts.cover_from, occurred_at=facts.occurred_at, noticed_at=facts.noticed_at,
        reading_state=ReadingState.WAITING, reading_attempts=0, reading_due_at=now, clues_record=None,
    )  # fmt: skip
    dossiers.add(session, row, files)
    names = {file.upload_id: file.name for file in files if file.upload_id is not None}
    known = Clues(ReadingState.WAITING, (), _duplicates(session, row, names))
    return SealedDossier(row.dossier_id, root, row.manifest_hash, tuple(files), known)


def _note_term(session: Session, desk: EvidenceDesk, case: CaseFacts, facts: ClaimFacts) -> None:
    term = term_of(desk.vault.rules, facts.cover_from, facts.cover_until, facts.cover_until)
    vault.note_contract_end(session, subject_of(case.case_id), facts.cover_until, long_term=term.long)


def _names(
    session: Session, desk: EvidenceDesk, principal: Principal, row: EvidenceDossierRow
) -> dict[uuid.UUID, str]:  # fmt: skip
    entries = read_manifest(manifest_of(session, desk, principal, row))
    places = dossiers.places(session, row.dossier_id)
    pairs = zip(places, entries, strict=True)
    return {place.upload_id: entry.name for place, entry in pairs if place.upload_id is not None}


def _duplicates(session: Session, row: EvidenceDossierRow, names: Mapping[uuid.UUID, str]) -> tuple[Duplicate, ...]:
    same = dossiers.same_files(session, row.tenant_id, row.case_id, list(names))
    exact = {(twin.upload_id, twin.case_id) for twin in same}
    alike = dossiers.look_alikes(session, row.tenant_id, row.case_id, list(names))
    found = [Duplicate(names[twin.upload_id], twin.case_id, True, 0) for twin in same]
    found += [
        Duplicate(names[twin.upload_id], twin.case_id, False, twin.bits_apart)
        for twin in alike
        if (twin.upload_id, twin.case_id) not in exact
    ]
    return tuple(sorted(found, key=lambda each: (each.file, str(each.case_id))))


def _clues(record: Mapping[str, object]) -> tuple[Clue, ...]:
    told = record["clues"]
    if not isinstance(told, list):
        raise TypeError("clues are a list")
    return tuple(Clue(each["code"], each["file"], each["finding"], each["en"], each["zh"]) for each in told)
