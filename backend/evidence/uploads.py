"""Use cases of uploads: begin, go on, end, take back. Each step is a transaction of its own, so that what arrived
stays when a connection breaks. Protocol: tus 1.0.0 (core, creation, checksum, termination)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.database import Database, as_worker
from backend.evidence import repository, sealed_pieces
from backend.evidence.completion import complete
from backend.evidence.desk import EvidenceDesk
from backend.evidence.models import EvidenceUploadRow
from backend.evidence.prints import name_print
from backend.evidence.records import UploadState
from backend.evidence.sealed_pieces import PieceKey
from backend.evidence.service import case_of
from backend.evidence.statement import NAME
from backend.evidence.tus import Checksum
from backend.problems import Problem
from backend.vault import service as vault
from domain.evidence.limits import check_kind, check_name
from domain.evidence.refusals import EvidenceRefused

log = structlog.get_logger()
PIECE_BYTES: Final = 1 << 20
KEPT_SECONDS: Final = 86_400
"""How long an unfinished upload waits for its rest."""
MOST_PIECES: Final = 2_000
"""Of one upload: who sends a byte at a time is refused, not followed."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of a file before it comes. `length` in bytes; `sha256` of all of them."""

    name: str
    media_type: str
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is, in bytes."""

    received: int
    length: int
    expires_at: int
    complete: bool


def create(
    session: Session, desk: EvidenceDesk, principal: Principal, case_id: uuid.UUID, declared: Declared
) -> tuple[uuid.UUID, Progress]:
    """Make a place for a file of a case. Begun again by whom it was begun, whose reply was lost: the place there is.

    Raises:
        Problem: `case_unknown`, `case_closed_for_evidence`, `evidence_refused`, `key_service_unavailable`.
    """
    case = case_of(session, desk, principal, case_id)
    if not case.open_for_evidence:
        raise Problem("case_closed_for_evidence", f"Case {case_id} takes no evidence now. See its status.")
    _require_fit(desk, declared)
    # Two that begin at once would both see room for one.
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(case_id.bytes[:8], "big", signed=True))))
    told = {"name": declared.name, "media_type": declared.media_type, "sha256": declared.sha256.hex()}
    print_ = name_print(desk.server_key, case.tenant_id, case_id, declared.name)
    before = repository.named(session, case.tenant_id, case_id, print_)
    if before is not None and before.state != UploadState.COMPLETE:
        described = _described(desk, before)
        if described is None:  # its day is over, or its key: the name is free
            repository.remove_upload(session, before)
            before = None
        elif (before.uploaded_by, before.length, described) == (principal.principal_id, declared.length, told):
            return before.upload_id, _progress(before)
    _require_room(session, desk, case.tenant_id, case_id, declared, taken=before is not None)
    now = desk.clock()
    row = EvidenceUploadRow(
        upload_id=uuid.uuid4(), tenant_id=case.tenant_id, person_id=case.person_id, case_id=case_id,
        uploaded_by=principal.principal_id, state=UploadState.RECEIVING, length=declared.length, received=0, pieces=0,
        writer=None, record_id=None, facts_record=None, exact_print=None, created_at=now,
        expires_at=now + KEPT_SECONDS, completed_at=None,
        name_print=print_,
    )  # fmt: skip
    sealed_pieces.describe(sealed_pieces.new_key(desk.vault, row), row, told)
    repository.add_upload(session, row)
    log.info("upload.begun", upload_id=str(row.upload_id), length=declared.length)
    return row.upload_id, _progress(row)


def progress(session: Session, desk: EvidenceDesk, principal: Principal, upload_id: uuid.UUID) -> Progress:
    """How far an upload is.

    Raises:
        Problem: `evidence_unknown`, `upload_gone`.
    """
    return _progress(_row(session, desk, principal, upload_id))


def terminate(session: Session, desk: EvidenceDesk, principal: Principal, upload_id: uuid.UUID) -> None:
    """Take a file back, whole or not, as long as no dossier holds it: whose case it is, or who handed it in for them.

    Raises:
        Problem: `evidence_unknown`, `evidence_not_yours`, `evidence_sealed`.
    """
    row = _row(session, desk, principal, upload_id, lock=True, gone=True)
    if principal.principal_id is None or principal.principal_id not in (row.person_id, row.uploaded_by):
        raise Problem(
            "evidence_not_yours", f"File {upload_id} was handed in by somebody else. Ask them to take it back."
        )
    if repository.is_in_dossier(session, upload_id):
        raise Problem("evidence_sealed", f"File {upload_id} is part of a sealed dossier, so it stays.")
    records = [record for record in (row.record_id, row.facts_record) if record is not None]
    with as_worker(session, row.tenant_id, principal):
        worker = Principal.worker(row.tenant_id)
        vault.let_go(session, desk.vault, worker, records, person_id=row.person_id, reason="taken_back")
    repository.remove_upload(session, row)
    audit.record(session, principal, operation="evidence.take_back", subject=f"evidence/{upload_id}")
    log.info("upload.terminated", upload_id=str(upload_id))


@dataclass(slots=True)
class Writer:
    """One request that goes on with an upload. Used by one thread at a time; a newer writer ends it.

    Without a checksum every piece counts as soon as it is kept; with one, all of them count when it fits, or none.
    """

    database: Database
    desk: EvidenceDesk
    principal: Principal
    upload_id: uuid.UUID
    token: uuid.UUID
    key: PieceKey
    received: int
    length: int
    pieces: int
    checksum: Checksum | None
    left_over: int

    @classmethod
    def begin(
        cls, database: Database, desk: EvidenceDesk, principal: Principal, upload_id: uuid.UUID, *, offset: int,
        size: int | None, checksum: Checksum | None,
    ) -> Writer:  # fmt: skip
        """Take an upload on at `offset`, where it is.

        Args:
            size: Bytes that are to come; None: not said.
        Raises:
            Problem: `evidence_unknown`, `upload_gone`, `upload_offset_conflict`, `upload_too_large`.
        """
        with database.scoped(principal) as session:
            row = _row(session, desk, principal, upload_id, lock=True)
            if offset != row.received:
                raise Problem("upload_offset_conflict", received=row.received)
            if size is not None and size > row.length - row.received:
                raise Problem("upload_too_large", most=row.length)
            done = row.state == UploadState.COMPLETE
            key = PieceKey(b"", b"") if done else sealed_pieces.key_of(desk.vault, row)
            row.writer = uuid.uuid4()
            session.flush()
            left = row.length - row.received
            return cls(
                database, desk, principal, upload_id, row.writer, key, row.received, row.length, row.pieces, checksum,
                left,
            )  # fmt: skip

    def take(self, piece: bytes) -> None:
        """Keep a piece of at most `PIECE_BYTES`; the file's last one makes it complete.

        Raises:
            Problem: `upload_too_large`, `upload_taken_over`, and those of `complete`.
        """
        if len(piece) > self.left_over:
            raise Problem("upload_too_large", most=self.length)
        self.left_over -= len(piece)
        if self.pieces >= MOST_PIECES:
            raise Problem("evidence_refused", "The file comes in too many pieces. Send larger ones.", limit="PIECES",
                          field="pieces")  # fmt: skip
        if self.checksum is not None:
            self.checksum.update(piece)
        problem = None
        with self._mine() as (session, row):
            sealed_pieces.put(session, self.key, row, self.pieces, piece)
            self.pieces += 1
            if self.checksum is None:
                problem = self._count(session, row)
        if problem is not None:
            raise problem

    def finish(self) -> int:
        """The request is over. Returns how many bytes of the file are here.

        Raises:
            Problem: `upload_checksum_mismatch`, `upload_taken_over`, and those of `complete`.
        """
        if self.checksum is None:
            return self.length - self.left_over
        if not self.checksum.fits():
            raise Problem("upload_checksum_mismatch")
        if self.received == self.length - self.left_over:
            return self.received
        with self._mine() as (session, row):
            problem = self._count(session, row)
        if problem is not None:
            raise problem
        return self.length - self.left_over

    def _count(self, session: Session, row: EvidenceUploadRow) -> Problem | None:
        """Let what was kept count. A file that cannot be taken is gone with it, which is told afterwards."""
        row.received, row.pieces = self.length - self.left_over, self.pieces
        session.flush()
        if row.received < row.length:
            return None
        return complete(session, self.desk, self.principal, row, self.key)

    @contextmanager
    def _mine(self) -> Iterator[tuple[Session, EvidenceUploadRow]]:
        with self.database.scoped(self.principal) as session:
            row = repository.upload(session, self.upload_id, lock=True)
            if row is None:
                raise Problem("upload_gone")
            if row.writer != self.token:
                raise Problem("upload_taken_over")
            yield session, row


def _row(
    session: Session, desk: EvidenceDesk, principal: Principal, upload_id: uuid.UUID, *, lock: bool = False,
    gone: bool = False,
) -> EvidenceUploadRow:  # fmt: skip
    row = repository.upload(session, upload_id, lock=lock)
    if row is None or row.tenant_id != principal.tenant_id:
        raise Problem("evidence_unknown")
    case_of(session, desk, principal, row.case_id)
    if not gone and row.state != UploadState.COMPLETE and row.expires_at <= desk.clock():
        raise Problem("upload_gone", f"Upload {upload_id} was not finished within a day. Begin again.")
    return row


def _described(desk: EvidenceDesk, row: EvidenceUploadRow) -> dict[str, str] | None:
    """What was said of an unfinished file; None where nobody can go on with it."""
    if row.expires_at <= desk.clock():
        return None
    try:
        return sealed_pieces.description(sealed_pieces.key_of(desk.vault, row), row)
    except Problem as error:
        if error.code != "upload_gone":
            raise
        return None


def _require_fit(desk: EvidenceDesk, declared: Declared) -> None:
    with _refusals():
        check_name(declared.name, desk.limits)
        check_kind(declared.name, declared.media_type, declared.length, desk.limits)
        if declared.name == NAME:
            raise EvidenceRefused("NAME_INVALID", "name", NAME, "is the insurer's own file", "Rename the file")


def _require_room(
    session: Session, desk: EvidenceDesk, tenant_id: uuid.UUID, case_id: uuid.UUID, declared: Declared, *, taken: bool
) -> None:  # fmt: skip
    limits = desk.limits
    with _refusals():
        count, total = repository.promised(session, tenant_id, case_id)
        if count + 2 > limits.files:  # this one, and the insurer's
            problem, remedy = f"are more than {limits.files - 1}", "Put pages together into one PDF"
            raise EvidenceRefused("TOO_MANY_FILES", "files", count + 1, problem, remedy)
        if total + declared.length > limits.total_bytes:
            problem, remedy = f"is more than {limits.total_bytes} bytes in all", "Leave out or shrink files"
            raise EvidenceRefused("DOSSIER_TOO_LARGE", "total bytes", total + declared.length, problem, remedy)
        if taken:
            raise EvidenceRefused("NAME_TWICE", "name", declared.name, "names two files", "Give each its own name")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except EvidenceRefused as error:
        raise Problem("evidence_refused", str(error), limit=error.code, field=error.field) from error


def _progress(row: EvidenceUploadRow) -> Progress:
    done = row.state == UploadState.COMPLETE
    return Progress(row.length if done else row.received, row.length, row.expires_at, done)
