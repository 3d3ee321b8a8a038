"""Cases as rows: the steps that were taken are the truth, the columns say what they add up to.

Each step's row seals all steps up to it, so that a case is read back by opening one record; who took each, when, and
what came of it stands in the open and must agree with what is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.notices.ports import FileCategory, Recipient, Records
from backend.problems import Problem
from backend.underwriting import repository
from backend.underwriting.codec import FileUnreadable, decode_case_event, encode_event
from backend.underwriting.desk import Office, UnderwritingDesk
from backend.underwriting.models import CaseEventRow, CaseRow
from backend.vault.records import subject_of
from backend.workflows.requests import request
from domain.errors import CaseStepRefused
from domain.underwriting_case import Case
from domain.underwriting_desk import SILENCE_SECONDS, advanced, replayed
from domain.underwriting_people import Actor, Machine, Person
from domain.underwriting_people import Office as Seat
from domain.underwriting_steps import CaseEvent, CaseState, Event, Step

log = structlog.get_logger()

MACHINE = Machine("underwriting")
CUSTOMER = "customer"
WORKER = "worker"
WORKFLOW = "underwriting.advance"


def office_of(session: Session, tenant_id: UUID) -> Office:
    """How an insurer's office works."""
    row = repository.office(session, tenant_id)
    if row is None:
        return Office()
    return Office(row.calendar, row.machine_accepts, row.sample_bps, row.quote_valid_seconds, row.how_to_object)


def actor_of(session: Session, principal: Principal) -> Actor:
    """Who acts, with the licence and the offices they hold; a person without any is still a person."""
    if principal.kind is not PrincipalKind.PERSON or principal.principal_id is None or principal.tenant_id is None:
        return MACHINE
    row = repository.licence(session, principal.tenant_id, principal.principal_id)
    name = str(principal.principal_id)
    if row is None:
        return Person(name)
    return Person(name, row.licensed_on, row.intermediate_exam_on, frozenset(Seat(each) for each in row.offices))


def load(session: Session, desk: UnderwritingDesk, case_id: int, *, lock: bool = True) -> tuple[CaseRow, Case]:
    """A case with its row, locked unless told otherwise.

    Raises:
        Problem: `underwriting_case_unknown`.
        RecordGone: The file is erased or restricted.
        FileUnreadable: The file does not agree with its rows.
    """
    row = repository.case(session, case_id, lock=lock)
    if row is None:
        raise Problem("underwriting_case_unknown", f"case {case_id} is not known. See GET /v1/underwriting-cases.")
    return row, read(session, desk.records, row)


def read(session: Session, records: Records, row: CaseRow) -> Case:
    """The case a row shows.

    Raises:
        RecordGone, FileUnreadable
    """
    return replayed(row.case_id, _events(session, records, row))


def open_case(session: Session, desk: UnderwritingDesk, principal: Principal, row: CaseRow, case: Case) -> None:
    """Keep a new case with the steps it has."""
    row.events = 0
    _show(session, row, case)
    repository.add(session, row)
    _keep(session, desk, principal, row, case)


def take(
    session: Session, desk: UnderwritingDesk, principal: Principal, row: CaseRow, case: Case, what: Step, *,
    by: Actor | None = None,
) -> Case:  # fmt: skip
    """Take a step now, and keep it.

    Raises:
        CaseNotInState, PersonRefused, CaseStepRefused
    """
    at = max(desk.clock(), case.last_at)
    after = advanced(case, Event(at, by or actor_of(session, principal), what))
    _keep(session, desk, principal, row, after)
    return after


def keep(session: Session, desk: UnderwritingDesk, principal: Principal, row: CaseRow, case: Case) -> None:
    """Keep steps that were taken elsewhere: those of a correction."""
    _keep(session, desk, principal, row, case)


def about(row: CaseRow) -> bytes:
    """The application, whose contract's end decides how long the file is kept."""
    return subject_of(int(row.application_id))


def wake(session: Session, case_id: int, occasion: str) -> None:
    """Have the machine look at a case after this transaction; once for an occasion."""
    _request(session, case_id, f"underwriting:{case_id}:{occasion}")


def go_on(session: Session, case_id: int, workflow_id: str) -> None:
    """Have another workflow go on with the machine's turn, after this one; once, however often it is said."""
    stem, _, count = workflow_id.partition("/")
    _request(session, case_id, f"{stem}/{int(count or 1) + 1}")


def _request(session: Session, case_id: int, workflow_id: str) -> None:
    request(session, queue="underwriting", workflow=WORKFLOW, workflow_id=workflow_id, arguments=[case_id])


