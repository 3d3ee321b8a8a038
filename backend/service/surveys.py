"""Use cases of surveys: asked once after a matter is closed or a claim decided, answered once, counted nameless."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.database import as_worker
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import RecordGone
from backend.notices.service import NoticeOrder
from backend.notices.writing import Value, day
from backend.problems import Problem
from backend.service import repository
from backend.service.desk import ServiceDesk, calendar_of, recipient, tenant_of
from backend.service.models import SurveyRow

log = structlog.get_logger()
OPEN_SECONDS: Final = 30 * 86_400
"""How long an answer is taken."""


def ask(session: Session, desk: ServiceDesk, by: Principal, *, person_id: uuid.UUID, subject: str) -> bool:
    """Ask somebody how a case went, once for each case. Returns whether that is new.

    Args:
        subject: The case, as `complaints/17`, or `cases/` and its id of a claim.
    """
    tenant_id, now = tenant_of(by), desk.clock()
    survey_id, closes_at = uuid.uuid4(), now + OPEN_SECONDS
    with as_worker(session, tenant_id, by):
        new = repository.add_survey(
            session,
            {
                "survey_id": survey_id, "tenant_id": tenant_id, "person_id": person_id, "subject": subject,
                "asked_at": now, "closes_at": closes_at,
            },
        )  # fmt: skip
    if not new:
        return False
    offset = calendar_of(session, tenant_id).days.utc_offset_seconds

    def values(language: Language) -> dict[str, Value]:
        return {"subject": subject, "answer_by": day(language, closes_at, offset)}

    order = NoticeOrder(
        recipient(tenant_id, person_id), NoticeKind.SURVEY_ASKED, f"survey:{survey_id.hex}", subject.replace("/", ":"),
        values,
    )  # fmt: skip
    try:
        desk.tell(session, by, order)
    except RecordGone:
        log.warning("survey.nobody_to_ask", survey_id=str(survey_id))
    return True


def open_of(session: Session, desk: ServiceDesk, by: Principal) -> Sequence[SurveyRow]:
    """What somebody is asked and has not answered."""
    return repository.open_surveys(session, by.principal_id, desk.clock()) if by.principal_id else []


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What somebody answered.

    `words`: None where nothing was written, it was erased, or is kept for legal claims only.
    """

    survey_id: uuid.UUID
    subject: str
    score: int
    words: str | None
    answered_at: int


def replies(
    session: Session, desk: ServiceDesk, by: Principal, *, after: tuple[int, uuid.UUID] | None, limit: int
) -> list[Reply]:
    """Answers of all customers, the latest first, for staff who read what customers write. Nobody is named by it.

    Raises:
        Problem: This principal may not open what was written.
    """
    found = []
    for row in repository.answered_surveys(session, tenant_of(by), after=after, limit=limit):
        words = _words(session, desk, by, row)
        found.append(Reply(row.survey_id, row.subject, row.score or 0, words, row.answered_at or 0))
    return found


def _words(session: Session, desk: ServiceDesk, by: Principal, row: SurveyRow) -> str | None:
    """What was written besides the score. One person whose data is restricted keeps no other's from being read."""
    if row.record_id is None:
        return None
    try:
        told = desk.words(session, by, row.person_id, row.record_id)
    except Problem as problem:
        if problem.code != "processing_restricted":
            raise
        return None
    return None if told is None else str(told["words"])


def answer(
    session: Session, desk: ServiceDesk, by: Principal, survey_id: uuid.UUID, *, score: int, words: str
) -> SurveyRow:
    """Answer a survey, once.

    Args:
        score: 1, not at all content, to 5, very.
        words: Anything else; sealed, and in no figure.
    Raises:
        Problem: `survey_unknown`, `survey_closed`.
    """
    row = repository.survey(session, survey_id)
    if row is None or row.person_id != by.principal_id:
        raise Problem("survey_unknown", f"survey {survey_id} is not known. See GET /v1/surveys.")
    now = desk.clock()
    if row.answered_at is not None or now >= row.closes_at:
        raise Problem("survey_closed", f"survey {survey_id} was answered or is over. It counts once, for 30 days.")
    row.score, row.answered_at = score, now
    if words:
        row.record_id = desk.seal(session, by, row.person_id, {"words": words})
    audit.record(session, by, operation="surveys.answer", subject=f"surveys/{survey_id}")
    return row
