"""Watches deadlines and receipts: alarms before and after a step is due, tells the people of the role, closes cases
whose notice arrived, and tells customers of objections whose correction is through."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.database import Database
from backend.notices import service as notices
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import Recipient, RecordGone
from backend.notices.states import NoticeState
from backend.notices.writing import Value, day
from backend.underwriting import casebook, objections, repository
from backend.underwriting.casebook import CUSTOMER, MACHINE, WORKER
from backend.underwriting.desk import UnderwritingDesk
from domain.errors import CaseStepRefused
from domain.objection_steps import ObjectionState
from domain.underwriting_steps import CaseState, ReceiptConfirmed

log = structlog.get_logger()

SOON_SECONDS = 4 * 3_600
BATCH = 500
ALARMS = Counter("quittance_deadline_alarms_total", "Deadlines that came close or passed.", ("subject", "level"))

Holders = Callable[[Session, uuid.UUID, Role], Collection[uuid.UUID]]
"""People who have a role at an insurer now."""


@dataclass(frozen=True, slots=True)
class Due:
    """A step that is due soon, or was."""

    tenant_id: uuid.UUID
    subject: str
    state: str
    role: str
    due_at: int
    level: str


def watch(database: Database, desk: UnderwritingDesk, holders: Holders) -> int:
    """Look once. Returns how many alarms were raised."""
    now = desk.clock()
    with database.every_tenant() as session:
        found = repository.deadlines(session, now, now + SOON_SECONDS, BATCH)
    due = [Due(*each, "overdue" if each[4] <= now else "soon") for each in found]
    raised = sum(_alarm(database, desk, holders, each) for each in due)
    close_confirmed(database, desk)
    tell_corrected(database, desk)
    return raised


def _alarm(database: Database, desk: UnderwritingDesk, holders: Holders, due: Due) -> bool:
    """Raise an alarm once, and tell the role: rows and notices in one transaction."""
    with database.scoped(Principal.worker(due.tenant_id)) as session:
        new = repository.raise_alarm(
            session,
            {
                "tenant_id": due.tenant_id, "subject": due.subject, "state": due.state, "due_at": due.due_at,
                "level": due.level, "role": due.role, "raised_at": desk.clock(), "told": 0, "cleared_at": None,
            },
        )  # fmt: skip
        if not new:
            return False
        told = sum(_tell(session, desk, due, person) for person in sorted(_people(session, holders, due), key=str))
        repository.note_told(session, due.tenant_id, due.subject, due.due_at, due.level, told)
    ALARMS.labels(subject=due.subject.partition(":")[0], level=due.level).inc()
    log.warning("deadline.alarmed", subject=due.subject, state=due.state, level=due.level, told=told)
    return True


def _people(session: Session, holders: Holders, due: Due) -> Collection[uuid.UUID]:
    """Who is told: the role whose step it is; of the customer's and the machine's steps, the juniors who follow up."""
    role = Role.JUNIOR_UNDERWRITER if due.role in (CUSTOMER, WORKER) else Role(due.role)
    return holders(session, due.tenant_id, role)


def _tell(session: Session, desk: UnderwritingDesk, due: Due, person_id: uuid.UUID) -> bool:
    offset = casebook.office_of(session, due.tenant_id).calendar.days.utc_offset_seconds

    def values(language: Language) -> dict[str, Value]:
        due_on, overdue = day(language, due.due_at, offset), due.level == "overdue"
        return {"subject": due.subject, "state": due.state, "due_on": due_on, "overdue": overdue}

    cause = f"alarm:{due.subject}:{due.state}:{due.due_at}:{due.level}:{person_id.hex}"
    to = Recipient(due.tenant_id, person_id)
    try:
        notices.order(
            session, desk.notices, notices.NoticeOrder(to, NoticeKind.STAFF_DEADLINE, cause, due.subject, values)
        )
    except RecordGone:
        return False
    return True


def close_confirmed(database: Database, desk: UnderwritingDesk) -> int:
    """Close cases whose customer confirmed that the notice arrived. Returns how many."""
    with database.every_tenant() as session:
        confirmed = [
            (row.tenant_id, row.case_id, proof)
            for row in repository.confirmed(session, BATCH)
            if (proof := _proof(session, row.tenant_id, row.case_id)) is not None
        ]
    return sum(_close(database, desk, *each) for each in confirmed)


def _close(database: Database, desk: UnderwritingDesk, tenant_id: uuid.UUID, case_id: int, proof: str) -> bool:
    worker = Principal.worker(tenant_id)
    try:
        with database.scoped(worker) as session:
            row, case = casebook.load(session, desk, case_id)
            if case.state is CaseState.NOTIFIED:
                casebook.take(session, desk, worker, row, case, ReceiptConfirmed(proof), by=MACHINE)
    except RecordGone:  # restricted: it stops nobody else's, and is looked at again
        log.info("case.record_gone", case_id=case_id)
        return False
    return True


def _proof(session: Session, tenant_id: uuid.UUID, case_id: int) -> str | None:
    for each in notices.of_subject(session, tenant_id, f"underwriting_case:{case_id}"):
        if each.kind == NoticeKind.UNDERWRITING_DECISION and each.state == NoticeState.CONFIRMED:
            return f"notice {each.notice_id} by {each.confirmation} at {each.confirmed_at}"
    return None


def tell_corrected(database: Database, desk: UnderwritingDesk) -> int:
    """Tell customers whose objection was right, once the case that supersedes was told. Returns how many."""
    with database.every_tenant() as session:
        rows = repository.objections(session, state=ObjectionState.EXAMINED.name.lower(), after=0, limit=BATCH)
        waiting = [(each.tenant_id, each.objection_id) for each in rows]
    done = 0
    for tenant_id, objection_id in waiting:
        worker = Principal.worker(tenant_id)
        try:
            with database.scoped(worker) as session:
                kept, found = objections.load(session, desk, objection_id)
                objections.tell(session, desk, worker, kept, found)
                done += 1
        except (CaseStepRefused, RecordGone):  # not told of yet, or restricted: looked at again
            continue
    return done
