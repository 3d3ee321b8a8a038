"""Every query about intents."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from backend.chain.intents.models import ON_CHAIN, OPEN, WAITING, IntentEventRow, IntentRow, IntentStatus
from backend.observability.carried import NOTHING_CARRIED, Carried


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent as it is carried: what to call, and what is known of it."""

    key: str
    kind: str
    contract: str
    calldata: bytes
    gas: int | None
    simulated: bool
    status: IntentStatus
    tries: int
    sender_key: str
    block_number: int | None
    failure_code: str | None
    carried: Carried = NOTHING_CARRIED


def add(session: Session, values: dict[str, Any], event_ids: Iterable[int]) -> bool:
    """Keep an intent and take hold of its events. False, and nothing kept, when it or one of them is taken."""
    with session.begin_nested() as savepoint:
        inserted = session.scalar(insert(IntentRow).values(values).on_conflict_do_nothing().returning(IntentRow.key))
        rows = [
            {"intent_key": values["key"], "event_id": e, "product": values["contract"], "active": True}
            for e in event_ids
        ]
        held = 0
        if inserted and rows:
            taken = insert(IntentEventRow).values(rows).on_conflict_do_nothing()
            held = len(session.scalars(taken.returning(IntentEventRow.event_id)).all())
        if not inserted or held < len(rows):
            savepoint.rollback()
            return False
    return True


def get(session: Session, key: str) -> IntentRow | None:
    """One intent."""
    return session.get(IntentRow, key, populate_existing=True)


def tried(session: Session, stem: str) -> int:
    """How often something of this stem was tried and failed."""
    query = select(func.count()).select_from(IntentRow)
    failed = IntentRow.status.in_([IntentStatus.FAILED, IntentStatus.SUPERSEDED])
    return session.scalar(query.where(IntentRow.key.startswith(f"{stem}:", autoescape=True), failed)) or 0


def unassigned(session: Session, limit: int) -> Sequence[str]:
    """Open intents that no workflow carries and whose predecessor is on the chain, oldest first; held for update."""
    query = text(
        "SELECT key FROM intents WHERE convoy IS NULL AND status IN ('prepared','ready','submitted','mined','reopened')"
        " AND (after_key IS NULL OR EXISTS (SELECT 1 FROM intents AS first WHERE first.key = intents.after_key"
        " AND first.status IN ('mined', 'final'))) ORDER BY created_at, key LIMIT :n FOR UPDATE SKIP LOCKED"
    )
    return session.scalars(query, {"n": limit}).all()


def bereaved(session: Session) -> Sequence[str]:
    """Intents whose predecessor came to nothing."""
    query = text(
        "SELECT key FROM intents WHERE convoy IS NULL AND status = 'prepared' AND EXISTS (SELECT 1 FROM intents AS"
        " first WHERE first.key = intents.after_key AND first.status IN ('failed', 'superseded')) LIMIT 1000"
    )
    return session.scalars(query).all()


def assign(session: Session, keys: Sequence[str], convoy: str | None) -> None:
    """Give intents to a workflow, or to none."""
    session.execute(update(IntentRow).where(IntentRow.key.in_(keys)).values(convoy=convoy))


def release_convoy(session: Session, convoy: str) -> int:
    """Its open intents go to another workflow. Returns how many."""
    statement = update(IntentRow).where(IntentRow.convoy == convoy, IntentRow.status.in_(OPEN)).values(convoy=None)
    return len(session.scalars(statement.returning(IntentRow.key)).all())


def release_ended(session: Session) -> int:
    """Open intents whose workflow has ended, whatever ended it, go to another. Returns how many."""
    if session.scalar(text("SELECT to_regclass('dbos.workflow_status')")) is None:
        return 0  # no workflow was ever launched here
    statement = text(
        "UPDATE intents SET convoy = NULL FROM dbos.workflow_status AS run WHERE intents.status IN ('prepared',"
        "'ready','submitted','mined','reopened') AND run.workflow_uuid = intents.convoy AND run.status IN"
        " ('SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED') RETURNING intents.key"
    )
    return len(session.scalars(statement).all())


