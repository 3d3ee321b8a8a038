"""Every query about service."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Text, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.chain.projections.claim_models import ClaimStepRow
from backend.claims.models import CaseRow
from backend.service.models import MatterRow, MatterStepRow, SurveyRow
from domain.service_matters import SILENCE_SECONDS, MatterState


def add(session: Session, row: MatterRow | MatterStepRow) -> None:
    """Keep a row."""
    session.add(row)
    session.flush()


def matter(session: Session, matter_id: int, kind: str, *, lock: bool = False) -> MatterRow | None:
    """One matter of a kind, as far as this transaction may see it."""
    query = select(MatterRow).where(MatterRow.matter_id == matter_id, MatterRow.kind == kind)
    return session.scalars(query.with_for_update() if lock else query).first()


def matters(
    session: Session, kind: str, *, after: int | None, limit: int, state: str | None, overdue_at: int | None,
    only_of: uuid.UUID | None,
) -> Sequence[MatterRow]:  # fmt: skip
    """Matters of a kind, newest first."""
    query = select(MatterRow).where(MatterRow.kind == kind).order_by(MatterRow.matter_id.desc()).limit(limit)
    if after is not None:
        query = query.where(MatterRow.matter_id < after)
    if only_of is not None:
        query = query.where(MatterRow.person_id == only_of)
    if state is not None:
        query = query.where(MatterRow.state == state)
    if overdue_at is not None:
        query = query.where(MatterRow.due_at <= overdue_at)
    return session.scalars(query).all()


def steps(session: Session, matter_id: int) -> Sequence[MatterStepRow]:
    """What was done, in order."""
    query = select(MatterStepRow).where(MatterStepRow.matter_id == matter_id)
    return session.scalars(query.order_by(MatterStepRow.sequence)).all()


def overdue(session: Session, now: int) -> list[tuple[uuid.UUID, int, str, str, int]]:
    """Of all tenants, all that offices are late with, the longest first: tenant, number, kind, state, since when."""
    row = MatterRow
    query = select(row.tenant_id, row.matter_id, row.kind, row.state, row.due_at).where(row.due_at <= now)
    found = session.execute(query.order_by(row.due_at, row.matter_id))
    return [(tenant, number, kind, state, due_at or 0) for tenant, number, kind, state, due_at in found]


def silent(session: Session, now: int, limit: int) -> Sequence[MatterRow]:
    """Of all tenants, answered matters nobody came back to for long enough."""
    query = select(MatterRow).where(
        MatterRow.state == MatterState.ANSWERED.value, MatterRow.answered_at <= now - SILENCE_SECONDS
    )
    return session.scalars(query.order_by(MatterRow.answered_at).limit(limit)).all()


def opened_between(session: Session, tenant_id: uuid.UUID, since: int, until: int) -> Sequence[MatterRow]:
    """A tenant's matters of a time."""
    query = select(MatterRow).where(
        MatterRow.tenant_id == tenant_id, MatterRow.opened_at >= since, MatterRow.opened_at < until
    )
    return session.scalars(query).all()


def add_survey(session: Session, values: dict[str, object]) -> bool:
    """Keep a survey; False where its subject has one."""
    statement = insert(SurveyRow).values(values).on_conflict_do_nothing(index_elements=["tenant_id", "subject"])
    return session.scalar(statement.returning(SurveyRow.survey_id)) is not None


def decided_unasked(session: Session, since: int, limit: int) -> Sequence[CaseRow]:
    """Of all tenants, cases whose claim was decided, or paid and closed, since a moment, with nobody asked about it.

    Args:
        since: Chain time, unix seconds.
    """
    step, subject = ClaimStepRow, literal("cases/") + cast(CaseRow.case_id, Text)
    decided = select(step.claim_id).where(
        step.claim_id == CaseRow.claim_id, step.kind.in_(("decided", "closed")), step.step_at >= since
    )
    asked = select(SurveyRow.survey_id).where(SurveyRow.tenant_id == CaseRow.tenant_id, SurveyRow.subject == subject)
    query = select(CaseRow).where(CaseRow.person_id.is_not(None), decided.exists(), ~asked.exists())
    return session.scalars(query.order_by(CaseRow.claim_id).limit(limit)).all()


def survey(session: Session, survey_id: uuid.UUID) -> SurveyRow | None:
    """One survey, locked."""
    return session.scalars(select(SurveyRow).where(SurveyRow.survey_id == survey_id).with_for_update()).first()


def open_surveys(session: Session, person_id: uuid.UUID, now: int) -> Sequence[SurveyRow]:
    """What a person is asked and has not answered."""
    query = select(SurveyRow).where(
        SurveyRow.person_id == person_id, SurveyRow.answered_at.is_(None), SurveyRow.closes_at > now
    )
    return session.scalars(query.order_by(SurveyRow.asked_at)).all()


def answered_surveys(
    session: Session, tenant_id: uuid.UUID, *, after: tuple[int, uuid.UUID] | None, limit: int
) -> Sequence[SurveyRow]:
    """Surveys with an answer, the latest first; `after`: when the last one seen was answered, and its id."""
    query = select(SurveyRow).where(SurveyRow.tenant_id == tenant_id, SurveyRow.answered_at.is_not(None))
    if after is not None:
        query = query.where(tuple_(SurveyRow.answered_at, SurveyRow.survey_id) < tuple_(*after))
    query = query.order_by(SurveyRow.answered_at.desc(), SurveyRow.survey_id.desc())
    return session.scalars(query.limit(limit)).all()


def survey_scores(session: Session, tenant_id: uuid.UUID, since: int, until: int) -> dict[int | None, int]:
    """How many surveys asked within a time got which score; None: no answer."""
    query = (
        select(SurveyRow.score, func.count())
        .where(SurveyRow.tenant_id == tenant_id, SurveyRow.asked_at >= since, SurveyRow.asked_at < until)
        .group_by(SurveyRow.score)
    )
    return {score: count for score, count in session.execute(query)}
