"""Every query about the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, tuple_
from sqlalchemy.orm import Session

from backend.audit.entries import Entry, microseconds
from backend.audit.merkle import Node
from backend.audit.models import AuditEntryRow, AuditHeadRow, AuditInboxRow, AuditNodeRow

_PLACING_LOCK = 0x4155_4449


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry in its place; `leaf` is the text that is hashed into the tree."""

    sequence: int
    entry_id: UUID
    recorded_at: int
    operation: str
    outcome: str
    subject: str
    principal_id: UUID | None
    leaf: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A signed head as it was given out."""

    size: int
    made_at: int
    note: str


def add(session: Session, tenant_id: UUID, content: Mapping[str, object]) -> None:
    """Record an entry. It gets its place within a second or so."""
    session.execute(insert(AuditInboxRow).inline().values(tenant_id=tenant_id, content=dict(content)))


def wait_for_no_disk(session: Session) -> None:
    """The session's transaction commits without waiting for the disk."""
    session.execute(text("SET LOCAL synchronous_commit TO off"))


def waiting_tenants(session: Session) -> Sequence[UUID]:
    """Whose entries wait for their place."""
    return session.scalars(select(AuditInboxRow.tenant_id).distinct().order_by(AuditInboxRow.tenant_id)).all()


def lock_log(session: Session, tenant_id: UUID) -> None:
    """Let nobody else append to this log until the transaction ends."""
    number = int.from_bytes(tenant_id.bytes[-4:], "big", signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:a, :b)"), {"a": _PLACING_LOCK, "b": number})


def waiting(session: Session, tenant_id: UUID, limit: int) -> list[tuple[int, Entry]]:
    """Entries that wait, with their arrival, in that order."""
    query = select(AuditInboxRow).where(AuditInboxRow.tenant_id == tenant_id)
    rows = session.scalars(query.order_by(AuditInboxRow.arrival).limit(limit))
    return [(r.arrival, Entry(r.entry_id, r.tenant_id, microseconds(r.recorded_at), r.content)) for r in rows]


def oldest_waiting(session: Session) -> int | None:
    """When the oldest entry without a place was recorded, microseconds of unix time."""
    found = session.scalar(select(func.min(AuditInboxRow.recorded_at)))
    return microseconds(found) if found else None


def leave_inbox(session: Session, arrivals: Sequence[int]) -> None:
    """Take entries out of the inbox; the database refuses those the log does not have."""
    session.execute(delete(AuditInboxRow).where(AuditInboxRow.arrival.in_(arrivals)))


def append(session: Session, tenant_id: UUID, entries: Sequence[PlacedEntry], nodes: Mapping[Node, bytes]) -> None:
    """Keep entries in their places, and the subtrees they complete."""
    session.execute(insert(AuditEntryRow), [_values(tenant_id, entry) for entry in entries])
    session.execute(
        insert(AuditNodeRow),
        [{"tenant_id": tenant_id, "level": level, "index": i, "hash": h} for (level, i), h in nodes.items()],
    )


def size(session: Session, tenant_id: UUID) -> int:
    """How many entries a log has."""
    query = select(func.max(AuditEntryRow.sequence)).where(AuditEntryRow.tenant_id == tenant_id)
    last = session.scalar(query)
    return 0 if last is None else last + 1


def logs(session: Session) -> Sequence[UUID]:
    """Tenants whose log has an entry."""
    first = select(AuditEntryRow.tenant_id).where(AuditEntryRow.sequence == 0)
    return session.scalars(first.order_by(AuditEntryRow.tenant_id)).all()


def hashes(session: Session, tenant_id: UUID, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Hashes of complete subtrees; those the log does not have are left out."""
    if not nodes:
        return {}
    query = select(AuditNodeRow.level, AuditNodeRow.index, AuditNodeRow.hash).where(
        AuditNodeRow.tenant_id == tenant_id, tuple_(AuditNodeRow.level, AuditNodeRow.index).in_(nodes)
    )
    return {(level, index): value for level, index, value in session.execute(query)}


def entry(session: Session, tenant_id: UUID, sequence: int) -> PlacedEntry | None:
    """One entry."""
    row = session.get(AuditEntryRow, (tenant_id, sequence))
    return _entry(row) if row else None


def entries(
    session: Session, tenant_id: UUID, *, after: int, limit: int, subject: str | None = None,
    principal_id: UUID | None = None, request_id: str | None = None, below: int | None = None,
) -> Sequence[PlacedEntry]:  # fmt: skip
    """A page of entries in their order; `after` is the keyset cursor, -1 from the beginning."""
    query = select(AuditEntryRow).where(AuditEntryRow.tenant_id == tenant_id, AuditEntryRow.sequence > after)
    if subject is not None:
        query = query.where(AuditEntryRow.subject == subject)
    if principal_id is not None:
        query = query.where(AuditEntryRow.principal_id == principal_id)
    if request_id is not None:
        query = query.where(AuditEntryRow.request_id == request_id)
    if below is not None:
        query = query.where(AuditEntryRow.sequence < below)
    return [_entry(row) for row in session.scalars(query.order_by(AuditEntryRow.sequence).limit(limit))]


def add_head(session: Session, tenant_id: UUID, head: KeptHead) -> None:
    """Keep a signed head."""
    values = {"tenant_id": tenant_id, "size": head.size, "made_at": head.made_at, "note": head.note}
    session.execute(insert(AuditHeadRow).values(values))


def newest_head(session: Session, tenant_id: UUID) -> KeptHead | None:
    """The newest signed head."""
    query = select(AuditHeadRow).where(AuditHeadRow.tenant_id == tenant_id).order_by(AuditHeadRow.size.desc()).limit(1)
    row = session.scalars(query).first()
    return KeptHead(row.size, row.made_at, row.note) if row else None


def heads(session: Session, tenant_id: UUID, *, after: int, limit: int) -> Sequence[KeptHead]:
    """Signed heads by size; `after` is the keyset cursor."""
    query = select(AuditHeadRow).where(AuditHeadRow.tenant_id == tenant_id, AuditHeadRow.size > after)
    rows = session.scalars(query.order_by(AuditHeadRow.size).limit(limit))
    return [KeptHead(row.size, row.made_at, row.note) for row in rows]


def _values(tenant_id: UUID, placed: PlacedEntry) -> dict[str, object]:
    return {
        "tenant_id": tenant_id, "sequence": placed.sequence, "entry_id": placed.entry_id,
        "recorded_at": placed.recorded_at, "operation": placed.operation, "outcome": placed.outcome,
        "subject": placed.subject, "principal_id": placed.principal_id, "leaf": placed.leaf,
        "request_id": placed.request_id,
    }  # fmt: skip


def _entry(row: AuditEntryRow) -> PlacedEntry:
    return PlacedEntry(
        row.sequence, row.entry_id, row.recorded_at, row.operation, row.outcome, row.subject, row.principal_id,
        row.leaf, row.request_id,
    )  # fmt: skip
