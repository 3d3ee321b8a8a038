"""HTTP for webhooks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from backend.access.permit import Permit, Public
from backend.dependencies import Asker, Services, Transaction
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.preconditions import IfMatch, set_etag
from backend.http.routes import api_router
from backend.problems import Problem
from backend.webhooks import service
from backend.webhooks.event_types import MEANING, EventType
from backend.webhooks.models import WebhookAttemptRow, WebhookEndpointRow
from backend.webhooks.schemas import (
    AttemptView,
    DeliveryPage,
    DeliveryView,
    EndpointChange,
    EndpointList,
    EndpointRequest,
    EndpointView,
    EndpointWithSecret,
    EventTypeList,
    EventTypeView,
    RotationRequest,
    SecretView,
    TestSent,
)
from backend.webhooks.service import Desk, Logged

router = api_router("webhooks")


def _desk(session: Transaction, services: Services, principal: Asker) -> Desk:
    if principal.tenant_id is None:
        raise Problem("forbidden")
    return Desk(
        session, principal.tenant_id, services.server_key, services.clock(),
        allow_loopback=services.settings.webhooks_to_loopback,
    )  # fmt: skip


AtDesk = Annotated[Desk, Depends(_desk)]


@router.get(
    "/webhook-event-types", operation_id="webhooks.event_types", dependencies=[Public("webhooks.event_types")]
)  # fmt: skip
def list_event_types() -> EventTypeList:
    """Everything that is told by webhook."""
    return EventTypeList(event_types=[EventTypeView(event_type=kind, meaning=MEANING[kind]) for kind in EventType])


@router.get("/webhook-endpoints", operation_id="webhooks.list", dependencies=[Permit("webhooks.list")])
def list_endpoints(desk: AtDesk) -> EndpointList:
    """The insurer's endpoints, oldest first."""
    return EndpointList(endpoints=[_endpoint(row) for row in service.listed(desk)])


@router.post(
    "/webhook-endpoints", status_code=201, operation_id="webhooks.register",
    dependencies=[Permit("webhooks.register"), IdempotencyKey],
)  # fmt: skip
def register(body: EndpointRequest, desk: AtDesk, response: Response) -> EndpointWithSecret:
    """Register an endpoint. Its secret is in this answer and nowhere else."""
    row, secret = service.register(desk, body)
    set_etag(response, row.version)
    return EndpointWithSecret(endpoint=_endpoint(row), secret=secret)


@router.get("/webhook-endpoints/{endpoint_id}", operation_id="webhooks.read", dependencies=[Permit("webhooks.read")])
def get_endpoint(endpoint_id: UUID, desk: AtDesk, response: Response) -> EndpointView:
    """One endpoint. Its ETag is its version, for changes."""
    row = service.get(desk, endpoint_id)
    set_etag(response, row.version)
    return _endpoint(row)


@router.patch(
    "/webhook-endpoints/{endpoint_id}", operation_id="webhooks.change",
    dependencies=[Permit("webhooks.change"), IdempotencyKey],
)  # fmt: skip
def change(
    endpoint_id: UUID, body: EndpointChange, if_match: IfMatch, desk: AtDesk, response: Response
) -> EndpointView:  # fmt: skip
    """Change an endpoint: address, events, description, or take it up again."""
    row = service.change(desk, endpoint_id, body, if_match)
    set_etag(response, row.version)
    return _endpoint(row)


@router.delete(
    "/webhook-endpoints/{endpoint_id}", status_code=204, operation_id="webhooks.remove",
    dependencies=[Permit("webhooks.remove"), IdempotencyKey],
)  # fmt: skip
def remove(endpoint_id: UUID, if_match: IfMatch, desk: AtDesk) -> Response:
    """Remove an endpoint with its delivery log."""
    service.remove(desk, endpoint_id, if_match)
    return Response(status_code=204)


@router.post(
    "/webhook-endpoints/{endpoint_id}/secrets", status_code=201, operation_id="webhooks.rotate",
    dependencies=[Permit("webhooks.rotate"), IdempotencyKey],
)  # fmt: skip
def rotate(endpoint_id: UUID, body: RotationRequest, desk: AtDesk) -> SecretView:
    """A new signing secret; deliveries carry signatures of the old ones too until these end."""
    secret, until = service.rotate(desk, endpoint_id, body.overlap_seconds)
    return SecretView(secret=secret, old_good_until=until)


@router.post(
    "/webhook-endpoints/{endpoint_id}/tests", status_code=202, operation_id="webhooks.try",
    dependencies=[Permit("webhooks.try"), IdempotencyKey],
)  # fmt: skip
def try_endpoint(endpoint_id: UUID, desk: AtDesk) -> TestSent:
    """Send `webhook.test` to this endpoint alone."""
    return TestSent(webhook_id=f"msg_{service.send_test(desk, endpoint_id).hex}")


@router.get(
    "/webhook-endpoints/{endpoint_id}/deliveries", operation_id="webhooks.deliveries",
    dependencies=[Permit("webhooks.deliveries")],
)  # fmt: skip
def list_deliveries(endpoint_id: UUID, desk: AtDesk, page: PageAsked) -> DeliveryPage:
    """The delivery log of an endpoint, oldest first, with every attempt."""
    after = (int(page.position[0]), UUID(str(page.position[1]))) if page.position else None
    found = service.deliveries(desk, endpoint_id, after, page.limit)
    last = (found[-1].delivery.created_at, str(found[-1].delivery.delivery_id)) if found else None
    return DeliveryPage(
        deliveries=[_delivery(logged) for logged in found], next_cursor=page.next_cursor(len(found), last)
    )  # fmt: skip


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliveries", status_code=202, operation_id="webhooks.redeliver",
    dependencies=[Permit("webhooks.redeliver"), IdempotencyKey],
)  # fmt: skip
def redeliver(delivery_id: UUID, desk: AtDesk) -> DeliveryView:
    """Deliver a message once more, under the same webhook-id."""
    return _delivery(service.redeliver(desk, delivery_id))


def _endpoint(row: WebhookEndpointRow) -> EndpointView:
    return EndpointView(
        endpoint_id=row.endpoint_id, url=row.url, event_types=[EventType(kind) for kind in row.event_types],
        description=row.description, enabled=row.enabled, failing_since=row.failing_since,
        disabled_reason=row.disabled_reason, created_at=row.created_at, version=row.version,
    )  # fmt: skip


def _delivery(logged: Logged) -> DeliveryView:
    row = logged.delivery
    return DeliveryView(
        delivery_id=row.delivery_id, webhook_id=f"msg_{row.message_id.hex}",
        event_type=EventType(logged.message.event_type), state=row.state,
        next_attempt_at=row.next_attempt_at if row.state == "waiting" else None, created_at=row.created_at,
        attempts=[_attempt(attempt) for attempt in logged.attempts],
    )  # fmt: skip


def _attempt(row: WebhookAttemptRow) -> AttemptView:
    return AttemptView(
        attempted_at=row.attempted_at, status=row.status, failure=row.failure, milliseconds=row.milliseconds
    )  # fmt: skip
