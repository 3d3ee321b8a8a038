"""HTTP for underwriting: applications, the office's steps, quotes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from sqlalchemy.orm import Session

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.custody.holders import sign_for
from backend.dependencies import Asker, Services, ServiceSet, Transaction
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.intake import service as intakes
from backend.problems import Problem
from backend.service import privacy_notice
from backend.underwriting import acceptance, checks, service
from backend.underwriting import schemas as s
from backend.underwriting import shown as out
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.service import Application, Authorisation
from backend.underwriting.views import case_view, file_view, quote_view, whole_view
from domain.underwriting_steps import Asked, CaseState, Decided, Lapsed, SentBack, Signed, Step, Voted

router = api_router("underwriting", "/v1/underwriting-cases")
CaseId = Annotated[int, Path(ge=1, lt=1 << 63, description="Number of the case.")]


def desk_of(services: ServiceSet) -> UnderwritingDesk:
    """What underwriting works with here.

    Raises:
        Problem: `key_missing`.
    """
    if services.underwriting is None:
        missing = "QUITTANCE_VAULT_KEY_FILE" if services.vault is None else "QUITTANCE_IDENTITY_KEY_FILE"
        raise Problem("key_missing", setting=missing)
    return services.underwriting


@router.post(
    "", status_code=201, operation_id="underwriting.apply", dependencies=[Permit("underwriting.apply"), IdempotencyKey]
)
def apply(body: s.ApplicationIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Apply for a policy. An application with a required field missing is refused, naming the field."""
    desk, asked = desk_of(services), _application(body, asker)
    drafted = service.draft(desk, asked)
    service.check_complete(desk, asked, drafted)
    row = service.apply(session, desk, asker, asked, drafted)
    if body.intake is not None:
        intakes.note_application(
            session, asker, body.intake, f"underwriting-cases/{row.case_id}", int(row.application_id), desk.clock()
        )
    return case_view(row, desk.clock())


@router.get("", operation_id="underwriting.list", dependencies=[Permit("underwriting.list")])
def list_cases(
    session: Transaction, services: Services, page: PageAsked,
    waits_for: Annotated[str | None, Query(max_length=32, description="A role, customer or worker.")] = None,
    state: Annotated[str | None, Query(max_length=16)] = None,
    overdue: Annotated[bool, Query(description="Only those past their deadline.")] = False,
) -> out.CasePage:  # fmt: skip
    """Cases by deadline: the queue of a role, or one's own."""
    require_known("state", state, [each.name.lower() for each in CaseState])
    now = services.clock()
    after = (int(page.position[0]), int(page.position[1])) if page.position else None
    rows = service.page(
        session, waits_for=waits_for, state=state, overdue_at=now if overdue else None, after=after, limit=page.limit
    )
    last = (service.order_key(rows[-1]), rows[-1].case_id) if rows else None
    return out.CasePage(cases=[case_view(row, now) for row in rows], next_cursor=page.next_cursor(len(rows), last))


@router.get("/{case_id}", operation_id="underwriting.read", dependencies=[Permit("underwriting.read")])
def get_case(case_id: CaseId, session: Transaction, services: Services, asker: Asker) -> out.CaseFileView:
    """A case: where it stands, who took which step and when. What was said is in its file."""
    return whole_view(session, service.get(session, case_id), services.clock(), staff=not asker.own_only)


@router.get("/{case_id}/file", operation_id="underwriting.read_file", dependencies=[Permit("underwriting.read_file")])
def get_file(case_id: CaseId, session: Transaction, services: Services, asker: Asker) -> out.FileView:
    """The file: application, decisions and reasons in words. Opened for underwriting, claims and audit only."""
    return file_view(*service.read_file(session, desk_of(services), asker, case_id))


