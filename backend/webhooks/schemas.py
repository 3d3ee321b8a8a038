"""Webhooks in and out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.fields import Input, NextCursor, View
from backend.webhooks.event_types import EventType

_URL = "https://hooks.example.org/quittance"
Url = Annotated[str, Field(min_length=8, max_length=2000, description="https only.", examples=[_URL])]
Description = Annotated[str, Field(max_length=200, description="For you.", examples=["Claims desk"])]
EventTypes = Annotated[
    tuple[Annotated[EventType, Field(strict=False)], ...],
    Field(
        max_length=50, strict=False, description="What to be told of; empty: everything.", examples=[["webhook.test"]]
    ),
]
WallSeconds = Annotated[int, Field(ge=0, lt=1 << 40, description="Unix seconds.", examples=[1_790_000_000])]


class EndpointRequest(Input):
    """Where to be told, and of what."""

    url: Url
    event_types: EventTypes = ()
    description: Description = ""


class EndpointChange(Input):
    """What to change; what is left out stays. `enabled: true` takes an endpoint up again that was disabled."""

    url: Url | None = None
    event_types: EventTypes | None = None
    description: Description | None = None
    enabled: bool | None = None


class RotationRequest(Input):
    """How long the old secrets stay good beside the new one."""

    overlap_seconds: Annotated[int, Field(ge=0, le=7 * 86_400, examples=[86_400])] = 86_400


class EndpointView(View):
    """An endpoint. Its version is its ETag."""

    endpoint_id: UUID
    url: Url
    event_types: list[EventType]
    description: Description
    enabled: bool
    failing_since: WallSeconds | None = Field(description="Since when no delivery succeeded; null: it works.")
    disabled_reason: str | None = Field(description="Why we disabled it; null when we did not.", examples=[None])
    created_at: WallSeconds
    version: int = Field(ge=1)


class EndpointList(View):
    """All endpoints of the insurer, oldest first."""

    endpoints: list[EndpointView]


class EndpointWithSecret(View):
    """A new endpoint with the secret that signs to it: told in this answer only."""

    endpoint: EndpointView
    secret: str = Field(
        description="Verifies signatures, see standardwebhooks.com.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class SecretView(View):
    """A new secret, and until when the old ones are good as well."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    old_good_until: WallSeconds


class AttemptView(View):
    """One try."""

    attempted_at: WallSeconds
    status: int | None = Field(description="What the receiver answered; null when it did not.", examples=[204])
    failure: str | None = Field(description="Why there was no answer.", examples=[None])
    milliseconds: int = Field(ge=0)


class DeliveryView(View):
    """A message on its way to the endpoint, or there."""

    delivery_id: UUID
    webhook_id: str = Field(description="Header webhook-id, the same in every attempt.", examples=["msg_5f0c1d"])
    event_type: EventType
    state: str = Field(description="waiting, delivered or given_up", examples=["delivered"])
    next_attempt_at: WallSeconds | None = Field(description="Null unless it is waiting.")
    created_at: WallSeconds
    attempts: list[AttemptView]


class DeliveryPage(View):
    """Deliveries, oldest first."""

    deliveries: list[DeliveryView]
    next_cursor: NextCursor


class EventTypeView(View):
    """A type of event."""

    event_type: EventType
    meaning: str = Field(examples=["Sent on request, to try an endpoint."])


class EventTypeList(View):
    """All types of events."""

    event_types: list[EventTypeView]


class TestSent(View):
    """The message that tries the endpoint."""

    webhook_id: str = Field(examples=["msg_5f0c1d"])
