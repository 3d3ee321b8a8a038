"""HTTP for a forgotten password."""

from __future__ import annotations

from backend.access.permit import Public
from backend.dependencies import Services
from backend.http.routes import api_router, without_key
from backend.identity.attempts import service as attempts
from backend.identity.entrance import Client, IdentityDesk
from backend.identity.sign_in import service as sign_in
from backend.notices.kinds import ChannelName
from backend.problems import Problem
from backend.security_mail import resets
from backend.security_mail.schemas import ResetAsked

router = api_router("passwords", "/v1/passwords")


@router.post(
    "/reset",
    status_code=202,
    operation_id="passwords.ask_reset",
    dependencies=[Public("passwords.ask_reset", counted=False), without_key("A second request sends no second mail.")],
)
def ask_reset(body: ResetAsked, desk: IdentityDesk, services: Services, client: Client) -> None:
    """Ask for a link by mail to set a password anew. The answer is the same whether anybody has the address."""
    mail = services.underwriting.notices if services.underwriting is not None else None
    if mail is None or ChannelName.EMAIL not in mail.channels:
        raise Problem("mail_missing")
    tenant_id = sign_in.tenant_of(desk, body.tenant)
    attempts.begin(desk, tenant_id, attempts.issue_bucket(desk, client))
    with desk.tenant_scope(tenant_id) as session:
        resets.ask(session, desk, tenant_id, body.email)
