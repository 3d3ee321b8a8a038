"""Rows of people and their accounts, for the trial of the API."""

from __future__ import annotations

import base64
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from backend.dependencies import ServiceSet
from backend.identity.api_keys.models import ApiKeyRow
from backend.identity.attempts.models import AlertRow
from backend.identity.grants.models import GrantRow
from backend.identity.passkeys.models import PasskeyRow
from backend.identity.sessions.models import SessionRow
from backend.identity.wallets.models import WalletRow
from domain.hashing import checksum_address
from scripts.access_shelf import Keeper, Row, Shelf, keep
from scripts.access_table import NOW


def address_of(person_id: UUID) -> str:
    """The e-mail the trial gives a person."""
    return f"person-{person_id.int:x}@example.org"


def _person(_services: ServiceSet, _session: Session, keeper: Keeper) -> Row:
    """The person, who is there already. Ids of persons stand in much; the address is theirs alone."""
    return Row({"person_id": str(keeper.person_id)}, marks=frozenset({address_of(keeper.person_id)}))


def _grant(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A role somebody has to approve yet."""
    keep(
        session, GrantRow, grant_id=keeper.id_of("grant"), tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        role="adjuster", source="person", granted_at=NOW,
    )  # fmt: skip
    return Row({"grant_id": str(keeper.id_of("grant"))})


def _session(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, SessionRow, session_id=keeper.id_of("session"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, digest=keeper.hash, method="password", pending=False, created_at=NOW,
        last_seen_at=NOW, idle_seconds=60, expires_at=NOW + 60,
    )  # fmt: skip
    return Row({"session_id": str(keeper.id_of("session"))})


def _passkey(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, PasskeyRow, credential_id=keeper.hash, tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        public_key=b"none", sign_count=0, label="phone", backed_up=False, created_at=NOW,
    )  # fmt: skip
    return Row({"credential_id": base64.urlsafe_b64encode(keeper.hash).decode().rstrip("=")})


def _wallet(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, WalletRow, tenant_id=keeper.tenant_id, address=checksum_address(keeper.address),
        person_id=keeper.person_id, linked_at=NOW,
    )  # fmt: skip
    return Row({"address": checksum_address(keeper.address)})


def _api_key(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, ApiKeyRow, key_id=keeper.id_of("key"), tenant_id=keeper.tenant_id, label="node", prefix="qk",
        digest=keeper.hash, roles=["oracle_node"], scopes=["quotes.*"], made_at=NOW, expires_at=NOW + 60,
    )  # fmt: skip
    return Row({"key_id": str(keeper.id_of("key"))})


def _alert(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, AlertRow, alert_id=keeper.id_of("alert"), tenant_id=keeper.tenant_id, person_id=keeper.person_id,
        kind="guessing", raised_at=NOW,
    )  # fmt: skip
    return Row({}, marks=frozenset({str(keeper.id_of("alert"))}))


ACCOUNTS_STOCK: Final[tuple[Shelf, ...]] = (
    Shelf(
        (
            "people.read", "people.disable", "people.enable", "people.recover", "restrictions.impose",
            "restrictions.lift", "erasures.make", "underwriting.set_licence", "underwriting.licence",
        ),
        _person, ("people.list",),
    ),
    Shelf(("grants.approve", "grants.revoke"), _grant, ("grants.list",)),
    Shelf(("sessions.end",), _session),
    Shelf(("passkeys.remove",), _passkey, ("passkeys.list",)),
    Shelf(("wallets.unlink",), _wallet, ("wallets.list",)),
    Shelf(("api_keys.rotate", "api_keys.revoke"), _api_key, ("api_keys.list",), of_persons=False),
    Shelf((), _alert, ("security_alerts.list",)),
)  # fmt: skip
"""Persons, their roles, sessions, passkeys and wallets; keys of machines."""