@router.post(
    "/{case_id}/answers", operation_id="underwriting.answer",
    dependencies=[Permit("underwriting.answer"), IdempotencyKey],
)  # fmt: skip
def answer(case_id: CaseId, body: s.AnswerIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Complete the statements that were asked for."""
    row = service.answer(session, desk_of(services), asker, case_id, body.statements)
    return case_view(row, services.clock())


@router.post(
    "/{case_id}/questions", operation_id="underwriting.ask", dependencies=[Permit("underwriting.ask"), IdempotencyKey]
)
def ask(case_id: CaseId, body: s.QuestionIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Ask the customer for fields that are missing."""
    return _step(session, services, asker, case_id, Asked(body.missing))


@router.post(
    "/{case_id}/decision", operation_id="underwriting.decide",
    dependencies=[Permit("underwriting.decide"), IdempotencyKey],
)  # fmt: skip
def decide(case_id: CaseId, body: s.DecisionIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Accept, with the measures the tier allows, or decline with reason and ground. A senior reviews it."""
    return _step(session, services, asker, case_id, Decided(body.to_domain()))


@router.post(
    "/{case_id}/signature", operation_id="underwriting.sign", dependencies=[Permit("underwriting.sign"), IdempotencyKey]
)
def sign(case_id: CaseId, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Sign what somebody else decided."""
    return _step(session, services, asker, case_id, Signed())


@router.post(
    "/{case_id}/return", operation_id="underwriting.send_back",
    dependencies=[Permit("underwriting.send_back"), IdempotencyKey],
)  # fmt: skip
def send_back(
    case_id: CaseId, body: s.ReturnIn, session: Transaction, services: Services, asker: Asker
) -> out.CaseView:
    """Send back what is incomplete, inaccurate or not compliant."""
    return _step(session, services, asker, case_id, SentBack(body.faults, body.note))


@router.post(
    "/{case_id}/votes", operation_id="underwriting.vote", dependencies=[Permit("underwriting.vote"), IdempotencyKey]
)
def vote(case_id: CaseId, body: s.VoteIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Vote on a case above 90 points: all three offices accept, or one refuses with its reason."""
    return _step(session, services, asker, case_id, Voted(body.office, body.agrees, body.reason, body.ground))


@router.post(
    "/{case_id}/lapse", operation_id="underwriting.lapse", dependencies=[Permit("underwriting.lapse"), IdempotencyKey]
)
def lapse(case_id: CaseId, body: s.NoteIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Close a case whose customer was silent for 30 days."""
    return _step(session, services, asker, case_id, Lapsed(body.note))


@router.post(
    "/{case_id}/withdrawal", operation_id="underwriting.withdraw",
    dependencies=[Permit("underwriting.withdraw"), IdempotencyKey],
)  # fmt: skip
def withdraw(case_id: CaseId, body: s.NoteIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Take one's application back."""
    service.withdraw(session, desk_of(services), asker, case_id, body.note)
    return case_view(service.get(session, case_id), services.clock())


@router.post(
    "/{case_id}/authorisations/{source}/withdrawal", operation_id="underwriting.withdraw_authorisation",
    dependencies=[Permit("underwriting.withdraw_authorisation"), IdempotencyKey],
)  # fmt: skip
def withdraw_authorisation(
    case_id: CaseId, source: Annotated[str, Path(max_length=24)], session: Transaction, services: Services, asker: Asker
) -> out.CaseView:
    """Take an authorisation back: what that source said counts no more."""
    service.withdraw_authorisation(session, desk_of(services), asker, case_id, source)
    return case_view(service.get(session, case_id), services.clock())


@router.post(
    "/{case_id}/checks", operation_id="underwriting.check", dependencies=[Permit("underwriting.check"), IdempotencyKey]
)
def check(case_id: CaseId, body: s.CheckIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Record what came of a check of authenticity, or of a mismatch with a source."""
    key = (case_id, body.kind, body.field, body.source)
    checks.finish_check(session, desk_of(services), asker, key, outcome=body.outcome, note=body.note)
    return case_view(service.get(session, case_id), services.clock())


@router.get(
    "/{case_id}/quote", operation_id="underwriting.read_quote", dependencies=[Permit("underwriting.read_quote")]
)
def get_quote(case_id: CaseId, session: Transaction, services: Services) -> out.CaseQuoteView:
    """The quote of an accepted case."""
    desk, row = desk_of(services), service.get(session, case_id)
    kept = acceptance.current(session, desk, case_id, lock=False)
    return quote_view(kept, row, desk.chain_id, acceptance.obstacle(session, desk, row, kept))


@router.post(
    "/{case_id}/quote/renewal", status_code=202, operation_id="underwriting.renew_quote",
    dependencies=[Permit("underwriting.renew_quote"), IdempotencyKey],
)  # fmt: skip
def renew_quote(case_id: CaseId, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Ask for a new quote where the last one ran out before it was accepted."""
    return case_view(acceptance.renew(session, desk_of(services), asker, case_id), services.clock())


@router.post(
    "/{case_id}/quote/committee-signatures", operation_id="underwriting.sign_quote",
    dependencies=[Permit("underwriting.sign_quote"), IdempotencyKey],
)  # fmt: skip
def sign_quote(
    case_id: CaseId, body: s.SignatureIn, session: Transaction, services: Services, asker: Asker
) -> out.CaseQuoteView:
    """Sign a quote above 90 points as a member of the committee who voted for it."""
    desk = desk_of(services)
    kept = acceptance.sign_as_committee(session, desk, asker, case_id, bytes.fromhex(body.signature[2:]))
    return quote_view(kept, service.get(session, case_id), desk.chain_id)


@router.post(
    "/{case_id}/quote/acceptance", status_code=202, operation_id="underwriting.accept",
    dependencies=[Permit("underwriting.accept"), IdempotencyKey],
)  # fmt: skip
def accept(
    case_id: CaseId, body: s.AcceptanceIn, session: Transaction, services: Services, asker: Asker
) -> out.CaseQuoteView:
    """Accept the quote, with a wallet or with the key kept here. The policy is bound on the chain soon after."""
    desk = desk_of(services)
    if body.signature is not None:
        signature = bytes.fromhex(body.signature[2:])
    else:
        row = service.get(session, case_id)
        offered = quote_view(acceptance.current(session, desk, case_id), row, desk.chain_id)
        signature = sign_for(session, services.custody, asker, offered.typed_data)
    kept = acceptance.accept(session, desk, asker, case_id, signature)
    return quote_view(kept, service.get(session, case_id), desk.chain_id)


def _step(session: Session, services: ServiceSet, asker: Principal, case_id: int, what: Step) -> out.CaseView:
    service.step(session, desk_of(services), asker, case_id, what)
    return case_view(service.get(session, case_id), services.clock())


def _application(body: s.ApplicationIn, asker: Principal) -> Application:
    person_id = body.person_id or asker.principal_id
    if person_id is None:
        raise Problem("request_invalid", "person_id is missing. Say who is to be insured.", field="person_id")
    given = [Authorisation(each.source, each.signed_at, each.evidence) for each in body.authorisations]
    return Application(
        person_id, body.product, body.line, body.party, body.declaration.model_dump(), body.statements, body.holder,
        body.beneficiary, given, body.identity, privacy_notice.cited(body.privacy_notice), body.agent, body.renews,
    )  # fmt: skip
