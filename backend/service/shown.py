"""Rows as they go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from backend.problems import Language
from backend.service import schemas as s
from backend.service.figures import DEFINITIONS, ServiceFigures
from backend.service.models import MatterRow, SurveyRow
from backend.service.service import Written


def matter(row: MatterRow, now: int) -> s.MatterView:
    """Where a matter stands."""
    return s.MatterView(
        matter_id=row.matter_id, person_id=row.person_id, topic=row.topic, channel=row.channel,
        language=row.language, about=row.about,
        state=row.state, outcome=row.outcome, due_at=row.due_at,
        overdue=row.due_at is not None and row.due_at <= now, opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at, answered_at=row.answered_at, closed_at=row.closed_at,
        extended=row.extended, escalated=row.escalated,
    )  # fmt: skip


def file(row: MatterRow, steps: Sequence[Written], now: int) -> s.MatterFileView:
    """A matter with its steps. Who of the staff took one is for the audit log to say."""
    told = [
        s.StepView(step=x.step.step, at=x.step.at, by_customer=x.step.by == row.person_id, words=x.words) for x in steps
    ]
    return s.MatterFileView(matter=matter(row, now), steps=told)


def survey(row: SurveyRow) -> s.SurveyView:
    """One question."""
    return s.SurveyView(
        survey_id=row.survey_id, subject=row.subject, asked_at=row.asked_at, closes_at=row.closes_at
    )  # fmt: skip


def figures_view(found: ServiceFigures, year: int, quarter: int, language: Language) -> s.ServiceFiguresView:
    """A quarter's figures with their definitions."""
    return s.ServiceFiguresView(
        year=year, quarter=quarter, since=found.since, until=found.until,
        enquiries=s.KindFiguresView(**asdict(found.enquiries)),
        complaints=s.KindFiguresView(**asdict(found.complaints)),
        surveys=s.SurveyFiguresView(**asdict(found.surveys)), definitions=dict(DEFINITIONS[language]),
    )  # fmt: skip
