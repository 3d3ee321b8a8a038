"""What routes of identity need: the desk, where a request comes from, and the session it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.dependencies import Services
from backend.identity.authenticator import Shown, TokenAuthenticator
from backend.identity.desk import Desk
from backend.identity.sessions.service import Visit
from backend.identity.sign_in.service import factors_of
from backend.problems import Problem


async def _desk(services: Services) -> Desk:
    if services.identity is None:
        raise Problem("key_missing", setting="QUITTANCE_IDENTITY_KEY_FILE")
    return services.identity


IdentityDesk = Annotated[Desk, Depends(_desk)]


def _client(request: Request, services: Services) -> str:
    """Address of the caller, counted: these routes look at what they are shown themselves."""
    client = request.client.host if request.client else "local"
    services.limits.take_for_address(client)
    return client


Client = Annotated[str, Depends(_client)]


@dataclass(frozen=True, slots=True)
class Entered:
    """A session a request shows, pending ones too, with its token."""

    visit: Visit
    shown: Shown


def _entered(request: Request, desk: IdentityDesk, client: Client) -> Entered:  # noqa: ARG001  # counted first
    visit, shown = TokenAuthenticator(desk).visit(request)
    request.state.principal = Principal(PrincipalKind.PERSON, visit.person_id, visit.tenant_id)  # for the audit log
    return Entered(visit, shown)


CurrentSession = Annotated[Entered, Depends(_entered)]


def person_of(principal: Principal) -> tuple[UUID, UUID]:
    """Insurer and id of the person who asks.

    Raises:
        Problem: `forbidden` for machines.
    """
    if principal.tenant_id is None or principal.principal_id is None:
        raise Problem("forbidden", "Only somebody who is signed in has an account. Sign in.")
    return principal.tenant_id, principal.principal_id


def require_recent_factor(session: Session, desk: Desk, principal: Principal) -> None:
    """Before ways to sign in change: whoever has a second factor must have shown it within five minutes.

    Raises:
        Problem: `step_up_required`.
    """
    tenant_id, person_id = person_of(principal)
    age = principal.strong_age_seconds(desk.clock())
    recent = age is not None and age <= desk.rules.step_up_seconds
    if not recent and factors_of(session, tenant_id, person_id):
        raise Problem("step_up_required", "Show your second factor again: POST /v1/sessions/current/step-up.")
