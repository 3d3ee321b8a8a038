"""HTTP for enquiries, complaints, surveys, texts and figures."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query

from backend.access.authoriser import Resource
from backend.access.permit import Access, Allowed, Permit, Public
from backend.dependencies import Asker, Services, Transaction
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.languages import preferred_language
from backend.http.pages import Page, PageAsked
from backend.http.routes import api_router
from backend.problems import Language, Problem
from backend.service import figures, knowledge_files, privacy_notice, service, shown, surveys
from backend.service import schemas as s
from backend.service.desk import ServiceDesk, recipient, tenant_of
from backend.service.opening import make_desk
from backend.service.service import Opening
from domain.service_matters import MatterKind, MatterState, Outcome

router = api_router("service")
MatterId = Annotated[int, Path(ge=1, lt=1 << 63, description="Number of the enquiry or complaint.")]
State = Annotated[str | None, Query(max_length=16)]
Overdue = Annotated[bool, Query(description="Only those past their deadline.")]
ENQUIRY, COMPLAINT = MatterKind.ENQUIRY, MatterKind.COMPLAINT


def _desk(services: Services) -> ServiceDesk:
    desk = make_desk(services)
    if desk is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE and QUITTANCE_IDENTITY_KEY_FILE")
    return desk


AtDesk = Annotated[ServiceDesk, Depends(_desk)]


def _row_of(kind: MatterKind) -> Any:
    """Asks once more, now that the row is known: who may do it to rows of their own alone finds no others."""

    def check(matter_id: MatterId, session: Transaction, allowed: Allowed) -> None:
        row = service.get(session, kind, matter_id)
        own = row.person_id == allowed.principal.principal_id
        if not own and not allowed.allows(Resource(row.tenant_id, owner_id=row.person_id)):
            raise service.unknown(kind, matter_id)

    return Depends(check)


ENQUIRY_ROW, COMPLAINT_ROW = _row_of(ENQUIRY), _row_of(COMPLAINT)


def _language(
    accept_language: Annotated[str, Header(description="en or zh.", examples=["zh"])] = "en",
) -> Language:
    return preferred_language(accept_language)


Spoken = Annotated[Language, Depends(_language)]


def _open(
    session: Transaction, desk: ServiceDesk, asker: Asker, allowed: Allowed, kind: MatterKind, body: s.MatterIn,
    against: uuid.UUID | None = None,
) -> s.MatterView:  # fmt: skip
    person_id = body.person_id or asker.principal_id
    nobody = Problem("person_unknown", f"person_id {person_id} is nobody we know. Look the person up.")
    if person_id is None:
        raise nobody
    tenant_id = tenant_of(asker)
    allowed.require(Resource(tenant_id, owner_id=person_id), nobody)
    contact = desk.notices.contacts.find(session, recipient(tenant_id, person_id))
    if contact is None:
        raise nobody
    asked = Opening(
        kind, person_id, body.topic.value, body.channel.value, body.words, body.about, against,
        body.language or contact.language.value,
    )  # fmt: skip
    return shown.matter(service.open_matter(session, desk, asker, asked), desk.clock())


def _page(
    session: Transaction, page: Page, access: Access, kind: MatterKind, state: str | None, overdue: bool
) -> s.MatterPage:
    require_known("state", state, [each.value for each in MatterState])
    after = int(page.position[0]) if page.position else None
    now = access.now
    rows = service.page(
        session, kind, after=after, limit=page.limit, state=state, overdue_at=now if overdue else None,
        only_of=access.only_of,
    )  # fmt: skip
    cursor = page.next_cursor(len(rows), [rows[-1].matter_id] if rows else None)
    return s.MatterPage(matters=[shown.matter(row, now) for row in rows], next_cursor=cursor)


@router.post(
    "/enquiries", status_code=201, operation_id="enquiries.open",
    dependencies=[Permit("enquiries.open"), IdempotencyKey],
)  # fmt: skip
def open_enquiry(body: s.MatterIn, session: Transaction, desk: AtDesk, asker: Asker, allowed: Allowed) -> s.MatterView:
    """Ask something. An answer is due within 2 working days."""
    return _open(session, desk, asker, allowed, ENQUIRY, body)


@router.get("/enquiries", operation_id="enquiries.list", dependencies=[Permit("enquiries.list")])
def list_enquiries(
    session: Transaction, access: Allowed, page: PageAsked, state: State = None, overdue: Overdue = False
) -> s.MatterPage:
    """Enquiries, newest first: one's own, or the office's."""
    return _page(session, page, access, ENQUIRY, state, overdue)


@router.get(
    "/enquiries/{matter_id}", operation_id="enquiries.read", dependencies=[Permit("enquiries.read"), ENQUIRY_ROW]
)
def read_enquiry(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterFileView:
    """An enquiry with everything that was written."""
    return shown.file(*service.read(session, desk, asker, ENQUIRY, matter_id), desk.clock())


@router.post(
    "/enquiries/{matter_id}/answer", operation_id="enquiries.answer",
    dependencies=[Permit("enquiries.answer"), ENQUIRY_ROW, IdempotencyKey],
)  # fmt: skip
def answer_enquiry(
    matter_id: MatterId, body: s.AnswerIn, session: Transaction, desk: AtDesk, asker: Asker
) -> s.MatterView:
    """Answer an enquiry; the customer gets the words as a notice."""
    row = service.answer(session, desk, asker, ENQUIRY, matter_id, outcome=Outcome.ANSWERED, words=body.words)
    return shown.matter(row, desk.clock())


@router.post(
    "/enquiries/{matter_id}/withdrawal", operation_id="enquiries.withdraw",
    dependencies=[Permit("enquiries.withdraw"), ENQUIRY_ROW, IdempotencyKey],
)  # fmt: skip
def withdraw_enquiry(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterView:
    """Take one's enquiry back."""
    return shown.matter(service.withdraw(session, desk, asker, ENQUIRY, matter_id), desk.clock())


