"""What is told by webhook."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


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
