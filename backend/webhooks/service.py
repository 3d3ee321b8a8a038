"""Use cases of webhooks: endpoints and their secrets, tries, redelivery. The caller owns the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.http.preconditions import require_match
from backend.http.server_key import ServerKey
from backend.problems import Problem
from backend.webhooks import repository, sealed_secrets
from backend.webhooks.addresses import AddressRefused, check_url
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit
from backend.webhooks.models import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow
from backend.webhooks.schemas import EndpointChange, EndpointRequest

log = structlog.get_logger()
MOST_ENDPOINTS = 50


@dataclass(frozen=True, slots=True)
class Desk:
    """What the use cases work with. `now`: unix seconds of the wall clock."""

    session: Session
    tenant_id: uuid.UUID
    server_key: ServerKey
    now: int
    allow_loopback: bool


@dataclass(frozen=True, slots=True)
class Logged:
    """A delivery with its message and its attempts."""

    delivery: WebhookDeliveryRow
    message: WebhookMessageRow
    attempts: Sequence[WebhookAttemptRow]


def register(desk: Desk, wanted: EndpointRequest) -> tuple[WebhookEndpointRow, str]:
    """A new endpoint, and its secret in the clear.

    Raises:
        Problem: `webhook_url_refused`, `too_many_endpoints`.
    """
    _check_url(desk, wanted.url)
    if repository.count_endpoints(desk.session, desk.tenant_id) >= MOST_ENDPOINTS:
        raise Problem("too_many_endpoints", most=MOST_ENDPOINTS)
    row = WebhookEndpointRow(
        endpoint_id=uuid.uuid4(), tenant_id=desk.tenant_id, url=wanted.url, description=wanted.description,
        event_types=[str(kind) for kind in wanted.event_types], enabled=True, version=1, failing_since=None,
        disabled_reason=None, created_at=desk.now,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    secret = sealed_secrets.add(desk.session, desk.server_key, desk.tenant_id, row.endpoint_id, desk.now)
    log.info("webhook.registered", endpoint_id=str(row.endpoint_id))
    return row, secret


def get(desk: Desk, endpoint_id: uuid.UUID, *, lock: bool = False) -> WebhookEndpointRow:
    """One endpoint of the tenant.

    Raises:
        Problem: `webhook_endpoint_unknown`.
    """
    found = repository.endpoint(desk.session, endpoint_id, lock=lock)
    if found is None or found.tenant_id != desk.tenant_id:
        raise Problem("webhook_endpoint_unknown")
    return found


def listed(desk: Desk) -> Sequence[WebhookEndpointRow]:
    """All endpoints of the tenant."""
    return repository.endpoints(desk.session, desk.tenant_id)


def change(desk: Desk, endpoint_id: uuid.UUID, wanted: EndpointChange, if_match: str) -> WebhookEndpointRow:
    """Change an endpoint.

    Raises:
        Problem: `webhook_endpoint_unknown`, `precondition_failed`, `webhook_url_refused`.
    """
    row = get(desk, endpoint_id, lock=True)
    require_match(if_match, row.version)
    if wanted.url is not None:
        _check_url(desk, wanted.url)
        row.url = wanted.url
    if wanted.event_types is not None:
        row.event_types = [str(kind) for kind in wanted.event_types]
    if wanted.description is not None:
        row.description = wanted.description
    if wanted.enabled is not None:
        row.enabled = wanted.enabled
        row.failing_since = row.disabled_reason = None
    row.version += 1
    desk.session.flush()
    log.info("webhook.changed", endpoint_id=str(endpoint_id), version=row.version)
    return row


def remove(desk: Desk, endpoint_id: uuid.UUID, if_match: str) -> None:
    """Remove an endpoint with its secrets, deliveries and log.

    Raises:
        Problem: `webhook_endpoint_unknown`, `precondition_failed`.
    """
    row = get(desk, endpoint_id, lock=True)
    require_match(if_match, row.version)
    desk.session.delete(row)
    log.info("webhook.removed", endpoint_id=str(endpoint_id))


def rotate(desk: Desk, endpoint_id: uuid.UUID, overlap_seconds: int) -> tuple[str, int]:
    """A new secret; the old ones stay good for the overlap. Returns it, and when they end.

    Raises:
        Problem: `webhook_endpoint_unknown`.
    """
    get(desk, endpoint_id, lock=True)
    until = sealed_secrets.retire(desk.session, endpoint_id, desk.now, overlap_seconds)
    secret = sealed_secrets.add(desk.session, desk.server_key, desk.tenant_id, endpoint_id, desk.now)
    log.info("webhook.secret_rotated", endpoint_id=str(endpoint_id))
    return secret, until


def send_test(desk: Desk, endpoint_id: uuid.UUID) -> uuid.UUID:
    """Try an endpoint with a message of its own. Returns the message's id.

    Raises:
        Problem: `webhook_endpoint_unknown`, `webhook_endpoint_disabled`.
    """
    _require_enabled(get(desk, endpoint_id))
    data = {"endpoint_id": str(endpoint_id)}
    return emit(
        desk.session, desk.tenant_id, EventType.WEBHOOK_TEST, data, now=desk.now, only_endpoint=endpoint_id
    )  # fmt: skip


def deliveries(
    desk: Desk, endpoint_id: uuid.UUID, after: tuple[int, uuid.UUID] | None, limit: int
) -> list[Logged]:  # fmt: skip
    """The delivery log of an endpoint.

    Raises:
        Problem: `webhook_endpoint_unknown`.
    """
    get(desk, endpoint_id)
    found = repository.deliveries(desk.session, endpoint_id, after, limit)
    return _with_attempts(desk.session, found)


def redeliver(desk: Desk, delivery_id: uuid.UUID) -> Logged:
    """Put a delivery back on its way, with the same webhook-id and all its attempts before it.

    Raises:
        Problem: `webhook_delivery_unknown`, `webhook_endpoint_disabled`.
    """
    row = repository.delivery(desk.session, delivery_id, lock=True)
    if row is None or row.tenant_id != desk.tenant_id:
        raise Problem("webhook_delivery_unknown")
    _require_enabled(get(desk, row.endpoint_id))
    row.state, row.attempts, row.next_attempt_at = "waiting", 0, desk.now
    desk.session.flush()
    return _with_attempts(desk.session, [(row, repository.message(desk.session, row.message_id))])[0]


def _with_attempts(
    session: Session, found: Sequence[tuple[WebhookDeliveryRow, WebhookMessageRow]]
) -> list[Logged]:  # fmt: skip
    attempts: dict[uuid.UUID, list[WebhookAttemptRow]] = {row.delivery_id: [] for row, _ in found}
    for attempt in repository.attempts(session, list(attempts)):
        attempts[attempt.delivery_id].append(attempt)
    return [Logged(row, message, attempts[row.delivery_id]) for row, message in found]


def _require_enabled(endpoint: WebhookEndpointRow) -> None:
    if not endpoint.enabled:
        raise Problem("webhook_endpoint_disabled")


def _check_url(desk: Desk, url: str) -> None:
    try:
        check_url(url, allow_loopback=desk.allow_loopback)
    except AddressRefused as error:
        raise Problem("webhook_url_refused", str(error)) from error
