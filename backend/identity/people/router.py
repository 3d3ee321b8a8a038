"""HTTP for people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit
from backend.access.principal import Principal
from backend.dependencies import Transaction
from backend.fields import MAX_PAGE
from backend.http.routes import api_router, without_key
from backend.identity import accounts
from backend.identity.accounts import Invited
from backend.identity.entrance import IdentityDesk, person_of
from backend.identity.people import service
from backend.identity.people.schemas import Invitation, InvitedView, PersonList, PersonView
from backend.identity.people.service import Person

_ONCE = without_key("An e-mail joins once, a person is shut out once, and only the last link made is good.")
router = api_router("people", "/v1/people")
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


@router.post("", status_code=201, operation_id="people.invite", dependencies=[_ONCE])
def invite(
    principal: Annotated[Principal, Permit("people.invite")],
    body: Invitation,
    response: Response,
    desk: IdentityDesk,
) -> InvitedView:
    """Add a person. The answer has a link by which the person sets a password; it is told once."""
    tenant_id, _me = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        found = accounts.invite(session, desk, principal, email=body.email, name=body.name, language=body.language)
    return _invited(response, found)


@router.get("", operation_id="people.list")
def list_people(
    principal: Annotated[Principal, Permit("people.list")],
    session: Transaction,
    desk: IdentityDesk,
    after: UUID | None = None,
    limit: Limit = 100,
) -> PersonList:
    """People of the insurer, by id."""
    tenant_id, _me = person_of(principal)
    found = service.page(session, desk, tenant_id, after=after, limit=limit)
    following = str(found[-1].person_id) if len(found) == limit else None
    return PersonList(people=[_view(person) for person in found], next=following)


@router.get("/me", operation_id="people.read_self")
def read_self(
    principal: Annotated[Principal, Permit("people.read_self")],
    session: Transaction,
    desk: IdentityDesk,
) -> PersonView:
    """The asker."""
    return _view(service.get(session, desk, *person_of(principal)))


@router.get("/{person_id}", operation_id="people.read")
def read(
    principal: Annotated[Principal, Permit("people.read")],
    person_id: UUID,
    session: Transaction,
    desk: IdentityDesk,
    access: Allowed,
) -> PersonView:
    """One person of the insurer."""
    tenant_id, _me = person_of(principal)
    found = service.get(session, desk, tenant_id, person_id)
    access.require(Resource(found.tenant_id, found.person_id), service.unknown(person_id))
    return _view(found)


@router.delete("/{person_id}", status_code=204, operation_id="people.disable", dependencies=[_ONCE])
def disable(
    principal: Annotated[Principal, Permit("people.disable")],
    person_id: UUID,
    desk: IdentityDesk,
) -> None:
    """Shut a person out at once: sessions, grants and API keys the person made end. What was done stays on record."""
    tenant_id, _me = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        accounts.disable(session, desk, principal, person_id)


@router.post("/{person_id}/readmission", status_code=204, operation_id="people.enable", dependencies=[_ONCE])
def enable(
    principal: Annotated[Principal, Permit("people.enable")],
    person_id: UUID,
    desk: IdentityDesk,
) -> None:
    """Let a person in again who was shut out. Sessions and keys stay ended, and roles are granted anew."""
    tenant_id, _me = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        accounts.enable(session, desk, principal, person_id)


@router.post("/{person_id}/recovery", status_code=201, operation_id="people.recover", dependencies=[_ONCE])
def recover(
    principal: Annotated[Principal, Permit("people.recover")],
    person_id: UUID,
    response: Response,
    desk: IdentityDesk,
) -> InvitedView:
    """Take away lost second factors and the password, end all sessions, and make a link for a new password.

    Roles of administrator and treasurer wait for a second administrator again: `POST /v1/grants/{grant_id}/approval`.
    """
    tenant_id, _me = person_of(principal)
    with desk.tenant_scope(tenant_id) as session:
        found = accounts.recover(session, desk, principal, person_id)
    return _invited(response, found)


def _invited(response: Response, found: Invited) -> InvitedView:
    response.headers["Cache-Control"] = "no-store"
    return InvitedView(
        person_id=str(found.person_id), token=found.token, link=found.link, expires_at=found.expires_at
    )  # fmt: skip


def _view(person: Person) -> PersonView:
    return PersonView(
        person_id=str(person.person_id), email=person.email, name=person.name, language=person.language,
        created_at=person.created_at, disabled_at=person.disabled_at,
    )  # fmt: skip
