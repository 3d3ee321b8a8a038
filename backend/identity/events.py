"""What changes about how somebody signs in; the person is told of it."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session


class SecurityEvent(StrEnum):
    """What happened to an account."""

    PASSWORD_CHANGED = "password_changed"
    PASSWORD_SET_BY_LINK = "password_set_by_link"
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    CODES_RENEWED = "codes_renewed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    WALLET_LINKED = "wallet_linked"
    WALLET_UNLINKED = "wallet_unlinked"
    PROVIDER_LINKED = "provider_linked"
    API_KEY_MADE = "api_key_made"
    ACCOUNT_RECOVERED = "account_recovered"


class Tells(Protocol):
    """Tells a person what happened to their account, in the transaction in which it did."""

    def __call__(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, event: SecurityEvent, /) -> None:
        """Tell, soon after the transaction commits."""
        ...


def tell_nobody(_session: Session, _tenant_id: uuid.UUID, _person_id: uuid.UUID, _event: SecurityEvent, /) -> None:
    """For a house that keeps no vault, so that no notice can be written: the audit log has it."""
