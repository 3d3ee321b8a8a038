"""HTTP for the asker's one-time codes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.http.routes import api_router, without_key
from backend.identity.entrance import IdentityDesk, person_of, require_recent_factor
from backend.identity.events import SecurityEvent
from backend.identity.people import service as people
from backend.identity.totp import service
from backend.identity.totp.schemas import EnrolmentView, FactorsView, RecoveryCodesView, TotpConfirmation

_TOLD_ONCE = without_key("The answer holds secrets that are told once and kept nowhere.")
router = api_router("second factors", "/v1/totp")


@router.get("", operation_id="totp.read")
def read(
    principal: Annotated[Principal, Permit("totp.read")],
    session: Transaction,
) -> FactorsView:
    """Whether the asker has an app."""
    tenant_id, person_id = person_of(principal)
    left = service.codes_left(session, tenant_id, person_id)
    return FactorsView(app=service.has_app(session, tenant_id, person_id), recovery_codes_left=left)


@router.post("", status_code=201, operation_id="totp.enrol", dependencies=[_TOLD_ONCE])
def enrol(
    principal: Annotated[Principal, Permit("totp.enrol")],
    response: Response,
    session: Transaction,
    desk: IdentityDesk,
) -> EnrolmentView:
    """A secret for the asker's app. It counts once a code of it was shown."""
    tenant_id, person_id = person_of(principal)
    require_recent_factor(session, desk, principal)
    label = people.get(session, desk, tenant_id, person_id).email
    found = service.enrol(session, desk, tenant_id, person_id, label=label)
    response.headers["Cache-Control"] = "no-store"
    return EnrolmentView(secret=found.secret, uri=found.uri)


@router.post("/confirmation", operation_id="totp.confirm", dependencies=[_TOLD_ONCE])
def confirm(
    principal: Annotated[Principal, Permit("totp.confirm")],
    body: TotpConfirmation,
    response: Response,
    session: Transaction,
    desk: IdentityDesk,
) -> RecoveryCodesView:
    """Show the app's first code; the answer has the recovery codes."""
    tenant_id, person_id = person_of(principal)
    require_recent_factor(session, desk, principal)
    codes = service.confirm(session, desk, tenant_id, person_id, body.code)
    desk.tell(session, tenant_id, person_id, SecurityEvent.APP_ADDED)
    audit.record(session, principal, operation="totp.confirm", subject=f"people/{person_id}")
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodesView(recovery_codes=codes)


@router.post("/recovery-codes", operation_id="totp.renew_codes", dependencies=[_TOLD_ONCE])
def renew_codes(
    principal: Annotated[Principal, Permit("totp.renew_codes")],
    response: Response,
    session: Transaction,
    desk: IdentityDesk,
) -> RecoveryCodesView:
    """New recovery codes; those before are worthless."""
    tenant_id, person_id = person_of(principal)
    codes = service.renew_codes(session, desk, tenant_id, person_id)
    desk.tell(session, tenant_id, person_id, SecurityEvent.CODES_RENEWED)
    audit.record(session, principal, operation="totp.renew_codes", subject=f"people/{person_id}")
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodesView(recovery_codes=codes)


@router.delete(
    "", status_code=204, operation_id="totp.remove", dependencies=[without_key("Removing twice changes nothing.")]
)
def remove(
    principal: Annotated[Principal, Permit("totp.remove")],
    session: Transaction,
    desk: IdentityDesk,
) -> None:
    """Remove the app and its recovery codes."""
    tenant_id, person_id = person_of(principal)
    service.remove(session, tenant_id, person_id)
    desk.tell(session, tenant_id, person_id, SecurityEvent.APP_REMOVED)
    audit.record(session, principal, operation="totp.remove", subject=f"people/{person_id}")
