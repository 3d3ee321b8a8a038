"""How messages get to endpoints: spread, sent, tried again for days, and given up.

At least once, in no promised order: a receiver tells repeats by `webhook-id`. Several workers share the work; what a
dead one had taken is taken again when its lease ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.database import Database
from backend.http.server_key import SealBroken, ServerKey
from backend.webhooks import repository, sealed_secrets
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit
from backend.webhooks.models import WebhookEndpointRow
from backend.webhooks.repository import Due
from backend.webhooks.sending import TIMEOUT_SECONDS, Attempted, Sender
from backend.webhooks.signing import signed_headers

log = structlog.get_logger()

RETRY_SECONDS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses after the first, second … failed attempt: ten attempts within some 75 hours."""
JITTER: Final = 0.2
DISABLED_AFTER_SECONDS: Final = 5 * 86_400
LEASE_SECONDS: Final = int(TIMEOUT_SECONDS * 4)
BATCH: Final = 20
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What goes out: read under the lease, sent without a transaction."""

    due: Due
    url: str
    body: str
    secrets: list[str]


@dataclass(frozen=True, slots=True)
class Postman:
    """One worker. `clock` gives unix seconds; `chance` draws jitter."""

    database: Database
    sender: Sender
    server_key: ServerKey
    clock: Callable[[], int]
    chance: random.Random = field(default_factory=random.SystemRandom)

    def step(self) -> bool:
        """Spread what is new and attempt what is due. Returns whether there was nothing to do."""
        now = self.clock()
        with self.database.every_tenant() as session:
            spread = repository.spread(session, now, BATCH)
        with self.database.every_tenant() as session:
            parcels = [self._parcel(session, due, now) for due in self._take(session, now)]
        for parcel in parcels:
            self._attempt(parcel)
        return not spread and not parcels

    def _take(self, session: Session, now: int) -> list[Due]:
        return repository.take_due(session, now, LEASE_SECONDS, 1)

    def _parcel(self, session: Session, due: Due, now: int) -> _Parcel:
        endpoint = repository.endpoint(session, due.endpoint_id)
        assert endpoint is not None  # a delivery leaves with its endpoint
        body = repository.message(session, due.message_id).body
        try:
            secrets = sealed_secrets.opened(session, self.server_key, due.endpoint_id, now)
        except SealBroken:
            secrets = []
        return _Parcel(due, endpoint.url, body, secrets)

    def _attempt(self, parcel: _Parcel) -> None:
        now = self.clock()
        if parcel.secrets:
            headers = signed_headers(parcel.secrets, f"msg_{parcel.due.message_id.hex}", parcel.body, now)
            found = self.sender.send(parcel.url, headers, parcel.body.encode())
        else:
            found = Attempted(None, "no signing secret opens with this server's key: rotate it", 0)
        with self.database.every_tenant() as session:
            self._note(session, parcel.due, found, self.clock())

    def _note(self, session: Session, due: Due, found: Attempted, now: int) -> None:
        endpoint = repository.endpoint(session, due.endpoint_id, lock=True)
        if endpoint is None or repository.delivery(session, due.delivery_id, lock=True) is None:
            return  # taken away meanwhile
        repository.add_attempt(session, due, now, found.milliseconds, found.status, found.failure)
        if found.succeeded:
            repository.set_delivery(session, due.delivery_id, DELIVERED, now)
            endpoint.failing_since = None
            return
        log.warning("webhook.failed", delivery_id=str(due.delivery_id), attempt=due.attempts, status=found.status)
        pause = self._pause(due.attempts, found.wait_seconds)
        state = WAITING if pause is not None else GIVEN_UP
        repository.set_delivery(session, due.delivery_id, state, now + (pause or 0))
        self._note_failing(session, endpoint, found, now)

    def _pause(self, attempts: int, asked: int) -> int | None:
        """Seconds to the next attempt; None when there is none."""
        if attempts > len(RETRY_SECONDS):
            return None
        usual = RETRY_SECONDS[attempts - 1] * (1 + JITTER * self.chance.random())
        return max(int(usual), asked)

    def _note_failing(self, session: Session, endpoint: WebhookEndpointRow, found: Attempted, now: int) -> None:
        endpoint.failing_since = endpoint.failing_since or now
        if not endpoint.enabled:
            return
        if found.gone:
            _disable(session, endpoint, "the receiver answered 410 Gone", now)
        elif now - endpoint.failing_since >= DISABLED_AFTER_SECONDS:
            _disable(session, endpoint, f"no delivery succeeded for {DISABLED_AFTER_SECONDS // 86_400} days", now)


def _disable(session: Session, endpoint: WebhookEndpointRow, reason: str, now: int) -> None:
    """Deliver no more to it, and tell the tenant's other endpoints."""
    endpoint.enabled = False
    endpoint.disabled_reason = reason
    endpoint.version += 1
    data = {"endpoint_id": str(endpoint.endpoint_id), "reason": reason}
    emit(session, endpoint.tenant_id, EventType.WEBHOOK_ENDPOINT_DISABLED, data, now=now)
    log.error("webhook.endpoint_disabled", endpoint_id=str(endpoint.endpoint_id), reason=reason)
