"""HTTP for adjusters: the queue, assignments, notes, decisions."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from fastapi import Query, Response

from backend.access.permit import Permit
from backend.claims import decision_rows, decisions, handling, queue, sending, service
from backend.claims import schemas as s
from backend.claims import shown as out
from backend.claims.router import Reached, office_of
from backend.claims.views import case_view, decision_view, entry_view
from backend.dependencies import Asker, Services, Transaction
from backend.fields import bytes_hex, parse_bytes
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.preconditions import IfMatch, set_etag
from backend.http.routes import api_router

router = api_router("claims", "/v1")


@router.get("/claims-queue", operation_id="claims.queue", dependencies=[Permit("claims.queue")])
def get_queue(
    session: Transaction, services: Services, page: PageAsked, asker: Asker,
    mine: Annotated[bool, Query(description="Only those assigned to you.")] = False,
    unassigned: Annotated[bool, Query(description="Only those assigned to nobody.")] = False,
) -> out.QueuePage:  # fmt: skip
    """Claims that wait for the insurer, by tier and by the deadline of the contract's own clock."""
    office = office_of(services)
    after = (int(page.position[0]), int(page.position[1]), str(page.position[2])) if page.position else None
    found = queue.page(
        session, office, now=office.chain.time(), after=after, limit=page.limit,
        assigned_to=asker.principal_id if mine else None, unassigned=unassigned,
    )  # fmt: skip
    last = found[-1].place if found else None
    return out.QueuePage(entries=[entry_view(each) for each in found], next_cursor=page.next_cursor(len(found), last))


@router.put(
    "/cases/{case_id}/assignment",
    operation_id="claims.assign",
    dependencies=[Permit("claims.assign"), Reached, IdempotencyKey],
)
def assign(
    case_id: uuid.UUID, body: s.AssignmentIn, if_match: IfMatch, session: Transaction, services: Services,
    asker: Asker, response: Response,
) -> out.CaseView:  # fmt: skip
    """Give a case to an adjuster, or to nobody. Whose own matter it is does not get it."""
    row = handling.assign(session, office_of(services), asker, case_id, body.adjuster, if_match)
    set_etag(response, row.version)
    return case_view(row, staff=True)


@router.post(
    "/cases/{case_id}/notes", status_code=201, operation_id="claims.write_note",
    dependencies=[Permit("claims.write_note"), Reached, IdempotencyKey],
)  # fmt: skip
def write_note(
    case_id: uuid.UUID, body: s.NoteIn, session: Transaction, services: Services, asker: Asker
) -> out.NoteView:
    """Note something on a case, sealed. The claimant does not see it here, but may ask for it."""
    row = handling.write_note(session, office_of(services), asker, case_id, body.words)
    return out.NoteView(note_id=row.note_id, author=row.author, written_at=row.written_at, words=body.words)


@router.get(
    "/cases/{case_id}/notes", operation_id="claims.list_notes", dependencies=[Permit("claims.list_notes"), Reached]
)
def list_notes(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.NoteList:
    """Notes on a case, oldest first; each opening is told to the audit log."""
    found = handling.notes(session, office_of(services), asker, case_id)
    return out.NoteList(
        notes=[
            out.NoteView(note_id=row.note_id, author=row.author, written_at=row.written_at, words=words)
            for row, words in found
        ]
    )


@router.get(
    "/cases/{case_id}/calls", operation_id="claims.prepare_call", dependencies=[Permit("claims.prepare_call"), Reached]
)
def get_call(
    case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker,
    what: Annotated[Literal["acknowledge", "reestimate"], Query(description="What the adjuster does.")],
    reserve: Annotated[int, Query(ge=0, lt=1 << 64, description="Of a new estimate, token units.")] = 0,
) -> out.CallView:  # fmt: skip
    """A transaction for the adjuster's own wallet: the contract wants the adjuster as its sender."""
    office = office_of(services)
    sender, data = handling.call(session, office, asker, case_id, what, reserve)
    return out.CallView(to=office.chain.desk, data=bytes_hex(data), sender=sender)


@router.post(
    "/cases/{case_id}/decisions", status_code=201, operation_id="claims.decide",
    dependencies=[Permit("claims.decide"), Reached, IdempotencyKey],
)  # fmt: skip
def decide(
    case_id: uuid.UUID, body: s.DecisionIn, session: Transaction, services: Services, asker: Asker
) -> out.DecisionView:
    """Prepare an award or a denial: reason, clause and its proof. It counts once the adjuster's own key sent it."""
    office = office_of(services)
    asked = decisions.Asked(
        body.loss, body.reason_code, body.clause_id, body.letter, body.instalments, body.interval_seconds
    )
    return decision_view(office, decisions.prepare(session, office, asker, case_id, asked).row)


@router.get(
    "/cases/{case_id}/decisions",
    operation_id="claims.list_decisions",
    dependencies=[Permit("claims.list_decisions"), Reached],
)
def list_decisions(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.DecisionList:
    """Decisions that were prepared on a case, oldest first."""
    office, row = office_of(services), service.get(session, asker, case_id)
    found = decision_rows.of_case(session, row.case_id)
    return out.DecisionList(decisions=[decision_view(office, each) for each in found])


@router.post(
    "/claim-decisions/{decision_id}/second-signature", operation_id="claims.countersign",
    dependencies=[Permit("claims.countersign"), IdempotencyKey],
)  # fmt: skip
def countersign(
    decision_id: uuid.UUID, body: s.SecondIn, session: Transaction, services: Services, asker: Asker
) -> out.DecisionView:
    """Another adjuster signs, by wallet or, without a signature, with the key kept for them."""
    office = office_of(services)
    signature = parse_bytes(body.signature) if body.signature else None
    return decision_view(office, decisions.sign_second(session, office, asker, decision_id, signature).row)


@router.post(
    "/claim-decisions/{decision_id}/transaction", operation_id="claims.send_decision",
    dependencies=[Permit("claims.send_decision"), IdempotencyKey],
)  # fmt: skip
def send_decision(
    decision_id: uuid.UUID, body: s.SentIn, session: Transaction, services: Services, asker: Asker
) -> out.DecisionView:
    """Hand in the transaction the adjuster signed, exactly the prepared call; without one it is signed with the key
    kept for them. It is brought to the chain."""
    office = office_of(services)
    raw = parse_bytes(body.transaction) if body.transaction else None
    kept = sending.hand_in(session, office, asker, decision_id, raw)
    return decision_view(office, kept)
