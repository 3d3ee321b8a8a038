"""Every query about underwriting."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from backend.notices.kinds import NoticeKind
from backend.notices.models import NoticeRow
from backend.notices.states import NoticeState
from backend.service.models import MatterRow
from backend.tables import Base
from backend.underwriting.models import (
    AlarmRow,
    AuthorisationRow,
    CaseEventRow,
    CaseQuoteRow,
    CaseRow,
    CheckRow,
    LicenceRow,
    ObjectionEventRow,
    ObjectionRow,
    OfficeRow,
    RiskReportRow,
    SourceReportRow,
)
from domain.service_matters import MatterKind

Row = TypeVar("Row", bound=Base)
OPEN_STATES = ("recorded", "passed", "examined")


def next_number(session: Session) -> int:
    """A number for a case or an objection, never given twice."""
    return int(session.scalar(text("SELECT nextval('underwriting_numbers')")) or 0)


def add(session: Session, *rows: Base) -> None:
    """Keep new rows."""
    session.add_all(rows)
    session.flush()


def office(session: Session, tenant_id: uuid.UUID) -> OfficeRow | None:
    """How an insurer's office works; None: nothing is set."""
    return session.scalar(select(OfficeRow).where(OfficeRow.tenant_id == tenant_id))


def set_row(
    session: Session, row: type[OfficeRow] | type[LicenceRow], keys: dict[str, Any], values: dict[str, Any], *,
    before: int,
) -> bool:  # fmt: skip
    """Keep a row in place of the one with its keys, where that has version `before`; 0: there is none yet.

    Returns whether it had: somebody else may have been faster.
    """
    changed = {**values, "version": before + 1}
    statement = insert(row).values(**keys, **changed)
    statement = statement.on_conflict_do_update(
        index_elements=list(keys), set_=changed, where=row.version == before
    )  # fmt: skip
    return session.scalar(statement.returning(row.version)) is not None


