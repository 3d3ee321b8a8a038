"""Signing secrets and signatures, as standardwebhooks.com describes them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

SECRET_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def make_secret() -> str:
    """A new secret, as the receiver is given it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(signing_secrets: Sequence[str], message_id: str, body: str, now: int) -> dict[str, str]:
    """Headers of a delivery: one signature a secret, so that either verifies while they are exchanged.

    Args:
        now: Unix seconds; receivers refuse what is five minutes off.
    """
    at = datetime.fromtimestamp(now, UTC)
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in signing_secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Quittance-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signatures),
    }
