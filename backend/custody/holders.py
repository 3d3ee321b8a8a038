"""Signing for a holder whose key is kept here, for subjects that otherwise take a wallet's signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.custody import service
from backend.custody.service import CustodyDesk
from backend.problems import Problem


def sign_for(session: Session, desk: CustodyDesk | None, principal: Principal, typed_data: Mapping[str, Any]) -> bytes:
    """The asker's own signature under a document of ours.

    Raises:
        Problem: `key_missing`, `unauthenticated`, and what custody refuses with.
    """
    if desk is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE")
    if principal.principal_id is None:
        raise Problem("unauthenticated", "Sign in to sign.")
    return service.sign(session, desk, principal, principal.principal_id, typed_data)
