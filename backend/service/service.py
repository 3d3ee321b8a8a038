"""Use cases of enquiries and complaints. The caller owns the transaction; every step is told to the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.database import as_worker
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import RecordGone
from backend.notices.service import NoticeOrder
from backend.notices.writing import Value, day
from backend.observability.carried import correlate
from backend.problems import Problem
from backend.service import repository, surveys
from backend.service.desk import ServiceDesk, calendar_of, recipient, tenant_of
from backend.service.models import MatterRow, MatterStepRow
from domain import service_matters as matters
from domain.service_matters import Matter, MatterKind, MatterState, MatterStepRefused, Outcome

log = structlog.get_logger()
_PLURAL = {MatterKind.ENQUIRY: "enquiries", MatterKind.COMPLAINT: "complaints"}
_UNKNOWN = {MatterKind.ENQUIRY: "enquiry_unknown", MatterKind.COMPLAINT: "complaint_unknown"}


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody comes with.

    Attributes:
        about: A policy, claim or case, as `claims/7`; None: nothing in particular.
        against: Somebody of the staff a complaint is about: they have no part in handling it.
    """

    kind: MatterKind
    person_id: uuid.UUID
    topic: str
    channel: str
    words: str
    about: str | None = None
    against: uuid.UUID | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A step with what was written in it; None where nothing was, or it was erased."""

    step: MatterStepRow
    words: str | None


def open_matter(session: Session, desk: ServiceDesk, by: Principal, asked: Opening) -> MatterRow:
    """Take an enquiry or a complaint in; a complaint's receipt is confirmed at once, with its deadline."""
    tenant_id, now = tenant_of(by), desk.clock()
    matter = matters.opened(asked.kind, now, calendar_of(session, tenant_id).days)
    row = MatterRow(
        tenant_id=tenant_id, person_id=asked.person_id, kind=asked.kind.value, topic=asked.topic,
        channel=asked.channel, language=asked.language, about=asked.about, against=asked.against, opened_at=now,
        steps=0,
        **_columns(matter),
    )  # fmt: skip
    repository.add(session, row)
    correlate(_subject(row))
    _step(session, desk, by, row, "opened", asked.words)
    _audit(session, by, row, "open", {"topic": asked.topic, "channel": asked.channel, "language": asked.language})
    return row


def acknowledge(session: Session, desk: ServiceDesk, by: Principal, matter_id: int) -> MatterRow:
    """Confirm that a complaint is read, and until when it is answered; the customer is told.

    Raises:
        Problem: `complaint_unknown`, `matter_step_refused`, `matter_own`.
    """
    row = _handled(session, by, MatterKind.COMPLAINT, matter_id)
    calendar = calendar_of(session, row.tenant_id).days
    _take(row, lambda matter: matters.acknowledge(matter, desk.clock(), calendar))
    _step(session, desk, by, row, "acknowledged", None)
    due_at = row.due_at or 0

    def values(language: Language) -> Mapping[str, Value]:
        return {"matter": str(matter_id), "answer_by": day(language, due_at, calendar.utc_offset_seconds)}

    _tell(session, desk, by, row, NoticeKind.COMPLAINT_RECEIVED, values)
    _audit(session, by, row, "acknowledge", {"due_at": due_at})
    return row


def answer(
    session: Session,
    desk: ServiceDesk,
    by: Principal,
    kind: MatterKind,
    matter_id: int,
    *,
    outcome: Outcome,
    words: str,
) -> MatterRow:
    """Answer; a complaint is decided. The customer is told, with how to go on.

    Raises:
        Problem: `enquiry_unknown`, `complaint_unknown`, `matter_step_refused`, `matter_own`.
    """
    row = _handled(session, by, kind, matter_id)
    _take(row, lambda matter: matters.answer(matter, desk.clock(), str(by.principal_id), outcome))
    _step(session, desk, by, row, "answered", words)

    def values(_language: Language) -> Mapping[str, Value]:
        complaint = kind is MatterKind.COMPLAINT
        return {
            "matter": str(matter_id), "complaint": complaint, "upheld": outcome is Outcome.UPHELD,
            "partly": outcome is Outcome.PARTLY_UPHELD, "refused": outcome is Outcome.NOT_UPHELD, "answer": words,
            "second_look": complaint and not row.escalated,
        }  # fmt: skip

    _tell(session, desk, by, row, NoticeKind.SERVICE_ANSWERED, values)
    _audit(session, by, row, "answer", {"outcome": outcome.value, "late": row.late})
    return row


