"""Objections (manual R18): recorded, passed on within a working day, examined anew by somebody else within three,
corrected where they are right, and the customer told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.chain import underwriting_quorum
from backend.chain.underwriting_quorum import HandedIn, Refused
from backend.notices import service as notices
from backend.notices.kinds import ChannelName, Language, NoticeKind
from backend.notices.ports import FileCategory, Recipient
from backend.notices.writing import Value, day
from backend.problems import STATUS, Problem
from backend.underwriting import casebook, files, repository, words
from backend.underwriting.codec import FileUnreadable, decode_objection_event, encode_event
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow, ObjectionEventRow, ObjectionRow
from domain.act_deadlines import StartRule, deadline_of_act
from domain.objection import EXAMINE_DAYS, PASS_DAYS, Objection, advanced, correction, raised, replayed, told
from domain.objection_steps import Corrected, ObjectionEvent, ObjectionState, ObjectionStep, PassedOn, Raised, Upheld
from domain.underwriting_case import Case
from domain.underwriting_decision import CaseAssessment, Channel, Decision
from domain.underwriting_desk import replayed as case_replayed
from domain.underwriting_people import Actor
from domain.underwriting_steps import Event

log = structlog.get_logger()

WAITS_FOR: Mapping[ObjectionState, str] = {
    ObjectionState.RECORDED: Role.CUSTOMER_SERVICE.value,
    ObjectionState.PASSED: Role.SENIOR_UNDERWRITER.value,
    ObjectionState.EXAMINED: Role.CUSTOMER_SERVICE.value,
}


def record(
    session: Session, desk: UnderwritingDesk, principal: Principal, case_id: int, what: Raised
) -> tuple[ObjectionRow, Objection]:
    """A customer objects to what they were told; the answer says by when it is examined.

    Raises:
        Problem: `underwriting_case_unknown`.
        CaseNotInState, CaseStepRefused
    """
    row, case = casebook.load(session, desk, case_id)
    number, at = repository.next_number(session), max(desk.clock(), case.last_at)
    found = raised(number, case, Event(at, _actor(session, principal, case), what))
    kept = ObjectionRow(
        objection_id=number, case_id=case_id, case_events=len(case.events), events=0, raised_at=at, successor=None,
        tenant_id=row.tenant_id, person_id=row.person_id,
    )  # fmt: skip
    _show(session, kept, found)
    repository.add(session, kept)
    _keep(session, desk, principal, kept, found)
    _acknowledge(session, desk, kept, found)
    return kept, found


def load(
    session: Session, desk: UnderwritingDesk, objection_id: int, *, lock: bool = True
) -> tuple[ObjectionRow, Objection]:
    """An objection with the case as it was when the customer objected.

    Raises:
        Problem: `objection_unknown`.
        RecordGone, FileUnreadable
    """
    kept = repository.objection(session, objection_id, lock=lock)
    if kept is None:
        raise Problem("objection_unknown", f"objection {objection_id} is not known.")
    _, now = casebook.load(session, desk, kept.case_id, lock=lock)
    case = case_replayed(kept.case_id, now.events[: kept.case_events])
    return kept, replayed(objection_id, case, _events(session, desk, kept))


def pass_on(
    session: Session, desk: UnderwritingDesk, principal: Principal, objection_id: int
) -> tuple[ObjectionRow, Objection]:
    """Customer service passes it to underwriting."""
    casebook.refuse_customer(principal)
    return _step(session, desk, principal, objection_id, PassedOn())


def uphold(
    session: Session, desk: UnderwritingDesk, principal: Principal, objection_id: int, reason: str
) -> tuple[ObjectionRow, Objection]:
    """Somebody else examined it anew and found the decision right; the customer is told why."""
    casebook.refuse_customer(principal)
    kept, found = _step(session, desk, principal, objection_id, Upheld(reason))
    return tell(session, desk, principal, kept, found)


def correct(
    session: Session, desk: UnderwritingDesk, principal: Principal, objection_id: int, *,
    statements: Mapping[str, object], decision: Decision, reason: str,
) -> tuple[ObjectionRow, Objection]:  # fmt: skip
    """Somebody else found an error: another case supersedes, assessed anew by the quorum on corrected statements.

    It waits for a senior's review as any other; the customer is told of the objection once that case was told.

    Raises:
        Problem: `objection_unknown`, or the code the nodes refuse the corrected application with.
        OracleUnavailable
        CaseNotInState, PersonRefused, CaseStepRefused
    """
    casebook.refuse_customer(principal)
    kept, found = load(session, desk, objection_id)
    row, case = casebook.load(session, desk, kept.case_id)
    applied, assessment = _assessed_anew(session, desk, row, statements)
    successor = repository.next_number(session)
    what = Corrected(successor, assessment, decision, reason)
    kept, found = _advance(session, desk, principal, kept, found, what, casebook.actor_of(session, principal))
    superseded, opened = correction(found, case)
    casebook.keep(session, desk, principal, row, superseded)
    new = CaseRow(
        case_id=successor, application_id=applied.document["application_id"], product=row.product, line=row.line,
        party=row.party, received_at=row.received_at, tenant_id=row.tenant_id, person_id=row.person_id, events=0,
        stuck=None, sampled=False, record_id=files.seal(session, desk, row, applied),
        notice_version=row.notice_version, notice_hash=row.notice_hash,
    )  # fmt: skip
    casebook.open_case(session, desk, principal, new, opened)
    kept.successor = successor
    return kept, found


def _assessed_anew(
    session: Session, desk: UnderwritingDesk, row: CaseRow, statements: Mapping[str, object]
) -> tuple[files.Applied, CaseAssessment]:
    """The application with corrected statements, under the next number, and what the quorum says of it."""
    product = desk.shelf.product(row.product)
    handed, before = files.handed_in(session, desk, row), files.applied_for(session, desk, row)
    changes = {
        "application_id": int(row.application_id) + 1, "statements": {**before.document["statements"], **statements}
    }  # fmt: skip
    asked = HandedIn({**handed.application, **changes}, handed.salt)
    found = underwriting_quorum.assess(desk.nodes, product.address, asked, desk.shelf.signers(product).needed)
    if isinstance(found, Refused):
        code = found.code if found.code in STATUS else "application_invalid"
        raise Problem(code, f"{found.detail}.", fields=list(files.missing_fields(found.detail)))
    document = {**before.document, **changes}
    return replace(before, document=document), found.case


def tell(
    session: Session, desk: UnderwritingDesk, principal: Principal, kept: ObjectionRow, found: Objection
) -> tuple[ObjectionRow, Objection]:
    """Tell the customer what came of it: now where the decision stands, else once the new case was told.

    Raises:
        CaseStepRefused: `CorrectionNotDecided`.
    """
    successor = None
    if kept.successor is not None:
        _, successor = casebook.load(session, desk, kept.successor)
    told(found, Channel.WRITTEN, "checked", successor)  # refuses before anything is sent
    sent = notices.order(session, desk.notices, _result(session, desk, kept, found, successor))
    channel = Channel.SMS if sent.channel == ChannelName.SMS else Channel.WRITTEN
    what = told(found, channel, f"notice {sent.notice_id}", successor)
    return _advance(session, desk, principal, kept, found, what, casebook.MACHINE)


def _step(
    session: Session, desk: UnderwritingDesk, principal: Principal, objection_id: int, what: ObjectionStep
) -> tuple[ObjectionRow, Objection]:
    kept, found = load(session, desk, objection_id)
    return _advance(session, desk, principal, kept, found, what, casebook.actor_of(session, principal))


def _advance(
    session: Session, desk: UnderwritingDesk, principal: Principal, kept: ObjectionRow, found: Objection,
    what: ObjectionStep, by: Actor,
) -> tuple[ObjectionRow, Objection]:  # fmt: skip
    at = max(desk.clock(), found.events[-1].at)
    after = advanced(found, Event(at, by, what))
    _keep(session, desk, principal, kept, after)
    return kept, after


def _actor(session: Session, principal: Principal, case: Case) -> Actor:
    """Who records it: staff in their own name, and the machine where the customer wrote it down themselves."""
    actor = casebook.actor_of(session, principal)
    return casebook.MACHINE if actor.name in case.received.parties else actor


def _keep(session: Session, desk: UnderwritingDesk, principal: Principal, kept: ObjectionRow, found: Objection) -> None:
    owner, worker = Recipient(kept.tenant_id, kept.person_id), Principal.worker(kept.tenant_id)
    about = casebook.about(_case_row(session, kept))
    for sequence in range(kept.events + 1, len(found.events) + 1):
        so_far: list[object] = [encode_event(each) for each in found.events[:sequence]]
        event = found.events[sequence - 1]
        record_id = desk.records.seal(session, worker, owner, FileCategory.OBJECTION, {"events": so_far}, about)
        step = type(event.what).__name__
        kind = "machine" if event.by == casebook.MACHINE else "person"
        repository.add(
            session,
            ObjectionEventRow(
                objection_id=kept.objection_id, sequence=sequence, at=event.at, step=step,
                state=found.state.name.lower(), actor_kind=kind, actor=event.by.name, record_id=record_id,
                tenant_id=kept.tenant_id, person_id=kept.person_id,
            ),
        )  # fmt: skip
        subject = f"objections/{kept.objection_id}"
        audit.record(session, principal, operation="underwriting.object", subject=subject, facts={"step": step})
        log.info("objection.step_taken", objection_id=kept.objection_id, step=step)
    kept.events = len(found.events)
    _show(session, kept, found)
    session.flush()
    subject = f"underwriting_objection:{kept.objection_id}"
    repository.clear_alarms(session, kept.tenant_id, subject, kept.state, desk.clock())


def _show(session: Session, kept: ObjectionRow, found: Objection) -> None:
    calendar = casebook.office_of(session, kept.tenant_id).calendar.days
    kept.state, kept.outcome = found.state.name.lower(), found.outcome.value
    kept.due_at, kept.waits_for = found.due(calendar), WAITS_FOR.get(found.state)


def _events(session: Session, desk: UnderwritingDesk, kept: ObjectionRow) -> Sequence[ObjectionEvent]:
    last = repository.objection_event(session, kept.objection_id, kept.events)
    if last is None:
        raise FileUnreadable(f"step {kept.events} of objection {kept.objection_id} is not there.")
    owner = Recipient(kept.tenant_id, kept.person_id)
    written = desk.records.open(session, Principal.worker(kept.tenant_id), owner, last.record_id)["events"]
    if not isinstance(written, list) or len(written) != kept.events:
        raise FileUnreadable(f"the file of objection {kept.objection_id} does not have {kept.events} steps.")
    return [decode_objection_event(each) for each in written]


def _acknowledge(session: Session, desk: UnderwritingDesk, kept: ObjectionRow, found: Objection) -> None:
    """Tell the customer that it is recorded, and by when it is examined: a day more than underwriting has."""
    office = casebook.office_of(session, kept.tenant_id)
    days = office.calendar.days
    last = deadline_of_act(found.events[0].at, PASS_DAYS + EXAMINE_DAYS, days, StartRule.NEXT_DAY)

    def values(language: Language) -> Mapping[str, Value]:
        examined_by = day(language, last.due_at - 1, days.utc_offset_seconds)
        return {"objection": str(kept.objection_id), "case": str(kept.case_id), "examined_by": examined_by}

    notices.order(session, desk.notices, _order(session, kept, NoticeKind.OBJECTION_RECEIVED, "received", values))


def _result(
    session: Session, desk: UnderwritingDesk, kept: ObjectionRow, found: Objection, successor: Case | None
) -> notices.NoticeOrder:
    product = desk.shelf.product(_case_row(session, kept).product)

    def values(language: Language) -> Mapping[str, Value]:
        return {
            "objection": str(kept.objection_id), "case": str(kept.case_id), "corrected": successor is not None,
            "result": words.corrected(successor, product, language) if successor else _why(found),
        }  # fmt: skip

    return _order(session, kept, NoticeKind.OBJECTION_RESULT, "result", values)


def _why(found: Objection) -> str:
    return next((each.what.reason for each in found.events if isinstance(each.what, Upheld)), "")


def _order(
    session: Session, kept: ObjectionRow, kind: NoticeKind, what: str,
    values: Callable[[Language], Mapping[str, Value]],
) -> notices.NoticeOrder:  # fmt: skip
    to, subject = Recipient(kept.tenant_id, kept.person_id), f"underwriting_objection:{kept.objection_id}"
    about = casebook.about(_case_row(session, kept))
    return notices.NoticeOrder(to, kind, f"{subject}:{what}", subject, values, about)


def _case_row(session: Session, kept: ObjectionRow) -> CaseRow:
    row = repository.case(session, kept.case_id)
    assert row is not None  # a foreign key holds it
    return row


def page(session: Session, *, state: str | None, after: int, limit: int) -> Sequence[ObjectionRow]:
    """Objections by number."""
    return repository.objections(session, state=state, after=after, limit=limit)
