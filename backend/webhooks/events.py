"""What is told by webhook. A message holds ids only, never personal data: its reader asks the API for the rest."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from backend.webhooks import repository


class EventType(StrEnum):
    """Every type of event that is told. Whoever tells a new one adds a line here and a sentence to `MEANING`."""

    ACCEPTANCE_TAKEN = "acceptance.taken"
    WEBHOOK_ENDPOINT_DISABLED = "webhook.endpoint_disabled"
    WEBHOOK_TEST = "webhook.test"


MEANING: Mapping[EventType, str] = {
    EventType.ACCEPTANCE_TAKEN: "A holder accepted a quote; it will be bound on the chain.",
    EventType.WEBHOOK_ENDPOINT_DISABLED: "An endpoint failed for days, or said that it is gone, and gets no more.",
    EventType.WEBHOOK_TEST: "Sent on request, to try an endpoint.",
}


def emit(
    session: Session, tenant_id: uuid.UUID, event_type: EventType, data: Mapping[str, str | int | bool | None], *,
    now: int, only_endpoint: uuid.UUID | None = None,
) -> uuid.UUID:  # fmt: skip
    """Tell a tenant's endpoints, in the transaction of what happened: both are there afterwards, or neither.

    Args:
        data: Ids, codes and amounts. Nothing personal.
        now: Unix seconds of the wall clock.
    Returns:
        The message's id, the same in every delivery of it.
    """
    message_id = uuid.uuid4()
    at = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
    body = json.dumps({"type": event_type.value, "timestamp": at, "data": dict(data)}, separators=(",", ":"))
    repository.add_message(session, tenant_id, message_id, event_type.value, body, now, only_endpoint)
    return message_id
