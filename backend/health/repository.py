"""Every query about where things stand, and the stream of what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.chain.models import ChainEventRow, RollbackRow


@dataclass(frozen=True, slots=True)
class Happening:
    """An event or a rollback, numbered in the order the indexer wrote them."""

    sequence: int
    name: str
    body: dict[str, Any]
    block_number: int | None = None
    log_index: int | None = None
    transaction_hash: bytes | None = None
    address: str | None = None


def rollback_count(session: Session) -> int:
    """Reorganisations followed so far."""
    return session.scalar(select(func.count()).select_from(RollbackRow)) or 0


def last_sequence(session: Session) -> int:
    """Number of the last happening."""
    newest = [session.scalar(select(func.max(row.sequence))) for row in (ChainEventRow, RollbackRow)]
    return max((n for n in newest if n is not None), default=0)


def happenings(session: Session, *, after: int, limit: int) -> Sequence[Happening]:
    """What happened after number `after`, at most `limit`."""
    events = session.scalars(
        select(ChainEventRow).where(ChainEventRow.sequence > after).order_by(ChainEventRow.sequence).limit(limit)
    )
    rollbacks = session.scalars(
        select(RollbackRow).where(RollbackRow.sequence > after).order_by(RollbackRow.sequence).limit(limit)
    )
    found = [
        Happening(e.sequence, e.name, e.body, e.block_number, e.log_index, e.transaction_hash, e.address)
        for e in events
    ]
    found += [Happening(r.sequence, "ChainRolledBack", {"ancestor": r.ancestor, "tip": r.tip}) for r in rollbacks]
    return sorted(found, key=lambda h: h.sequence)[:limit]
