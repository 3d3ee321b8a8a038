"""Every query about events told to nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.policies.models import InsuredEventRow
from backend.settlements.models import EventClosureRow
from backend.told_events.models import ToldEventRow


@dataclass(frozen=True, slots=True)
class Untold:
    """An open insured event that a node is to be told of."""

    product: str
    event_id: int
    insured_event: str


def untold(session: Session, node: str, *, now: int, since: int, limit: int) -> list[Untold]:
    """Open events this node was never told of, or is to be told of again; those that occur first come first.

    Args:
        now: Chain time. since: Events before it are left alone.
    """
    event, told, closure = InsuredEventRow, ToldEventRow, EventClosureRow
    same = and_(told.node == node, told.product == event.product, told.event_id == event.event_id)
    closed = and_(closure.product == event.product, closure.event_id == event.event_id)
    query = (
        select(event.product, event.event_id, event.insured_event)
        .outerjoin(told, same)
        .outerjoin(closure, closed)
        .where(closure.event_id.is_(None), event.occurs_at >= since)
        .where(or_(told.node.is_(None), told.tell_again_at <= now))
        .order_by(event.occurs_at, event.product, event.event_id)
        .limit(limit)
    )
    return [Untold(*row) for row in session.execute(query)]


def keep(
    session: Session, node: str, events: Sequence[Untold], *, refusal: str | None, tell_again_at: int
) -> None:  # fmt: skip
    """Keep what a node said to these events."""
    rows = [
        {
            "node": node, "product": e.product, "event_id": e.event_id, "refusal": refusal,
            "tell_again_at": tell_again_at,
        }
        for e in events
    ]  # fmt: skip
    statement = insert(ToldEventRow)
    latest = {"refusal": statement.excluded.refusal, "tell_again_at": statement.excluded.tell_again_at}
    keys = ["node", "product", "event_id"]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=latest), rows)


def forget_closed(session: Session) -> int:
    """Drop what was told of events that are closed since. Returns how many rows."""
    closed = select(EventClosureRow.event_id).where(
        EventClosureRow.product == ToldEventRow.product, EventClosureRow.event_id == ToldEventRow.event_id
    )
    gone = session.scalars(delete(ToldEventRow).where(closed.exists()).returning(ToldEventRow.event_id))
    return len(gone.all())
