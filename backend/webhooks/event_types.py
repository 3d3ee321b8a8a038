"""What is told by webhook."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class EventType(StrEnum):
    """Every type of event that is told. Whoever tells a new one adds a line here and a sentence to `MEANING`."""

    ACCEPTANCE_TAKEN = "acceptance.taken"
    CLAIM_AWARDED = "claim.awarded"
    CLAIM_CLOSED = "claim.closed"
    CLAIM_DECIDED = "claim.decided"
    CLAIM_DISPUTED = "claim.disputed"
    CLAIM_ESCALATED = "claim.escalated"
    CLAIM_NOTICED = "claim.noticed"
    CLAIM_PAID = "claim.paid"
    CLAIM_REFERRED = "claim.referred"
    CLAIM_REOPENED = "claim.reopened"
    WEBHOOK_ENDPOINT_DISABLED = "webhook.endpoint_disabled"
    WEBHOOK_TEST = "webhook.test"


MEANING: Mapping[EventType, str] = {
    EventType.ACCEPTANCE_TAKEN: "A holder accepted a quote; it will be bound on the chain.",
    EventType.CLAIM_AWARDED: "The panel decided a dispute; `amount`: what it grants.",
    EventType.CLAIM_CLOSED: "A claim is closed; `amount`: what was paid on it.",
    EventType.CLAIM_DECIDED: "A claim was decided; `amount`: what is granted.",
    EventType.CLAIM_DISPUTED: "A claimant disputes a decision; `amount`: the difference.",
    EventType.CLAIM_ESCALATED: "A claimant brings a claim to the panel, as the insurer was silent; `amount`: disputed.",
    EventType.CLAIM_NOTICED: "Notice of a claim was taken on the chain; `amount`: what is claimed.",
    EventType.CLAIM_PAID: "Indemnity left the treasury; `amount`: indemnity, `interest`: beside it.",
    EventType.CLAIM_REFERRED: "A claim, or the rest of one, is left to an adjuster; `amount`: its case reserve.",
    EventType.CLAIM_REOPENED: "A claim takes the place of `superseded_claim_id`; `amount`: what was paid on that.",
    EventType.WEBHOOK_ENDPOINT_DISABLED: "An endpoint failed for days, or said that it is gone, and gets no more.",
    EventType.WEBHOOK_TEST: "Sent on request, to try an endpoint.",
}
