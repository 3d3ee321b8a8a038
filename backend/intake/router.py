"""HTTP for intake: what can be needed, who came with which need, and what is recommended."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Path

from backend.access.authoriser import Resource
from backend.access.permit import Access, Allowed, Permit, Public
from backend.dependencies import Asker, Services, Transaction
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.intake import schemas as s
from backend.intake import service, shown
from backend.service import privacy_notice
from backend.service.desk import ServiceDesk, tenant_of
from backend.service.router import AtDesk, Spoken

router = api_router("intake", "/v1/intakes")
IntakeId = Annotated[int, Path(ge=1, lt=1 << 63, description="Number of the intake.")]


@router.get("/needs", operation_id="intakes.needs", dependencies=[Public("intakes.needs")])
def list_needs(spoken: Spoken) -> s.NeedList:
    """What can be needed, in the language asked for."""
    return shown.needs(spoken)


@router.post("", status_code=201, operation_id="intakes.open", dependencies=[Permit("intakes.open"), IdempotencyKey])
def open_intake(
    body: s.IntakeIn, session: Transaction, services: Services, desk: AtDesk, asker: Asker, allowed: Allowed
) -> s.IntakeView:
    """Say who you are, what you need and can spend; or take it down for somebody. Then see what is recommended."""
    person_id = _whose(session, desk, allowed, body.person_id)
    asked = service.Asked(
        person_id, body.name, body.contact.model_dump(), body.need, body.sum_insured, body.budget, body.starts_at,
        body.words, body.channel.value, body.language, privacy_notice.cited(body.privacy_notice),
    )  # fmt: skip
    return shown.intake(service.open_intake(session, desk, services.documents, asker, asked), ())


@router.get("", operation_id="intakes.list", dependencies=[Permit("intakes.list")])
def list_intakes(session: Transaction, page: PageAsked, access: Allowed) -> s.IntakePage:
    """Intakes, newest first, and what came of them. Nobody's name is in the list."""
    after = int(page.position[0]) if page.position else None
    rows = service.page(session, after=after, limit=page.limit, only_of=access.only_of)
    applied = service.applications(session, rows)
    cursor = page.next_cursor(len(rows), [rows[-1].intake_id] if rows else None)
    return s.IntakePage(intakes=[shown.intake(row, applied[row.intake_id]) for row in rows], next_cursor=cursor)


@router.get("/{intake_id}", operation_id="intakes.read", dependencies=[Permit("intakes.read")])
def get_intake(
    intake_id: IntakeId, session: Transaction, desk: AtDesk, asker: Asker, access: Allowed, spoken: Spoken
) -> s.IntakeFileView:
    """Who it is, what is needed, and every product held against it, with reasons in words. The vault tells the log."""
    row = service.get(session, intake_id)
    access.require(Resource(row.tenant_id, owner_id=row.person_id), service.unknown(intake_id))
    said = service.read(session, desk, asker, row)
    return shown.file(row, service.applications(session, [row])[intake_id], said, spoken)


def _whose(session: Transaction, desk: ServiceDesk, access: Access, given: uuid.UUID | None) -> uuid.UUID:
    """The person: who asks, whom staff names, or somebody new whom staff takes down."""
    asker, own = access.principal, access.only_of
    if given is None:
        return own or uuid.uuid4()
    nobody = service.nobody(given)
    access.require(Resource(tenant_of(asker), owner_id=given), nobody)
    if given != asker.principal_id:
        service.require_person(session, desk, asker, given)
    return given
