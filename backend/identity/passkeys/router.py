"""HTTP for the asker's passkeys."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import Path

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.http.routes import api_router, without_key
from backend.identity.entrance import IdentityDesk, person_of, require_recent_factor
from backend.identity.events import SecurityEvent
from backend.identity.passkeys import service
from backend.identity.passkeys.repository import Passkey
from backend.identity.passkeys.schemas import PasskeyList, PasskeyOptionsView, PasskeyRegistration, PasskeyView
from backend.identity.people import service as people

_ONCE = without_key("A challenge counts once, and removing twice changes nothing.")
router = api_router("second factors", "/v1/passkeys")
CredentialId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,1400}$", description="base64url.", examples=["AQIDBA"])]


@router.get("", operation_id="passkeys.list")
def list_passkeys(
    principal: Annotated[Principal, Permit("passkeys.list")],
    session: Transaction,
) -> PasskeyList:
    """The asker's passkeys."""
    tenant_id, person_id = person_of(principal)
    return PasskeyList(passkeys=[_view(passkey) for passkey in service.of_person(session, tenant_id, person_id)])


@router.post("/options", operation_id="passkeys.options", dependencies=[_ONCE])
def options(
    principal: Annotated[Principal, Permit("passkeys.options")],
    session: Transaction,
    desk: IdentityDesk,
) -> PasskeyOptionsView:
    """A challenge for a device that makes a passkey."""
    tenant_id, person_id = person_of(principal)
    require_recent_factor(session, desk, principal)
    name = people.get(session, desk, tenant_id, person_id).email
    found = service.registration_options(session, desk, tenant_id, person_id, shown_name=name)
    return PasskeyOptionsView(options=found)


@router.post("", status_code=201, operation_id="passkeys.register", dependencies=[_ONCE])
def register(
    principal: Annotated[Principal, Permit("passkeys.register")],
    body: PasskeyRegistration,
    session: Transaction,
    desk: IdentityDesk,
) -> PasskeyView:
    """Keep a passkey a device just made."""
    tenant_id, person_id = person_of(principal)
    require_recent_factor(session, desk, principal)
    passkey = service.register(desk, tenant_id, person_id, body.credential, label=body.label)
    desk.tell(session, tenant_id, person_id, SecurityEvent.PASSKEY_ADDED)
    audit.record(session, principal, operation="passkeys.register", subject=f"people/{person_id}")
    return _view(passkey)


@router.delete("/{credential_id}", status_code=204, operation_id="passkeys.remove", dependencies=[_ONCE])
def remove(
    principal: Annotated[Principal, Permit("passkeys.remove")],
    credential_id: CredentialId,
    session: Transaction,
    desk: IdentityDesk,
) -> None:
    """Remove a passkey."""
    tenant_id, person_id = person_of(principal)
    service.remove(session, tenant_id, person_id, credential_id)
    desk.tell(session, tenant_id, person_id, SecurityEvent.PASSKEY_REMOVED)
    audit.record(session, principal, operation="passkeys.remove", subject=f"people/{person_id}")


def _view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(
        credential_id=base64.urlsafe_b64encode(passkey.credential_id).decode("ascii").rstrip("="),
        label=passkey.label, backed_up=passkey.backed_up, created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )  # fmt: skip
