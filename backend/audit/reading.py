"""Who of the staff opened whose records: counted from the log, for the one who asks about unusual reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_READERS: Final = text(
    "SELECT tenant_id, principal_id, count(DISTINCT content->'facts'->>'person') AS persons, count(*) AS openings FROM"
    " (SELECT tenant_id, principal_id, leaf::jsonb->'content' AS content FROM audit_entries WHERE operation ="
    " 'vault.open' AND outcome = 'done' AND recorded_at > :since) AS opened WHERE content->'principal'->>'kind' ="
    " 'person' AND content->'facts'->>'person' <> principal_id::text GROUP BY 1, 2"
    " ORDER BY persons DESC, tenant_id, principal_id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """One member of staff: of how many people they opened records, and how many times. Own records are not counted."""

    tenant_id: UUID
    principal_id: UUID
    persons: int
    openings: int


def readers(session: Session, *, since: int, limit: int) -> Sequence[Reader]:
    """Who opened records of most people since then, the most first, of all insurers.

    Args:
        since: Unix seconds of the database's clock.
    """
    rows = session.execute(_READERS, {"since": since * 1_000_000, "limit": limit})
    return [Reader(row.tenant_id, row.principal_id, row.persons, row.openings) for row in rows]