def extend(session: Session, desk: ServiceDesk, by: Principal, matter_id: int, *, reason: str) -> MatterRow:
    """Take longer over a complaint, once, for a reason the customer is told.

    Raises:
        Problem: `complaint_unknown`, `matter_step_refused`, `matter_own`.
    """
    row = _handled(session, by, MatterKind.COMPLAINT, matter_id)
    calendar = calendar_of(session, row.tenant_id).days
    _take(row, lambda matter: matters.extend(matter, calendar))
    _step(session, desk, by, row, "extended", reason)
    due_at = row.due_at or 0

    def values(language: Language) -> Mapping[str, Value]:
        return {"matter": str(matter_id), "answer_by": day(language, due_at, calendar.utc_offset_seconds)}

    _tell(session, desk, by, row, NoticeKind.COMPLAINT_RECEIVED, values)
    _audit(session, by, row, "extend", {"due_at": due_at})
    return row


def escalate(session: Session, desk: ServiceDesk, by: Principal, matter_id: int, *, words: str) -> MatterRow:
    """The customer is not content with an answer: a colleague of who answered looks again.

    Raises:
        Problem: `complaint_unknown`, `matter_step_refused`.
    """
    row = get(session, MatterKind.COMPLAINT, matter_id, lock=True)
    calendar = calendar_of(session, row.tenant_id).days
    _take(row, lambda matter: matters.escalate(matter, desk.clock(), calendar))
    _step(session, desk, by, row, "escalated", words)
    _audit(session, by, row, "escalate", None)
    return row


def withdraw(session: Session, desk: ServiceDesk, by: Principal, kind: MatterKind, matter_id: int) -> MatterRow:
    """The customer takes a matter back.

    Raises:
        Problem: `enquiry_unknown`, `complaint_unknown`, `matter_step_refused`.
    """
    row = get(session, kind, matter_id, lock=True)
    _take(row, lambda matter: matters.withdraw(matter, desk.clock()))
    _step(session, desk, by, row, "withdrawn", None)
    _audit(session, by, row, "withdraw", None)
    return row


def close(session: Session, desk: ServiceDesk, by: Principal, kind: MatterKind, matter_id: int) -> MatterRow:
    """A matter is done: the customer says so, or has been silent for 14 days. Then satisfaction is asked for.

    Raises:
        Problem: `enquiry_unknown`, `complaint_unknown`, `matter_step_refused`.
    """
    row = get(session, kind, matter_id, lock=True)
    own = by.principal_id == row.person_id
    _take(row, lambda matter: matters.close(matter, desk.clock(), by_customer=own))
    _step(session, desk, by, row, "closed", None)
    surveys.ask(session, desk, by, person_id=row.person_id, subject=_subject(row))
    _audit(session, by, row, "close", None)
    return row


def get(session: Session, kind: MatterKind, matter_id: int, *, lock: bool = False) -> MatterRow:
    """One matter.

    Raises:
        Problem: `enquiry_unknown`, `complaint_unknown`.
    """
    row = repository.matter(session, matter_id, kind.value, lock=lock)
    if row is None:
        raise unknown(kind, matter_id)
    return row


def unknown(kind: MatterKind, matter_id: int) -> Problem:
    """There is no such matter, as far as who asks is concerned."""
    return Problem(_UNKNOWN[kind], f"{kind.value} {matter_id} is not known. See GET /v1/{_PLURAL[kind]}.")