def licence(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> LicenceRow | None:
    """By what right somebody underwrites."""
    return session.scalar(
        select(LicenceRow).where(LicenceRow.tenant_id == tenant_id, LicenceRow.person_id == person_id)
    )


def case(session: Session, case_id: int, *, lock: bool = False) -> CaseRow | None:
    """One case, as far as this transaction may see it."""
    query = select(CaseRow).where(CaseRow.case_id == case_id)
    return session.scalar(query.with_for_update() if lock else query)


def last_event(session: Session, case_id: int, sequence: int) -> CaseEventRow | None:
    """The step of this number."""
    return session.scalar(
        select(CaseEventRow).where(CaseEventRow.case_id == case_id, CaseEventRow.sequence == sequence)
    )


def events(session: Session, case_id: int) -> Sequence[CaseEventRow]:
    """Steps of a case, in order."""
    return session.scalars(
        select(CaseEventRow).where(CaseEventRow.case_id == case_id).order_by(CaseEventRow.sequence)
    ).all()


def page(
    session: Session, *, waits_for: str | None, state: str | None, overdue_at: int | None,
    after: tuple[int, int] | None, limit: int,
) -> Sequence[CaseRow]:  # fmt: skip
    """Cases by deadline, then number; those without one last."""
    key = func.coalesce(CaseRow.due_at, (1 << 62))
    query = select(CaseRow).order_by(key, CaseRow.case_id).limit(limit)
    query = _narrowed(query, waits_for, state)
    if overdue_at is not None:
        query = query.where(CaseRow.due_at < overdue_at)
    if after is not None:
        due_at, case_id = after
        query = query.where((key > due_at) | ((key == due_at) & (CaseRow.case_id > case_id)))
    return session.scalars(query).all()


def _narrowed(query: Select[CaseRow], waits_for: str | None, state: str | None) -> Select[CaseRow]:
    if waits_for is not None:
        query = query.where(CaseRow.waits_for == waits_for)
    return query if state is None else query.where(CaseRow.state == state)


def closed_between(session: Session, tenant_id: uuid.UUID, since: int, until: int) -> list[tuple[int, int | None]]:
    """Cases closed from `since` on and before `until`: number, and when."""
    query = select(CaseRow.case_id, CaseRow.closed_at).where(_closed(tenant_id, since, until))
    return [(case_id, closed_at) for case_id, closed_at in session.execute(query.order_by(CaseRow.case_id))]


def first_steps(
    session: Session, tenant_id: uuid.UUID, since: int, until: int, steps: Sequence[str]
) -> dict[int, dict[str, int]]:
    """When each of those cases first took each of these steps, by case and by step."""
    query = (
        select(CaseEventRow.case_id, CaseEventRow.step, func.min(CaseEventRow.at))
        .join(CaseRow, CaseRow.case_id == CaseEventRow.case_id)
        .where(_closed(tenant_id, since, until), CaseEventRow.step.in_(steps))
        .group_by(CaseEventRow.case_id, CaseEventRow.step)
    )
    found: dict[int, dict[str, int]] = {}
    for case_id, step, at in session.execute(query):
        found.setdefault(case_id, {})[step] = at
    return found


def _closed(tenant_id: uuid.UUID, since: int, until: int) -> ColumnElement[bool]:
    return and_(CaseRow.tenant_id == tenant_id, CaseRow.closed_at >= since, CaseRow.closed_at < until)


def confirmed(session: Session, limit: int) -> Sequence[CaseRow]:
    """Cases whose customer was told and has confirmed that the notice arrived."""
    theirs = select(NoticeRow.notice_id).where(
        NoticeRow.tenant_id == CaseRow.tenant_id, NoticeRow.kind == NoticeKind.UNDERWRITING_DECISION,
        NoticeRow.subject == literal("underwriting_case:") + cast(CaseRow.case_id, Text),
        NoticeRow.state == NoticeState.CONFIRMED,
    )  # fmt: skip
    query = select(CaseRow).where(CaseRow.state == "notified", theirs.exists())
    return session.scalars(query.order_by(CaseRow.case_id).limit(limit)).all()


def authorisations(session: Session, case_id: int) -> Sequence[AuthorisationRow]:
    """What the customer authorised, withdrawn or not."""
    query = select(AuthorisationRow).where(AuthorisationRow.case_id == case_id)
    return session.scalars(query.order_by(AuthorisationRow.source, AuthorisationRow.recorded_at)).all()


def withdraw(session: Session, case_id: int, source: str, now: int) -> int:
    """End what stands of an authorisation. Returns how many."""
    statement = (
        update(AuthorisationRow)
        .where(
            AuthorisationRow.case_id == case_id, AuthorisationRow.source == source,
            AuthorisationRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(AuthorisationRow.authorisation_id)
    )  # fmt: skip
    return len(session.scalars(statement).all())


def standing(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether a person authorises any source still."""
    query = select(AuthorisationRow.authorisation_id).where(
        AuthorisationRow.tenant_id == tenant_id, AuthorisationRow.person_id == person_id,
        AuthorisationRow.withdrawn_at.is_(None),
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None


def source_reports(session: Session, case_id: int) -> Sequence[SourceReportRow]:
    """What sources were asked, in order."""
    query = select(SourceReportRow).where(SourceReportRow.case_id == case_id)
    return session.scalars(query.order_by(SourceReportRow.source, SourceReportRow.number)).all()


def checks(session: Session, case_id: int) -> Sequence[CheckRow]:
    """What has to be checked of a case, or was."""
    query = select(CheckRow).where(CheckRow.case_id == case_id)
    return session.scalars(query.order_by(CheckRow.kind, CheckRow.field, CheckRow.source)).all()


def open_checks(session: Session, limit: int) -> Sequence[CheckRow]:
    """Checks nobody has done yet, the longest due first."""
    query = select(CheckRow).where(CheckRow.at.is_(None))
    ordered = query.order_by(CheckRow.due_at, CheckRow.case_id, CheckRow.kind, CheckRow.field, CheckRow.source)
    return session.scalars(ordered.limit(limit)).all()


def open_check(session: Session, values: dict[str, Any]) -> None:
    """Ask for a check, once."""
    session.execute(insert(CheckRow).values(values).on_conflict_do_nothing())


def check(session: Session, case_id: int, kind: str, field: str, source: str) -> CheckRow | None:
    """One check, locked."""
    query = select(CheckRow).where(
        CheckRow.case_id == case_id, CheckRow.kind == kind, CheckRow.field == field, CheckRow.source == source
    )  # fmt: skip
    return session.scalar(query.with_for_update())


def reports(session: Session, case_id: int) -> Sequence[RiskReportRow]:
    """What the quorum signed of a case, in order."""
    query = select(RiskReportRow).where(RiskReportRow.case_id == case_id)
    return session.scalars(query.order_by(RiskReportRow.number)).all()


def quotes(session: Session, case_id: int, *, lock: bool = False) -> Sequence[CaseQuoteRow]:
    """Quotes of a case, in order."""
    query = select(CaseQuoteRow).where(CaseQuoteRow.case_id == case_id).order_by(CaseQuoteRow.number)
    return session.scalars(query.with_for_update() if lock else query).all()


def objection(session: Session, objection_id: int, *, lock: bool = False) -> ObjectionRow | None:
    """One objection, as far as this transaction may see it."""
    query = select(ObjectionRow).where(ObjectionRow.objection_id == objection_id)
    return session.scalar(query.with_for_update() if lock else query)


def objection_event(session: Session, objection_id: int, sequence: int) -> ObjectionEventRow | None:
    """The step of this number."""
    query = select(ObjectionEventRow).where(
        ObjectionEventRow.objection_id == objection_id, ObjectionEventRow.sequence == sequence
    )  # fmt: skip
    return session.scalar(query)


def objections(session: Session, *, state: str | None, after: int, limit: int) -> Sequence[ObjectionRow]:
    """Objections by number."""
    query = select(ObjectionRow).where(ObjectionRow.objection_id > after).order_by(ObjectionRow.objection_id)
    if state is not None:
        query = query.where(ObjectionRow.state == state)
    return session.scalars(query.limit(limit)).all()


def complained_of(session: Session, tenant_id: uuid.UUID, since: int, until: int) -> set[int]:
    """Those of the cases closed from `since` on and before `until` that somebody objected to or complained about."""
    objected = select(ObjectionRow.case_id).where(ObjectionRow.case_id == CaseRow.case_id)
    complaint = select(MatterRow.matter_id).where(
        MatterRow.tenant_id == CaseRow.tenant_id, MatterRow.kind == MatterKind.COMPLAINT.value,
        MatterRow.about == literal("underwriting-cases/") + cast(CaseRow.case_id, Text),
    )  # fmt: skip
    query = select(CaseRow.case_id).where(_closed(tenant_id, since, until))
    return set(session.scalars(query.where(or_(objected.exists(), complaint.exists()))))


def deadlines(session: Session, now: int, before: int, limit: int) -> Sequence[tuple[uuid.UUID, str, str, str, int]]:
    """What is due before an instant: tenant, subject, state, role, due. What has no alarm at its level comes first:
    however much is overdue already, it keeps nothing new from being alarmed."""
    rows = session.execute(text(_DEADLINES), {"now": now, "before": before, "limit": limit})
    return [(row.tenant_id, row.subject, row.state, row.role, row.due_at) for row in rows]


_DEADLINES = """
SELECT * FROM (
SELECT tenant_id, 'underwriting_case:' || case_id AS subject, state, waits_for AS role, due_at FROM underwriting_cases
  WHERE due_at < :before AND waits_for IS NOT NULL
UNION ALL
SELECT tenant_id, 'underwriting_objection:' || objection_id, state, waits_for, due_at FROM underwriting_objections
  WHERE due_at < :before AND waits_for IS NOT NULL
UNION ALL
SELECT tenant_id, 'underwriting_case:' || case_id, 'check', 'junior_underwriter', min(due_at) FROM underwriting_checks
  WHERE at IS NULL AND due_at < :before GROUP BY tenant_id, case_id
) AS d
ORDER BY EXISTS (
  SELECT FROM deadline_alarms AS a WHERE a.tenant_id = d.tenant_id AND a.subject = d.subject AND a.state = d.state
  AND a.due_at = d.due_at AND a.level = CASE WHEN d.due_at <= :now THEN 'overdue' ELSE 'soon' END
), due_at LIMIT :limit
"""


def quotes_of_intents(session: Session, keys: Sequence[str]) -> Sequence[tuple[CaseQuoteRow, str]]:
    """Quotes that intents carry, locked, each with the address of its product."""
    query = (
        select(CaseQuoteRow, CaseRow.product)
        .join(CaseRow, CaseRow.case_id == CaseQuoteRow.case_id)
        .where(CaseQuoteRow.intent.in_(keys))
        .order_by(CaseQuoteRow.case_id, CaseQuoteRow.number)
    )
    return [(kept, product) for kept, product in session.execute(query.with_for_update(of=CaseQuoteRow))]


def of_application(session: Session, application_id: int) -> CaseRow | None:
    """The case of an application."""
    return session.scalars(select(CaseRow).where(CaseRow.application_id == application_id)).first()


def corrections(session: Session, application_ids: Collection[int]) -> set[tuple[int, int]]:
    """Applications that were corrected, each with the one in its place, where either is among these."""
    later = aliased(CaseRow)
    either = or_(CaseRow.application_id.in_(application_ids), later.application_id.in_(application_ids))
    query = select(CaseRow.application_id, later.application_id).join(later, later.case_id == CaseRow.superseded_by)
    return {(int(earlier), int(after)) for earlier, after in session.execute(query.where(either))}


def raise_alarm(session: Session, values: dict[str, Any]) -> bool:
    """Keep an alarm; False when it was raised before."""
    statement = insert(AlarmRow).values(values).on_conflict_do_nothing().returning(AlarmRow.subject)
    return session.scalar(statement) is not None


def note_told(session: Session, tenant_id: uuid.UUID, subject: str, due_at: int, level: str, told: int) -> None:
    """So many people were told of an alarm."""
    session.execute(
        update(AlarmRow)
        .where(
            AlarmRow.tenant_id == tenant_id, AlarmRow.subject == subject, AlarmRow.due_at == due_at,
            AlarmRow.level == level,
        )
        .values(told=told)
    )  # fmt: skip


def clear_alarms(session: Session, tenant_id: uuid.UUID, subject: str, state: str | None, now: int) -> None:
    """The state is left: its alarms are history. None: all of the subject's."""
    statement = update(AlarmRow).where(
        AlarmRow.tenant_id == tenant_id, AlarmRow.subject == subject, AlarmRow.cleared_at.is_(None)
    )  # fmt: skip
    if state is not None:
        statement = statement.where(AlarmRow.state.not_in((state, "check")))
    session.execute(statement.values(cleared_at=now))


def clear_check_alarms(session: Session, tenant_id: uuid.UUID, subject: str, now: int) -> None:
    """Nothing is left to be checked of a subject."""
    mine = (AlarmRow.tenant_id == tenant_id) & (AlarmRow.subject == subject) & (AlarmRow.state == "check")
    session.execute(update(AlarmRow).where(mine, AlarmRow.cleared_at.is_(None)).values(cleared_at=now))


def alarms(session: Session, *, open_only: bool, limit: int) -> Sequence[AlarmRow]:
    """Alarms, the longest due first."""
    query = select(AlarmRow).order_by(AlarmRow.due_at, AlarmRow.subject).limit(limit)
    return session.scalars(query.where(AlarmRow.cleared_at.is_(None)) if open_only else query).all()
