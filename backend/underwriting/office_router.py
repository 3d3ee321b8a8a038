"""HTTP for objections, deadlines, figures, and how the office works."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Path, Query, Response

from backend.access.permit import Permit
from backend.dependencies import Asker, Services, Transaction
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.preconditions import IfMatch, set_etag
from backend.http.routes import api_router
from backend.problems import Problem
from backend.underwriting import figures, objections, offices, service
from backend.underwriting import schemas as s
from backend.underwriting import shown as out
from backend.underwriting.router import CaseId, desk_of
from backend.underwriting.views import (
    alarm_view,
    figures_view,
    licence_view,
    objection_view,
    office_view,
    open_check_view,
)
from domain.objection_steps import ObjectionState, Raised

router = api_router("underwriting")
ObjectionId = Annotated[int, Path(ge=1, lt=1 << 63, description="Number of the objection.")]


@router.post(
    "/underwriting-cases/{case_id}/objections", status_code=201, operation_id="objections.record",
    dependencies=[Permit("objections.record"), IdempotencyKey],
)  # fmt: skip
def record(
    case_id: CaseId, body: s.ObjectionIn, session: Transaction, services: Services, asker: Asker
) -> out.ObjectionView:
    """Object to a decision: passed on within a working day, examined by somebody else within three more."""
    desk = desk_of(services)
    kept, _ = objections.record(session, desk, asker, case_id, Raised(body.way, body.text, body.contact))
    return objection_view(kept, desk.clock())


@router.get("/underwriting-objections", operation_id="objections.list", dependencies=[Permit("objections.list")])
def list_objections(
    session: Transaction, services: Services, page: PageAsked,
    state: Annotated[str | None, Query(max_length=16)] = None,
) -> out.ObjectionPage:  # fmt: skip
    """Objections by number."""
    after = int(page.position[0]) if page.position else 0
    require_known("state", state, [each.name.lower() for each in ObjectionState])
    rows = objections.page(session, state=state, after=after, limit=page.limit)
    cursor = page.next_cursor(len(rows), (rows[-1].objection_id,) if rows else None)
    return out.ObjectionPage(objections=[objection_view(row, services.clock()) for row in rows], next_cursor=cursor)


@router.post(
    "/underwriting-objections/{objection_id}/passing", operation_id="objections.pass_on",
    dependencies=[Permit("objections.pass_on"), IdempotencyKey],
)  # fmt: skip
def pass_on(objection_id: ObjectionId, session: Transaction, services: Services, asker: Asker) -> out.ObjectionView:
    """Pass an objection to underwriting."""
    desk = desk_of(services)
    return objection_view(objections.pass_on(session, desk, asker, objection_id)[0], desk.clock())


@router.post(
    "/underwriting-objections/{objection_id}/upholding", operation_id="objections.uphold",
    dependencies=[Permit("objections.uphold"), IdempotencyKey],
)  # fmt: skip
def uphold(
    objection_id: ObjectionId, body: s.NoteIn, session: Transaction, services: Services, asker: Asker
) -> out.ObjectionView:
    """Find the decision right after examining it anew; the customer is told why."""
    desk = desk_of(services)
    return objection_view(objections.uphold(session, desk, asker, objection_id, body.note)[0], desk.clock())


@router.post(
    "/underwriting-objections/{objection_id}/correction", operation_id="objections.correct",
    dependencies=[Permit("objections.correct"), IdempotencyKey],
)  # fmt: skip
def correct(
    objection_id: ObjectionId, body: s.CorrectionIn, session: Transaction, services: Services, asker: Asker
) -> out.ObjectionView:
    """Correct tier or measure: another case supersedes, which a senior reviews; the customer is told."""
    desk = desk_of(services)
    kept, _ = objections.correct(
        session, desk, asker, objection_id, statements=body.statements, decision=body.decision.to_domain(),
        reason=body.reason,
    )  # fmt: skip
    return objection_view(kept, desk.clock())


@router.get("/deadline-alarms", operation_id="underwriting.alarms", dependencies=[Permit("underwriting.alarms")])
def list_alarms(
    session: Transaction, include_cleared: Annotated[bool, Query()] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> out.AlarmList:  # fmt: skip
    """Deadlines that came close or passed."""
    return out.AlarmList(
        alarms=[alarm_view(row) for row in service.alarms(session, open_only=not include_cleared, limit=limit)]
    )


@router.get("/underwriting-checks", operation_id="underwriting.checks", dependencies=[Permit("underwriting.checks")])
def list_checks(
    session: Transaction, services: Services, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> out.OpenCheckList:
    """What waits to be checked: sampled applications, and what sources say otherwise. The longest due first."""
    found = service.open_checks(session, limit=limit)
    return out.OpenCheckList(checks=[open_check_view(row, services.clock()) for row in found])


@router.get(
    "/underwriting-figures/{year}/{quarter}", operation_id="underwriting.figures",
    dependencies=[Permit("underwriting.figures")],
)  # fmt: skip
def quarter_figures(
    year: Annotated[int, Path(ge=1971, le=9998)], quarter: Annotated[int, Path(ge=1, le=4)], session: Transaction,
    asker: Asker,
) -> out.FiguresView:  # fmt: skip
    """Errors found on review, turnaround and complaints of a quarter, counted from rows."""
    if asker.tenant_id is None:
        raise Problem("unauthenticated", "Sign in to read an insurer's figures.")
    return figures_view(figures.quarter(session, asker, asker.tenant_id, year, quarter), year, quarter)


@router.get("/underwriting-office", operation_id="underwriting.office", dependencies=[Permit("underwriting.office")])
def get_office(session: Transaction, asker: Asker, response: Response) -> out.OfficeView:
    """How the office works, with the ETag that a change of it names."""
    found, version = offices.office(session, asker)
    set_etag(response, version)
    return office_view(found)


@router.put(
    "/underwriting-office", status_code=204, operation_id="underwriting.set_office",
    dependencies=[Permit("underwriting.set_office"), IdempotencyKey],
)  # fmt: skip
def set_office(
    body: s.OfficeIn, if_match: IfMatch, session: Transaction, asker: Asker, response: Response
) -> None:  # fmt: skip
    """Say how the office works: calendar, machine, sample, how to object."""
    version = offices.set_office(
        session, asker, calendar_name=body.calendar, machine_accepts=body.machine_accepts, sample_bps=body.sample_bps,
        quote_valid_seconds=body.quote_valid_seconds,
        how_to_object={"en": body.how_to_object_en, "zh": body.how_to_object_zh}, if_match=if_match,
    )  # fmt: skip
    set_etag(response, version)


@router.get(
    "/underwriting-licences/{person_id}", operation_id="underwriting.licence",
    dependencies=[Permit("underwriting.licence")],
)  # fmt: skip
def get_licence(person_id: uuid.UUID, session: Transaction, asker: Asker, response: Response) -> out.LicenceView:
    """By what right somebody underwrites, with the ETag that a change of it names."""
    found, version = offices.licence(session, asker, person_id)
    set_etag(response, version)
    return licence_view(found)


@router.put(
    "/underwriting-licences/{person_id}", status_code=204, operation_id="underwriting.set_licence",
    dependencies=[Permit("underwriting.set_licence"), IdempotencyKey],
)  # fmt: skip
def set_licence(
    person_id: uuid.UUID, body: s.LicenceIn, if_match: IfMatch, session: Transaction, services: Services, asker: Asker,
    response: Response,
) -> None:  # fmt: skip
    """Say by what right somebody underwrites: licence, exam, office."""
    version = offices.set_licence(
        session, asker, person_id, licensed_on=body.licensed_on, intermediate_exam_on=body.intermediate_exam_on,
        offices=body.offices, now=services.clock(), if_match=if_match,
    )  # fmt: skip
    set_etag(response, version)
