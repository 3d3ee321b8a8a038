"""The store nodes read: a claim's manifest as it was sealed, its files as they came.

Nodes see nobody's rows: what they may have is the dossier attached to a claim of their insurer, and it is handed out
as the backend's own work for that insurer.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.database import Database, as_worker
from backend.evidence import dossiers, service
from backend.evidence.desk import EvidenceDesk
from backend.evidence.models import EvidenceDossierRow
from backend.problems import Problem
from backend.vault import service as vault
from domain.evidence.dossier import read_manifest

MOST_AT_ONCE: Final = 20
MOST_OF_ONE: Final = 8
"""Files that are taken at once, of a process's 30 connections; and of those by one person or machine. A node
takes four, and the next may be asked for before the last is let go."""
_EN: Final = "As many files are being taken as may be at once. Finish one, or wait."
_ZH: Final = "同时下载的文件已达上限。请先完成一个，或稍候重试。"


@dataclass(frozen=True, slots=True)
class Handout:
    """A file to be streamed."""

    record_id: uuid.UUID
    media_type: str
    size: int


def manifest(session: Session, desk: EvidenceDesk, principal: Principal, claim_id: int) -> bytes:
    """The manifest of a claim's dossier.

    Raises:
        Problem: `dossier_unknown`, `record_destroyed`, `processing_restricted`, `key_service_unavailable`.
    """
    tenant_id = _tenant_of(principal)
    with as_worker(session, tenant_id, principal):
        worker = Principal.worker(tenant_id)
        return service.manifest_of(session, desk, worker, _dossier(session, tenant_id, claim_id))


def file(session: Session, desk: EvidenceDesk, principal: Principal, claim_id: int, name: str) -> Handout:
    """Where the file of that name is. Raises as `manifest`, and `evidence_unknown`."""
    tenant_id = _tenant_of(principal)
    with as_worker(session, tenant_id, principal):
        worker = Principal.worker(tenant_id)
        row = _dossier(session, tenant_id, claim_id)
        entries = read_manifest(service.manifest_of(session, desk, worker, row))
        for place, entry in zip(dossiers.places(session, row.dossier_id), entries, strict=True):
            if entry.name == name:
                return Handout(place.record_id, entry.media_type, entry.size)
    raise Problem("evidence_unknown", "No file of this claim has that name. Take names from the manifest.")


class _Taking:
    """Who takes files now: each holds a connection to the database for as long as it takes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Counter[uuid.UUID | None] = Counter()

    @contextmanager
    def one(self, asker: uuid.UUID | None) -> Iterator[None]:
        """Raises: Problem `too_many_streams`."""
        with self._lock:
            if self._open[asker] >= MOST_OF_ONE or self._open.total() >= MOST_AT_ONCE:
                raise Problem("too_many_streams", _EN, detail_zh=_ZH)
            self._open[asker] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[asker] -= 1


_TAKING: Final = _Taking()


def stream(
    database: Database, desk: EvidenceDesk, opener: Principal, record_id: uuid.UUID, *, asker: uuid.UUID | None
) -> Iterator[bytes]:
    """A file's bytes, chunk by chunk, in a transaction of its own that lasts as long as they are taken.

    The first chunk is opened at once, so that a refusal comes before any byte.

    Args:
        asker: Whose request it is. Somebody who takes files slowly must not hold all connections.
    Raises:
        Problem: Why `opener` may not open it; `too_many_streams`. RecordUnreadable: It was changed.
    """
    chunks = _chunks(database, desk, opener, record_id, asker)
    first = next(chunks)
    return _with_first(first, chunks)


def _chunks(
    database: Database, desk: EvidenceDesk, opener: Principal, record_id: uuid.UUID, asker: uuid.UUID | None
) -> Iterator[bytes]:
    with _TAKING.one(asker), database.scoped(opener) as session:
        yield from vault.open_stream(session, desk.vault, opener, record_id, purpose=service.purpose_of(opener))


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _dossier(session: Session, tenant_id: uuid.UUID, claim_id: int) -> EvidenceDossierRow:
    found = dossiers.of_claim(session, tenant_id, claim_id)
    if found is None:
        raise Problem("dossier_unknown", f"There is no evidence of claim 0x{claim_id:064x}. Ask again later.")
    return found


def _tenant_of(principal: Principal) -> uuid.UUID:
    if principal.tenant_id is None:
        raise Problem("dossier_unknown")
    return principal.tenant_id
