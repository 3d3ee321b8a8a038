"""Every query about webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, String, and_, any_, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.webhooks.models import (
    WebhookAttemptRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    WebhookMessageRow,
    WebhookSecretRow,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery a worker has taken: nobody else takes it before its lease ends."""

    delivery_id: uuid.UUID
    tenant_id: uuid.UUID
    message_id: uuid.UUID
    endpoint_id: uuid.UUID
    attempts: int


def add_message(
    session: Session, tenant_id: uuid.UUID, message_id: uuid.UUID, event_type: str, body: str, now: int,
    only_endpoint: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Keep what happened, for the worker to spread."""
    session.execute(
        insert(WebhookMessageRow).values(
            message_id=message_id, tenant_id=tenant_id, event_type=event_type, body=body, created_at=now,
            only_endpoint=only_endpoint,
        )
    )  # fmt: skip


def spread(session: Session, now: int, limit: int) -> int:
    """Make a delivery of each new message for each endpoint that wants it. Returns how many messages.

    Several workers share: a message another one is at is passed over.
    """
    messages = session.scalars(
        select(WebhookMessageRow)
        .where(WebhookMessageRow.spread_at.is_(None))
        .order_by(WebhookMessageRow.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for message in messages:
        wanted = or_(
            WebhookEndpointRow.event_types == literal([], ARRAY(String)),
            literal(message.event_type) == any_(WebhookEndpointRow.event_types),
        )
        if message.only_endpoint is not None:
            wanted = WebhookEndpointRow.endpoint_id == message.only_endpoint
        theirs = and_(WebhookEndpointRow.tenant_id == message.tenant_id, WebhookEndpointRow.enabled, wanted)
        for endpoint_id in session.scalars(select(WebhookEndpointRow.endpoint_id).where(theirs)):
            delivery = upsert(WebhookDeliveryRow).values(
                delivery_id=uuid.uuid4(), tenant_id=message.tenant_id, message_id=message.message_id,
                endpoint_id=endpoint_id, state="waiting", attempts=0, next_attempt_at=now, created_at=now,
            )  # fmt: skip
            session.execute(delivery.on_conflict_do_nothing(index_elements=["message_id", "endpoint_id"]))
        message.spread_at = now
    return len(messages)


def take_due(session: Session, now: int, lease_seconds: int, limit: int) -> list[Due]:
    """Take deliveries that are due: to endpoints that answer first, then oldest first.

    However much waits for an endpoint that takes its time to fail, nobody else's waits behind it. A worker that dies
    leaves what it took to others when the lease ends.
    """
    due = (
        select(WebhookDeliveryRow.delivery_id)
        .join(WebhookEndpointRow, WebhookEndpointRow.endpoint_id == WebhookDeliveryRow.endpoint_id)
        .where(
            WebhookDeliveryRow.state == "waiting", WebhookDeliveryRow.next_attempt_at <= now, WebhookEndpointRow.enabled
        )
        .order_by(WebhookEndpointRow.failing_since.is_not(None), WebhookDeliveryRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=WebhookDeliveryRow)
    )
    ids = session.scalars(due).all()
    taken = session.scalars(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.delivery_id.in_(ids))
        .values(attempts=WebhookDeliveryRow.attempts + 1, next_attempt_at=now + lease_seconds)
        .returning(WebhookDeliveryRow)
    ).all()
    return [Due(d.delivery_id, d.tenant_id, d.message_id, d.endpoint_id, d.attempts) for d in taken]


def add_attempt(
    session: Session, due: Due, now: int, milliseconds: int, status: int | None, failure: str | None
) -> None:  # fmt: skip
    """A line of the delivery log."""
    session.execute(
        insert(WebhookAttemptRow).values(
            attempt_id=uuid.uuid4(), tenant_id=due.tenant_id, delivery_id=due.delivery_id, attempted_at=now,
            milliseconds=milliseconds, status=status, failure=failure,
        )
    )  # fmt: skip


def set_delivery(session: Session, delivery_id: uuid.UUID, state: str, next_attempt_at: int) -> None:
    """How a delivery stands now."""
    session.execute(
        update(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.delivery_id == delivery_id)
        .values(state=state, next_attempt_at=next_attempt_at)
    )


def endpoint(session: Session, endpoint_id: uuid.UUID, *, lock: bool = False) -> WebhookEndpointRow | None:
    """One endpoint the transaction may see, locked against other writers when asked for."""
    query = select(WebhookEndpointRow).where(WebhookEndpointRow.endpoint_id == endpoint_id)
    return session.scalar(query.with_for_update() if lock else query)


def endpoints(session: Session, tenant_id: uuid.UUID) -> Sequence[WebhookEndpointRow]:
    """A tenant's endpoints, oldest first."""
    query = select(WebhookEndpointRow).where(WebhookEndpointRow.tenant_id == tenant_id)
    return session.scalars(query.order_by(WebhookEndpointRow.created_at, WebhookEndpointRow.endpoint_id)).all()


def secrets_of(session: Session, endpoint_id: uuid.UUID, now: int) -> Sequence[WebhookSecretRow]:
    """Secrets good now, newest first."""
    query = select(WebhookSecretRow).where(
        WebhookSecretRow.endpoint_id == endpoint_id,
        or_(WebhookSecretRow.good_until.is_(None), WebhookSecretRow.good_until > now),
    )
    return session.scalars(query.order_by(WebhookSecretRow.created_at.desc(), WebhookSecretRow.secret_id)).all()


def message(session: Session, message_id: uuid.UUID) -> WebhookMessageRow:
    """One message."""
    return session.get_one(WebhookMessageRow, message_id)


def delivery(session: Session, delivery_id: uuid.UUID, *, lock: bool = False) -> WebhookDeliveryRow | None:
    """One delivery the transaction may see."""
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.delivery_id == delivery_id)
    return session.scalar(query.with_for_update() if lock else query)


def deliveries(
    session: Session, endpoint_id: uuid.UUID, after: tuple[int, uuid.UUID] | None, limit: int
) -> list[tuple[WebhookDeliveryRow, WebhookMessageRow]]:
    """An endpoint's deliveries with their messages, oldest first; `after` is the last one's (created_at, id)."""
    query = (
        select(WebhookDeliveryRow, WebhookMessageRow)
        .join(WebhookMessageRow, WebhookMessageRow.message_id == WebhookDeliveryRow.message_id)
        .where(WebhookDeliveryRow.endpoint_id == endpoint_id)
    )
    key = (WebhookDeliveryRow.created_at, WebhookDeliveryRow.delivery_id)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(literal(after[0], BigInteger), literal(after[1], UUID(as_uuid=True))))
    return [(d, m) for d, m in session.execute(query.order_by(*key).limit(limit))]


def attempts(session: Session, delivery_ids: Sequence[uuid.UUID]) -> Sequence[WebhookAttemptRow]:
    """Attempts of deliveries, oldest first."""
    query = select(WebhookAttemptRow).where(WebhookAttemptRow.delivery_id.in_(delivery_ids))
    return session.scalars(query.order_by(WebhookAttemptRow.attempted_at, WebhookAttemptRow.attempt_id)).all()


def count_endpoints(session: Session, tenant_id: uuid.UUID) -> int:
    """How many endpoints a tenant has."""
    query = select(func.count()).select_from(WebhookEndpointRow).where(WebhookEndpointRow.tenant_id == tenant_id)
    return session.scalar(query) or 0
