"""HTTP for grants."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Asker, Transaction
from backend.fields import MAX_PAGE
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router
from backend.identity.entrance import IdentityDesk, person_of
from backend.identity.grants import service
from backend.identity.grants.repository import Grant
from backend.identity.grants.schemas import GrantList, GrantRequest, GrantView
from backend.identity.grants.service import Asked

router = api_router("grants", "/v1/grants")
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


@router.post("", status_code=201, operation_id="grants.make", dependencies=[Permit("grants.make"), IdempotencyKey])
def make(
    principal: Asker,
    body: GrantRequest,
    session: Transaction,
    desk: IdentityDesk,
) -> GrantView:
    """Give a role. Administrator and treasurer wait for a second administrator where there is one."""
    tenant_id, by = person_of(principal)
    asked = Asked(body.person_id, body.role, body.expires_at)
    grant = service.make(session, tenant_id, asked, by=by, now=desk.clock())
    facts = {"role": grant.role.value, "person_id": str(grant.person_id)}
    audit.record(session, principal, operation="grants.make", subject=f"grants/{grant.grant_id}", facts=facts)
    return _view(grant)


@router.get("", operation_id="grants.list")
def list_grants(
    principal: Annotated[Principal, Permit("grants.list")],
    session: Transaction,
    desk: IdentityDesk,
    after: UUID | None = None,
    limit: Limit = 100,
) -> GrantList:
    """Grants that count or wait for approval."""
    tenant_id, _me = person_of(principal)
    found = service.page(session, tenant_id, now=desk.clock(), after=after, limit=limit)
    following = str(found[-1].grant_id) if len(found) == limit else None
    return GrantList(grants=[_view(grant) for grant in found], next=following)


@router.post(
    "/{grant_id}/approval", operation_id="grants.approve", dependencies=[Permit("grants.approve"), IdempotencyKey]
)
def approve(
    principal: Asker,
    grant_id: UUID,
    session: Transaction,
    desk: IdentityDesk,
) -> GrantView:
    """Approve a grant as the second administrator."""
    tenant_id, by = person_of(principal)
    grant = service.approve(session, tenant_id, grant_id, by=by, now=desk.clock())
    audit.record(session, principal, operation="grants.approve", subject=f"grants/{grant_id}")
    return _view(grant)


@router.delete("/{grant_id}", operation_id="grants.revoke", dependencies=[Permit("grants.revoke"), IdempotencyKey])
def revoke(
    principal: Asker,
    grant_id: UUID,
    session: Transaction,
    desk: IdentityDesk,
) -> GrantView:
    """End a grant at once."""
    tenant_id, by = person_of(principal)
    grant = service.revoke(session, tenant_id, grant_id, by=by, now=desk.clock())
    audit.record(session, principal, operation="grants.revoke", subject=f"grants/{grant_id}")
    return _view(grant)


def _view(grant: Grant) -> GrantView:
    return GrantView(
        grant_id=str(grant.grant_id), person_id=str(grant.person_id), role=grant.role, source=grant.source.value,
        granted_by=_text(grant.granted_by), granted_at=grant.granted_at, waits=grant.approved_at is None,
        approved_by=_text(grant.approved_by), expires_at=grant.expires_at, last_used_at=grant.last_used_at,
        revoked_at=grant.revoked_at,
    )  # fmt: skip


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
