"""Tells what happened. A message holds ids only, never personal data: its reader asks the API for the rest."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from backend.webhooks import repository
from backend.webhooks.event_types import EventType


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