def _keep(session: Session, desk: UnderwritingDesk, principal: Principal, row: CaseRow, case: Case) -> None:
    owner = Recipient(row.tenant_id, row.person_id)
    new = case.events[row.events :]
    for sequence in range(row.events + 1, len(case.events) + 1):
        so_far = [encode_event(each) for each in case.events[:sequence]]
        worker = Principal.worker(row.tenant_id)
        record_id = desk.records.seal(session, worker, owner, FileCategory.ASSESSMENT, {"events": so_far}, about(row))
        event = case.events[sequence - 1]
        repository.add(session, _event_row(row, sequence, event, _state_after(case, sequence), record_id))
    row.events = len(case.events)
    _show(session, row, case)
    session.flush()
    subject = f"underwriting_case:{row.case_id}"
    repository.clear_alarms(session, row.tenant_id, subject, row.state, desk.clock())
    for event in new:
        step = type(event.what).__name__
        facts: Facts = {"step": step, "state": row.state, "case": row.case_id}
        audit.record(session, principal, operation="underwriting.step", subject=f"cases/{row.case_id}", facts=facts)
        log.info("case.step_taken", case_id=row.case_id, step=step, state=row.state)
    if row.waits_for == WORKER:
        wake(session, row.case_id, f"step:{row.events}")


def _event_row(row: CaseRow, sequence: int, event: CaseEvent, state: str, record_id: UUID) -> CaseEventRow:
    kind = "machine" if isinstance(event.by, Machine) else "person"
    return CaseEventRow(
        case_id=row.case_id, sequence=sequence, at=event.at, step=type(event.what).__name__, state=state,
        actor_kind=kind, actor=event.by.name, record_id=record_id, tenant_id=row.tenant_id, person_id=row.person_id,
    )  # fmt: skip


def _state_after(case: Case, sequence: int) -> str:
    return replayed(case.case_id, case.events[:sequence]).state.name.lower()


def _show(session: Session, row: CaseRow, case: Case) -> None:
    """Write the columns anew."""
    office = office_of(session, row.tenant_id)
    row.state, row.outcome = case.state.name.lower(), case.outcome.value
    row.tier = None if case.assessment is None else case.assessment.tier.name.lower()
    row.committee = case.assessment is not None and case.assessment.committee
    row.closed_at, row.superseded_by = case.closed_at, case.superseded_by
    row.calendar = f"{office.calendar.name}@{office.calendar.version}"
    row.waits_for = waits_for(case, office, stuck=row.stuck is not None, checked=_checked(session, row))
    row.due_at = due_at(case, office)


def _checked(session: Session, row: CaseRow) -> bool:
    return row.events == 0 or all(each.at is not None for each in repository.checks(session, row.case_id))


def due_at(case: Case, office: Office) -> int | None:
    """When the next step is due; of a customer, when their silence may be taken for withdrawal."""
    if case.waits_for_customer:
        return case.last_at + SILENCE_SECONDS
    return case.due(office.calendar.days)


def waits_for(case: Case, office: Office, *, stuck: bool, checked: bool) -> str | None:
    """Whose step is next: a role, the customer, the machine or nobody.

    Args:
        stuck: Whether the machine has given the case to people.
        checked: Whether nothing is left to be checked of it (R17).
    """
    if case.state is CaseState.CLOSED:
        return None
    if case.waits_for_customer:
        return CUSTOMER
    people: Mapping[CaseState, str] = {
        CaseState.DECIDED: Role.SENIOR_UNDERWRITER.value, CaseState.COMMITTEE: Role.COMMITTEE_MEMBER.value
    }  # fmt: skip
    if case.state in people:
        return people[case.state]
    if case.state is CaseState.ASSESSED:
        alone = case.assessed().fast_lane and office.machine_accepts and checked and not stuck
        return WORKER if alone else Role.JUNIOR_UNDERWRITER.value
    return Role.JUNIOR_UNDERWRITER.value if stuck else WORKER


def _events(session: Session, records: Records, row: CaseRow) -> Sequence[CaseEvent]:
    last = repository.last_event(session, row.case_id, row.events)
    if last is None:
        raise FileUnreadable(f"step {row.events} of case {row.case_id} is not there.")
    owner = Recipient(row.tenant_id, row.person_id)
    written = records.open(session, Principal.worker(row.tenant_id), owner, last.record_id)["events"]
    if not isinstance(written, list) or len(written) != row.events:
        raise FileUnreadable(f"the file of case {row.case_id} does not have {row.events} steps.")
    found = [decode_case_event(each) for each in written]
    for shown, event in zip(repository.events(session, row.case_id), found, strict=True):
        if (shown.at, shown.step, shown.actor) != (event.at, type(event.what).__name__, event.by.name):
            raise FileUnreadable(f"step {shown.sequence} of case {row.case_id} is not what the file says.")
    return found


def refuse_customer(principal: Principal) -> None:
    """Steps of the office are not a customer's.

    Raises:
        CaseStepRefused
    """
    if principal.own_only:
        remedy = "Ask the insurer"
        raise CaseStepRefused("OfficeOnly", "principal", "a customer", "may not take a step of the office", remedy)
