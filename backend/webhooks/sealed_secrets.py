"""Signing secrets of an endpoint: made, sealed with the server's key, exchanged with an overlap."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy.orm import Session

from backend.http.server_key import ServerKey
from backend.webhooks import repository
from backend.webhooks.models import WebhookSecretRow
from backend.webhooks.signing import make_secret

_PURPOSE: Final = "webhook-secret"


def add(session: Session, server_key: ServerKey, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, now: int) -> str:
    """Make a secret for an endpoint. Returns it in the clear, for the one answer that tells it."""
    secret, secret_id = make_secret(), uuid.uuid4()
    sealed = server_key.seal(_PURPOSE, secret.encode(), about=secret_id.bytes + endpoint_id.bytes)
    session.add(
        WebhookSecretRow(
            secret_id=secret_id, tenant_id=tenant_id, endpoint_id=endpoint_id, sealed=sealed, created_at=now,
            good_until=None,
        )
    )  # fmt: skip
    session.flush()
    return secret


def opened(session: Session, server_key: ServerKey, endpoint_id: uuid.UUID, now: int) -> list[str]:
    """Secrets good now, newest first.

    Raises:
        SealBroken: The server's key was changed since.
    """
    return [
        server_key.open(_PURPOSE, row.sealed, about=row.secret_id.bytes + endpoint_id.bytes).decode()
        for row in repository.secrets_of(session, endpoint_id, now)
    ]


def retire(session: Session, endpoint_id: uuid.UUID, now: int, overlap_seconds: int) -> int:
    """Let the present secrets end after the overlap; those that end sooner stay so. Returns when they end."""
    until = now + overlap_seconds
    for row in repository.secrets_of(session, endpoint_id, now):
        row.good_until = min(row.good_until or until, until)
    session.flush()
    return until