@router.post(
    "/enquiries/{matter_id}/closing", operation_id="enquiries.close",
    dependencies=[Permit("enquiries.close"), ENQUIRY_ROW, IdempotencyKey],
)  # fmt: skip
def close_enquiry(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterView:
    """Say that the answer will do; staff close after 14 days of silence."""
    return shown.matter(service.close(session, desk, asker, ENQUIRY, matter_id), desk.clock())


@router.post(
    "/complaints", status_code=201, operation_id="complaints.open",
    dependencies=[Permit("complaints.open"), IdempotencyKey],
)  # fmt: skip
def open_complaint(
    body: s.ComplaintIn, session: Transaction, desk: AtDesk, asker: Asker, allowed: Allowed
) -> s.MatterView:
    """Complain. It is acknowledged within 1 working day and answered within 10."""
    return _open(session, desk, asker, allowed, COMPLAINT, body, body.against)


@router.get("/complaints", operation_id="complaints.list", dependencies=[Permit("complaints.list")])
def list_complaints(
    session: Transaction, access: Allowed, page: PageAsked, state: State = None, overdue: Overdue = False
) -> s.MatterPage:
    """Complaints, newest first: one's own, or the office's."""
    return _page(session, page, access, COMPLAINT, state, overdue)


@router.get(
    "/complaints/{matter_id}", operation_id="complaints.read", dependencies=[Permit("complaints.read"), COMPLAINT_ROW]
)
def read_complaint(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterFileView:
    """A complaint with everything that was written."""
    return shown.file(*service.read(session, desk, asker, COMPLAINT, matter_id), desk.clock())


@router.post(
    "/complaints/{matter_id}/acknowledgement", operation_id="complaints.acknowledge",
    dependencies=[Permit("complaints.acknowledge"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def acknowledge_complaint(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterView:
    """Confirm that a complaint is read; the customer is told until when it is answered."""
    return shown.matter(service.acknowledge(session, desk, asker, matter_id), desk.clock())


@router.post(
    "/complaints/{matter_id}/answer", operation_id="complaints.answer",
    dependencies=[Permit("complaints.answer"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def answer_complaint(
    matter_id: MatterId, body: s.DecisionIn, session: Transaction, desk: AtDesk, asker: Asker
) -> s.MatterView:
    """Decide a complaint. After an escalation, somebody who did not answer before."""
    outcome = Outcome(body.outcome)
    row = service.answer(session, desk, asker, COMPLAINT, matter_id, outcome=outcome, words=body.words)
    return shown.matter(row, desk.clock())


@router.post(
    "/complaints/{matter_id}/extension", operation_id="complaints.extend",
    dependencies=[Permit("complaints.extend"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def extend_complaint(
    matter_id: MatterId, body: s.ReasonIn, session: Transaction, desk: AtDesk, asker: Asker
) -> s.MatterView:
    """Take 20 working days more, once; the customer is told."""
    return shown.matter(service.extend(session, desk, asker, matter_id, reason=body.words), desk.clock())


@router.post(
    "/complaints/{matter_id}/escalation", operation_id="complaints.escalate",
    dependencies=[Permit("complaints.escalate"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def escalate_complaint(
    matter_id: MatterId, body: s.ReasonIn, session: Transaction, desk: AtDesk, asker: Asker
) -> s.MatterView:
    """Ask for a second look within 30 days of the answer, once."""
    return shown.matter(service.escalate(session, desk, asker, matter_id, words=body.words), desk.clock())


@router.post(
    "/complaints/{matter_id}/withdrawal", operation_id="complaints.withdraw",
    dependencies=[Permit("complaints.withdraw"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def withdraw_complaint(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterView:
    """Take one's complaint back."""
    return shown.matter(service.withdraw(session, desk, asker, COMPLAINT, matter_id), desk.clock())


@router.post(
    "/complaints/{matter_id}/closing", operation_id="complaints.close",
    dependencies=[Permit("complaints.close"), COMPLAINT_ROW, IdempotencyKey],
)  # fmt: skip
def close_complaint(matter_id: MatterId, session: Transaction, desk: AtDesk, asker: Asker) -> s.MatterView:
    """Say that the answer will do; staff close after 14 days of silence."""
    return shown.matter(service.close(session, desk, asker, COMPLAINT, matter_id), desk.clock())


@router.get("/surveys", operation_id="surveys.list", dependencies=[Permit("surveys.list")])
def list_surveys(session: Transaction, desk: AtDesk, asker: Asker) -> s.SurveyList:
    """What one is asked and has not answered."""
    return s.SurveyList(surveys=[shown.survey(row) for row in surveys.open_of(session, desk, asker)])


@router.post(
    "/surveys/{survey_id}/answer", operation_id="surveys.answer",
    dependencies=[Permit("surveys.answer"), IdempotencyKey],
)  # fmt: skip
def answer_survey(
    survey_id: uuid.UUID, body: s.SurveyAnswerIn, session: Transaction, desk: AtDesk, asker: Asker
) -> s.SurveyAnswerView:
    """Say how content one is. It counts once."""
    row = surveys.answer(session, desk, asker, survey_id, score=body.score, words=body.words)
    return s.SurveyAnswerView(survey_id=row.survey_id, answered_at=row.answered_at or 0)


@router.get("/survey-answers", operation_id="surveys.read", dependencies=[Permit("surveys.read")])
def read_answers(session: Transaction, desk: AtDesk, asker: Asker, page: PageAsked) -> s.ReplyPage:
    """What customers answered, with their words, and without who they are. Each reading is kept."""
    after = (int(page.position[0]), uuid.UUID(str(page.position[1]))) if page.position else None
    found = surveys.replies(session, desk, asker, after=after, limit=page.limit)
    last = (found[-1].answered_at, str(found[-1].survey_id)) if found else None
    return s.ReplyPage(
        replies=[s.ReplyView(**asdict(each)) for each in found], next_cursor=page.next_cursor(len(found), last)
    )  # fmt: skip


@router.get("/service-figures", operation_id="service.figures", dependencies=[Permit("service.figures")])
def get_figures(
    session: Transaction, services: Services, asker: Asker, spoken: Spoken,
    year: Annotated[int, Query(ge=1971, le=9998)], quarter: Annotated[int, Query(ge=1, le=4)],
) -> s.ServiceFiguresView:  # fmt: skip
    """A quarter's figures and what each of them means. Nobody's data is in them."""
    found = figures.quarter(session, tenant_of(asker), year, quarter, now=services.clock())
    return shown.figures_view(found, year, quarter, spoken)


@router.get("/knowledge", operation_id="knowledge.search", dependencies=[Public("knowledge.search")])
def search_knowledge(
    spoken: Spoken, query: Annotated[str, Query(max_length=100, examples=["how to complain"])] = ""
) -> s.ArticleList:
    """Texts in which the words occur, the most fitting first; all of them without a query."""
    found = [s.ArticleHead(topic=each.topic, title=each.title) for each in knowledge_files.search(query, spoken)]
    return s.ArticleList(language=spoken, articles=found)


@router.get("/knowledge/{topic}", operation_id="knowledge.read", dependencies=[Public("knowledge.read")])
def read_knowledge(topic: str, spoken: Spoken) -> s.ArticleView:
    """One text."""
    found = knowledge_files.article(topic, spoken)
    edition = privacy_notice.in_force() if topic == privacy_notice.TOPIC else None
    return s.ArticleView(
        topic=found.topic, language=found.language, title=found.title, text=found.text,
        version=edition.version if edition else None, sha256=edition.sha256[spoken] if edition else None,
    )  # fmt: skip
