"""HTTP for machines' keys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import service as audit
from backend.dependencies import Asker, Transaction
from backend.fields import MAX_PAGE
from backend.http.idempotency import IdempotencyKey
from backend.http.routes import api_router
from backend.identity.api_keys import service
from backend.identity.api_keys.repository import ApiKey
from backend.identity.api_keys.schemas import ApiKeyList, ApiKeyMadeView, ApiKeyRequest, ApiKeyRotation, ApiKeyView
from backend.identity.api_keys.service import Made, Wanted
from backend.identity.entrance import IdentityDesk, person_of
from backend.identity.events import SecurityEvent
from backend.identity.people import service as people
from backend.problems import Problem

router = api_router("API keys", "/v1/api-keys")
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


@router.post("", status_code=201, operation_id="api_keys.make", dependencies=[Permit("api_keys.make"), IdempotencyKey])
def make(
    principal: Asker,
    body: ApiKeyRequest,
    response: Response,
    session: Transaction,
    desk: IdentityDesk,
) -> ApiKeyMadeView:
    """Make a key. The answer tells it once."""
    tenant_id, by = _maker(session, principal)
    wanted = Wanted(body.label, body.roles, body.scopes, body.expires_at)
    made = service.make(session, tenant_id, wanted, by=by, now=desk.clock())
    desk.tell(session, tenant_id, by, SecurityEvent.API_KEY_MADE)
    audit.record(session, principal, operation="api_keys.make", subject=f"api-keys/{made.key.key_id}")
    return _told(response, made)


@router.get("", operation_id="api_keys.list")
def list_keys(
    principal: Annotated[Principal, Permit("api_keys.list")],
    session: Transaction,
    after: UUID | None = None,
    limit: Limit = 100,
) -> ApiKeyList:
    """Keys of the insurer, those that ended too."""
    tenant_id, _me = person_of(principal)
    found = service.page(session, tenant_id, after=after, limit=limit)
    following = str(found[-1].key_id) if len(found) == limit else None
    return ApiKeyList(api_keys=[_view(key) for key in found], next=following)


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    operation_id="api_keys.rotate",
    dependencies=[Permit("api_keys.rotate"), IdempotencyKey],
)
def rotate(
    principal: Asker,
    key_id: UUID,
    body: ApiKeyRotation,
    response: Response,
    session: Transaction,
    desk: IdentityDesk,
) -> ApiKeyMadeView:
    """Make the key that follows; the old one still counts for a while."""
    tenant_id, by = _maker(session, principal)
    made = service.rotate(
        session, tenant_id, key_id, expires_at=body.expires_at, overlap_seconds=body.overlap_seconds, by=by,
        now=desk.clock(),
    )  # fmt: skip
    facts = {"replaces": str(key_id)}
    audit.record(session, principal, operation="api_keys.rotate", subject=f"api-keys/{made.key.key_id}", facts=facts)
    return _told(response, made)


@router.delete(
    "/{key_id}",
    status_code=204,
    operation_id="api_keys.revoke",
    dependencies=[Permit("api_keys.revoke"), IdempotencyKey],
)
def revoke(
    principal: Asker,
    key_id: UUID,
    session: Transaction,
    desk: IdentityDesk,
) -> None:
    """End a key at once."""
    tenant_id, _me = person_of(principal)
    service.revoke(session, tenant_id, key_id, now=desk.clock())
    audit.record(session, principal, operation="api_keys.revoke", subject=f"api-keys/{key_id}")


def _maker(session: Session, principal: Principal) -> tuple[UUID, UUID]:
    """Who makes a key. Whoever shuts this person out meanwhile finds the key, and ends it."""
    tenant_id, by = person_of(principal)
    if not people.hold_active(session, tenant_id, by):
        raise Problem("session_expired", "The session is over. Sign in again.")
    return tenant_id, by


def _told(response: Response, made: Made) -> ApiKeyMadeView:
    response.headers["Cache-Control"] = "no-store"
    return ApiKeyMadeView(key=made.text, about=_view(made.key))


def _view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        key_id=str(key.key_id), label=key.label, prefix=key.prefix, roles=sorted(key.roles), scopes=sorted(key.scopes),
        made_by=str(key.made_by) if key.made_by else None, made_at=key.made_at, expires_at=key.expires_at,
        last_used_at=key.last_used_at, revoked_at=key.revoked_at, replaces=str(key.replaces) if key.replaces else None,
    )  # fmt: skip