def page(
    session: Session, kind: MatterKind, *, after: int | None, limit: int, state: str | None, overdue_at: int | None,
    only_of: uuid.UUID | None,
) -> Sequence[MatterRow]:  # fmt: skip
    """Matters of a kind, newest first; `only_of` one person, if said."""
    return repository.matters(
        session, kind.value, after=after, limit=limit, state=state, overdue_at=overdue_at, only_of=only_of
    )


def read(
    session: Session, desk: ServiceDesk, by: Principal, kind: MatterKind, matter_id: int
) -> tuple[MatterRow, list[Written]]:
    """A matter with everything that was written.

    Raises:
        Problem: `enquiry_unknown`, `complaint_unknown`, or why the vault does not open it.
    """
    row = get(session, kind, matter_id)
    found = []
    for step in repository.steps(session, matter_id):
        words = desk.words(session, by, row.person_id, step.record_id) if step.record_id else None
        found.append(Written(step, str(words["words"]) if words else None))
    return row, found


def _handled(session: Session, by: Principal, kind: MatterKind, matter_id: int) -> MatterRow:
    """A matter somebody of the staff takes a step in: not their own, and not one about them."""
    row = get(session, kind, matter_id, lock=True)
    if by.principal_id in (row.person_id, row.against):
        raise Problem("matter_own", f"{kind.value} {matter_id} is yours, or about you. Leave it to a colleague.")
    return row


def _take(row: MatterRow, step: Callable[[Matter], Matter]) -> None:
    try:
        taken = step(_matter(row))
    except MatterStepRefused as refused:
        raise Problem("matter_step_refused", str(refused), state=row.state) from refused
    for name, value in _columns(taken).items():
        setattr(row, name, value)


def _matter(row: MatterRow) -> Matter:
    return Matter(
        MatterKind(row.kind), row.opened_at, row.due_at, MatterState(row.state), Outcome(row.outcome),
        row.acknowledged_at, row.answered_at, row.closed_at, str(row.answered_by) if row.answered_by else None,
        row.extended, row.escalated, row.late,
    )  # fmt: skip


def _columns(matter: Matter) -> dict[str, object]:
    return {
        "state": matter.state.value, "outcome": matter.outcome.value, "due_at": matter.due_at,
        "acknowledged_at": matter.acknowledged_at, "answered_at": matter.answered_at, "closed_at": matter.closed_at,
        "answered_by": uuid.UUID(matter.answered_by) if matter.answered_by else None,
        "extended": matter.extended, "escalated": matter.escalated, "late": matter.late,
    }  # fmt: skip


def _step(session: Session, desk: ServiceDesk, by: Principal, row: MatterRow, step: str, words: str | None) -> None:
    record_id = desk.seal(session, by, row.person_id, {"words": words}) if words is not None else None
    row.steps += 1
    with as_worker(session, row.tenant_id, by):
        repository.add(
            session,
            MatterStepRow(
                matter_id=row.matter_id, sequence=row.steps, tenant_id=row.tenant_id, person_id=row.person_id,
                at=desk.clock(), step=step, by=by.principal_id, record_id=record_id,
            ),
        )  # fmt: skip


def _tell(
    session: Session, desk: ServiceDesk, by: Principal, row: MatterRow, kind: NoticeKind,
    values: Callable[[Language], Mapping[str, Value]],
) -> None:  # fmt: skip
    cause, subject = f"service:{row.matter_id}:{row.steps}", f"{row.kind}:{row.matter_id}"
    order = NoticeOrder(recipient(row.tenant_id, row.person_id), kind, cause, subject, values)
    try:
        desk.tell(session, by, order)
    except RecordGone:  # an erased person cannot be told; the answer stands in the file
        log.warning("service.nobody_to_tell", subject=subject)


def _subject(row: MatterRow) -> str:
    return f"{_PLURAL[MatterKind(row.kind)]}/{row.matter_id}"


def _audit(session: Session, by: Principal, row: MatterRow, verb: str, facts: Facts | None) -> None:
    operation = f"{_PLURAL[MatterKind(row.kind)]}.{verb}"
    audit.record(session, by, operation=operation, subject=_subject(row), facts=facts)
    log.info("service.step_taken", subject=_subject(row), step=verb, state=row.state)