def of(session: Session, statuses: Sequence[IntentStatus], convoy: str | None, limit: int) -> list[Intent]:
    """Intents of a workflow (None: of all) that stand so and follow none that is not mined, oldest first."""
    first = aliased(IntentRow)
    came = select(first.key).where(first.key == IntentRow.after_key, first.status.in_(ON_CHAIN)).exists()
    query = select(IntentRow).where(IntentRow.status.in_(statuses), IntentRow.after_key.is_(None) | came)
    if convoy is not None:
        query = query.where(IntentRow.convoy == convoy)
    rows = session.scalars(query.order_by(IntentRow.created_at, IntentRow.key).limit(limit))
    return [_intent(row) for row in rows]


def by_sender_key(session: Session, sender_keys: Sequence[str]) -> dict[str, Intent]:
    """Intents by what the sender knows them by."""
    rows = session.scalars(select(IntentRow).where(IntentRow.sender_key.in_(sender_keys)))
    return {row.sender_key: _intent(row) for row in rows}


def move(session: Session, key: str, to: IntentStatus, *, expected: Sequence[IntentStatus], **values: object) -> bool:
    """Change where an intent stands, if it stands as expected. Returns whether it did."""
    where = (IntentRow.key == key, IntentRow.status.in_(expected))
    statement = update(IntentRow).where(*where).values({"status": to, **values}).returning(IntentRow.key)
    return session.scalar(statement) is not None


def release_indexed(session: Session, indexed: int) -> None:
    """Let go of events whose transaction the database has taken in: what it says of them counts again."""
    mined = IntentRow.status.in_([IntentStatus.MINED, IntentStatus.FINAL, IntentStatus.SUPERSEDED])
    done = select(IntentRow.key).where(mined, IntentRow.block_number <= indexed)
    session.execute(
        update(IntentEventRow).where(IntentEventRow.active, IntentEventRow.intent_key.in_(done)).values(active=False)
    )


def release_events(session: Session, key: str) -> None:
    """Let go of an intent's events."""
    session.execute(update(IntentEventRow).where(IntentEventRow.intent_key == key).values(active=False))


def events_of(session: Session, key: str) -> Sequence[IntentEventRow]:
    """Events an intent is about."""
    return session.scalars(select(IntentEventRow).where(IntentEventRow.intent_key == key)).all()


def reopen(session: Session, ancestor: int) -> Sequence[tuple[str, str]]:
    """The blocks after `ancestor` are gone: what rested on them is looked at again. Returns kind and key of each."""
    rows = session.execute(
        update(IntentRow)
        .where(IntentRow.block_number > ancestor)
        .values(status=IntentStatus.REOPENED, convoy=None, block_number=None, failure_code=None, failure_detail=None)
        .returning(IntentRow.kind, IntentRow.key)
    ).all()
    if rows:
        session.execute(
            text(
                "UPDATE intent_events AS mine SET active = true WHERE mine.intent_key = ANY(:keys) AND NOT EXISTS"
                " (SELECT 1 FROM intent_events AS other WHERE other.active AND other.product = mine.product"
                " AND other.event_id = mine.event_id)"
            ),
            {"keys": [key for _, key in rows]},
        )
    return [(kind, key) for kind, key in rows]


def counts(session: Session) -> dict[str, int]:
    """How many intents stand how."""
    query = select(IntentRow.status, func.count()).group_by(IntentRow.status)
    return {status: count for status, count in session.execute(query)}


def failures(session: Session, kinds: Sequence[str], codes: Sequence[str]) -> int:
    """How many intents of these kinds have failed so."""
    query = select(func.count()).select_from(IntentRow)
    where = (IntentRow.status == IntentStatus.FAILED, IntentRow.kind.in_(kinds), IntentRow.failure_code.in_(codes))
    return session.scalar(query.where(*where)) or 0


def page_of_tenant(session: Session, tenant_id: uuid.UUID, *, after_key: str | None, limit: int) -> Sequence[IntentRow]:
    """A tenant's intents by key; `after_key` is the keyset cursor."""
    query = select(IntentRow).where(IntentRow.tenant_id == tenant_id)
    if after_key is not None:
        query = query.where(IntentRow.key > after_key)
    return session.scalars(query.order_by(IntentRow.key).limit(limit)).all()


def waiting_count(session: Session) -> int:
    """Intents still expected to be mined."""
    query = select(func.count()).select_from(IntentRow)
    return session.scalar(query.where(IntentRow.status.in_(WAITING))) or 0


def _intent(row: IntentRow) -> Intent:
    return Intent(
        row.key, row.kind, row.contract, row.calldata, row.gas, row.simulated, IntentStatus(row.status), row.tries,
        row.sender_key, row.block_number, row.failure_code, Carried.of(row.carried),
    )  # fmt: skip
