"""The worker of evidence: lets unfinished uploads go, and has sealed dossiers read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.database import Database
from backend.evidence import dossiers, repository, service
from backend.evidence.desk import EvidenceDesk
from backend.evidence.models import EvidenceDossierFileRow, EvidenceDossierRow
from backend.evidence.reading import Asked, DossierReader, FileAsked, Findings, ReaderFailed
from backend.evidence.records import ReadingState
from backend.evidence.service import subject_of
from backend.problems import Problem
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose
from backend.vault.service import RecordUnreadable
from domain.evidence.dossier import Entry, read_manifest

log = structlog.get_logger()
POLL_SECONDS: Final = 1.0
LEASE_SECONDS: Final = 180
"""After which a dossier is read anew, whatever became of the process that had taken it."""
MOST_ATTEMPTS: Final = 3
_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class _Taken:
    """A dossier to be read: read under its lease, without a transaction."""

    dossier_id: uuid.UUID
    worker: Principal
    attempt: int


@dataclass(frozen=True, slots=True)
class Clerk:
    """One worker. Several share the work."""

    database: Database
    desk: EvidenceDesk
    reader: DossierReader

    def step(self) -> bool:
        """Let go what is over, and read one dossier. Returns whether there was nothing to do."""
        now = self.desk.clock()
        with self.database.every_tenant() as session:
            over = repository.expired(session, now, _BATCH)
            for row in over:
                repository.remove_upload(session, row)
        taken = self._take(now)
        if taken is not None:
            self._read(taken)
        return not over and taken is None

    def _take(self, now: int) -> _Taken | None:
        with self.database.every_tenant() as session:
            row = dossiers.due(session, now)
            if row is None:
                return None
            if row.reading_attempts >= MOST_ATTEMPTS:  # the process that had taken it did not live to say how it ended
                row.reading_state = ReadingState.UNREAD
                log.warning("evidence.unread", dossier_id=str(row.dossier_id), attempt=row.reading_attempts, why="lost")
                return None
            row.reading_attempts += 1
            row.reading_due_at = now + LEASE_SECONDS
            return _Taken(row.dossier_id, Principal.worker(row.tenant_id), row.reading_attempts)

    def _read(self, taken: _Taken) -> None:
        try:
            with self.database.scoped(taken.worker) as session:
                row, pairs, asked = self._ask(session, taken)
                contents = self._contents(session, taken.worker, pairs)
                found = self.reader.read(asked, contents) if pairs else Findings(files=(), clues=())
                self._keep(session, taken.worker, row, pairs, found)
        except (ReaderFailed, Problem, RecordUnreadable) as error:
            code = error.code if isinstance(error, ReaderFailed | Problem) else "record_unreadable"
            self._give_back(taken, code)

    def _ask(
        self, session: Session, taken: _Taken
    ) -> tuple[EvidenceDossierRow, list[tuple[EvidenceDossierFileRow, Entry]], Asked]:
        row = dossiers.find(session, taken.dossier_id)
        assert row is not None  # dossiers are never deleted
        entries = read_manifest(service.manifest_of(session, self.desk, taken.worker, row))
        places = dossiers.places(session, taken.dossier_id)
        pairs = [(p, e) for p, e in zip(places, entries, strict=True) if p.upload_id is not None]
        listed = [FileAsked(name=entry.name, media_type=entry.media_type, size=entry.size) for _, entry in pairs]
        asked = Asked(
            cover_from=row.cover_from, occurred_at=row.occurred_at, noticed_at=row.noticed_at, files=listed
        )  # fmt: skip
        return row, pairs, asked

    def _contents(
        self, session: Session, worker: Principal, pairs: list[tuple[EvidenceDossierFileRow, Entry]]
    ) -> Iterator[bytes]:
        for place, _ in pairs:
            yield from vault.open_stream(session, self.desk.vault, worker, place.record_id, purpose=Purpose.CLAIMS)

    def _keep(
        self, session: Session, worker: Principal, row: EvidenceDossierRow,
        pairs: list[tuple[EvidenceDossierFileRow, Entry]], found: Findings,
    ) -> None:  # fmt: skip
        pictures = {file.name: file.pictures for file in found.files}
        for place, entry in pairs:
            if place.upload_id is not None:
                dossiers.put_pictures(session, row, place.upload_id, pictures.get(entry.name, ()))
        told = [clue.model_dump() for clue in found.clues]
        told += [_unreadable(file.name, file.problem) for file in found.files if file.outcome != "read"]
        record_id = vault.seal_record(
            session, self.desk.vault, worker, person_id=row.person_id, category=Category.CLAIM_EVIDENCE,
            purpose=Purpose.CLAIMS, data={"clues": told}, subject=subject_of(row.case_id),
        )  # fmt: skip
        dossiers.note_reading(session, row.dossier_id, ReadingState.READ, clues_record=record_id)
        log.info("evidence.read", dossier_id=str(row.dossier_id), clues=len(told))

    def _give_back(self, taken: _Taken, code: str) -> None:
        """Try again when the lease ends; after some times in vain a person has to look."""
        log.warning("evidence.unread", dossier_id=str(taken.dossier_id), attempt=taken.attempt, why=code)
        if taken.attempt >= MOST_ATTEMPTS:
            with self.database.scoped(taken.worker) as session:
                dossiers.note_reading(session, taken.dossier_id, ReadingState.UNREAD)


def _unreadable(name: str, problem: str) -> dict[str, object]:
    """A file no machine reads is no sign of anything; a person looks at it."""
    return {
        "code": "UNREADABLE", "file": name, "finding": None,
        "en": f"{name} cannot be read by machine ({problem}).", "zh": f"{name}无法由机器读取（{problem}）。",
    }  # fmt: skip
