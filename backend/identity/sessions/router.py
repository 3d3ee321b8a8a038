"""HTTP for the asker's own sessions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Transaction
from backend.http.routes import api_router, without_key
from backend.identity import tokens
from backend.identity.authenticator import TokenAuthenticator
from backend.identity.entrance import IdentityDesk, person_of
from backend.identity.sessions import service
from backend.identity.sessions.schemas import CurrentSessionView, EndedView, SessionList, SessionView
from backend.identity.sessions.service import Ended, Visit
from backend.identity.sign_in.service import factors_of

router = api_router("sessions", "/v1/sessions")


@router.get("", operation_id="sessions.list")
def list_sessions(
    principal: Annotated[Principal, Permit("sessions.list")],
    request: Request,
    session: Transaction,
    desk: IdentityDesk,
) -> SessionList:
    """Where the asker is signed in."""
    tenant_id, person_id = person_of(principal)
    current, _shown = TokenAuthenticator(desk).visit(request)
    visits = service.of_person(session, tenant_id, person_id, now=desk.clock())
    return SessionList(sessions=[_view(visit, current) for visit in visits])


@router.get("/current", operation_id="sessions.read")
def current_session(
    principal: Annotated[Principal, Permit("sessions.read")],
    request: Request,
    session: Transaction,
    desk: IdentityDesk,
) -> CurrentSessionView:
    """Who asks, as what, and the mark a page sends with every change."""
    tenant_id, person_id = person_of(principal)
    visit, shown = TokenAuthenticator(desk).visit(request)
    factors = sorted(factor.value for factor in factors_of(session, tenant_id, person_id))
    return CurrentSessionView(
        session=_view(visit, visit), person_id=str(person_id), tenant_id=str(tenant_id),
        roles=sorted(principal.roles), second_factors=factors, address=principal.address,
        csrf_token=tokens.csrf_of(shown.text),
    )  # fmt: skip


_ENDS = without_key("Ending what has ended changes nothing.")


@router.delete("/{session_id}", status_code=204, operation_id="sessions.end", dependencies=[_ENDS])
def end_session(
    principal: Annotated[Principal, Permit("sessions.end")],
    session_id: UUID,
    session: Transaction,
    desk: IdentityDesk,
) -> None:
    """End one of the asker's sessions at once."""
    tenant_id, person_id = person_of(principal)
    service.end(session, tenant_id, person_id, session_id, Ended.REVOKED, now=desk.clock())
    audit.record(session, principal, operation="sessions.end", subject=f"sessions/{session_id}")


@router.delete("", operation_id="sessions.end_all", dependencies=[_ENDS])
def end_all_sessions(
    principal: Annotated[Principal, Permit("sessions.end_all")],
    session: Transaction,
    desk: IdentityDesk,
) -> EndedView:
    """Sign out everywhere, here too."""
    tenant_id, person_id = person_of(principal)
    ended = service.end_all(session, tenant_id, person_id, Ended.SIGNED_OUT, now=desk.clock())
    audit.record(session, principal, operation="sessions.end_all", subject=f"people/{person_id}")
    return EndedView(ended=ended)


def _view(visit: Visit, current: Visit) -> SessionView:
    return SessionView(
        session_id=str(visit.session_id), method=visit.method.value, current=visit.session_id == current.session_id,
        created_at=visit.created_at, last_seen_at=visit.last_seen_at, expires_at=visit.expires_at,
        strong_at=visit.strong_at,
    )  # fmt: skip
