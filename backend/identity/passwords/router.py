"""HTTP for passwords."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request

from backend.access.permit import Permit, Public
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.http.routes import api_router, without_key
from backend.identity import tokens
from backend.identity.attempts import service as attempts
from backend.identity.authenticator import TokenAuthenticator
from backend.identity.desk import Desk
from backend.identity.entrance import Client, IdentityDesk, person_of, require_recent_factor
from backend.identity.passwords import service
from backend.identity.passwords.schemas import PasswordByToken, PasswordChange
from backend.identity.sign_in.service import confirm_password
from backend.problems import Problem
from backend.tenants import service as tenants

_NO_KEY = without_key("The same password set twice is the same password, and no answer may keep it.")
router = api_router("passwords", "/v1/passwords")


@router.post(
    "/by-token",
    status_code=204,
    operation_id="passwords.set_by_token",
    dependencies=[Public("passwords.set_by_token", counted=False), without_key("The token counts once.")],
)
def set_by_token(body: PasswordByToken, desk: IdentityDesk, client: Client) -> None:
    """Set a password by an invitation or a reset. Every session of the person ends."""
    token = tokens.read(body.token)
    if token is None or not _is_known(desk, token.tenant_id):
        raise Problem("ticket_invalid", "token is unknown, used or too old. Ask for a new one.")
    attempts.begin(desk, token.tenant_id, attempts.issue_bucket(desk, client))
    service.set_by_token(desk, token.tenant_id, body.token, body.password)


def _is_known(desk: Desk, tenant_id: UUID) -> bool:
    with desk.tenant_scope(tenant_id) as session:
        return tenants.is_known(session, tenant_id)


@router.put("/mine", status_code=204, operation_id="passwords.change", dependencies=[_NO_KEY])
def change(
    principal: Annotated[Principal, Permit("passwords.change")],
    body: PasswordChange,
    request: Request,
    session: Transaction,
    desk: IdentityDesk,
) -> None:
    """Change the asker's password. Every other session ends."""
    tenant_id, person_id = person_of(principal)
    require_recent_factor(session, desk, principal)
    confirm_password(desk, tenant_id, person_id, body.current_password)
    visit, _shown = TokenAuthenticator(desk).visit(request)
    service.change(session, desk, tenant_id, person_id, body.password, but=visit.session_id)
    audit.record(session, principal, operation="passwords.change", subject=f"people/{person_id}")
