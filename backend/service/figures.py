"""Figures of a quarter, counted from rows and without anybody's data, with what each of them means.

Scores of fewer than `LEAST_ANSWERS` answers are not told: they would be somebody's.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy.orm import Session

from backend.problems import Language, Problem
from backend.service import repository
from backend.service.desk import calendar_of
from backend.service.models import MatterRow
from domain.service_matters import DECISIONS, MatterKind, MatterState

LEAST_ANSWERS: Final = 5
CONTENT: Final = 4
MONTHS: Final = 3
FIRST_YEAR, LAST_YEAR = 1971, 9998  # a quarter of 1970 begins before unix time does, east of Greenwich
DEFINITIONS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "opened": "Enquiries or complaints that came in within the quarter, in the office's time.",
        "answered": "Of these, those with an answer by now.",
        "in_time_bps": "Of these, those of which no step was taken late and none is late now, in hundredths of a "
        "percent: an answer to an enquiry within 2 working days; a complaint acknowledged within 1 and answered "
        "within 10, or 30 where it was extended.",
        "outcomes": "Complaints opened in the quarter by what became of them.",
        "escalated": "Of the complaints, those the customer asked a second look at.",
        "asked": "Surveys sent within the quarter, one for each closed case.",
        "replies": "Of these, those answered by now; the rate of replies is replies of asked.",
        "score_hundredths": "Mean of the scores, 1 to 5, in hundredths; null below 5 replies.",
        "content_bps": "Replies of 4 or 5 of all replies, in hundredths of a percent; null below 5 replies.",
    },
    "zh": {
        "opened": "本季度（按办公地时间）收到的咨询或投诉件数。",
        "answered": "其中截至目前已答复的件数。",
        "in_time_bps": "其中各环节均未逾期且目前未逾期的比例（万分比）：咨询应于2个工作日内答复；投诉应于1个工作日内"
        "受理、10个工作日内答复，延期的为30个工作日。",
        "outcomes": "本季度收到的投诉按处理结果分列。",
        "escalated": "投诉中客户要求复核的件数。",
        "asked": "本季度发出的满意度调查数，每个结案事项一份。",
        "replies": "其中截至目前收到的答复数；答复率为答复数与发出数之比。",
        "score_hundredths": "评分（1至5分）的平均值乘以100；答复少于5份时不予公布。",
        "content_bps": "评分为4或5的答复占全部答复的比例（万分比）；答复少于5份时不予公布。",
    },
}


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Of enquiries, or of complaints."""

    opened: int
    answered: int
    in_time_bps: int | None
    escalated: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SurveyFigures:
    """Of surveys."""

    asked: int
    replies: int
    score_hundredths: int | None
    content_bps: int | None


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """A quarter's figures. `since` and `until` are unix seconds."""

    since: int
    until: int
    enquiries: KindFigures
    complaints: KindFigures
    surveys: SurveyFigures


def quarter(session: Session, tenant_id: uuid.UUID, year: int, number: int, *, now: int) -> ServiceFigures:
    """Figures of a quarter.

    Raises:
        Problem: `request_invalid`.
    """
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 4):
        raise Problem("request_invalid", f"quarter {year}-{number} is none. Give a year and 1 to 4.", field="quarter")
    offset = calendar_of(session, tenant_id).days.utc_offset_seconds
    since, until = _begin(year, number) - offset, _begin(year, number + 1) - offset
    rows = repository.opened_between(session, tenant_id, since, until)
    kinds = {kind: _of(kind, [row for row in rows if row.kind == kind.value], now) for kind in MatterKind}
    scores = repository.survey_scores(session, tenant_id, since, until)
    return ServiceFigures(since, until, kinds[MatterKind.ENQUIRY], kinds[MatterKind.COMPLAINT], _surveys(scores))


def _of(kind: MatterKind, rows: Sequence[MatterRow], now: int) -> KindFigures:
    in_time = sum(not row.late and (row.due_at is None or row.due_at > now) for row in rows)
    found = Counter(row.outcome for row in rows if row.state != MatterState.WITHDRAWN.value)
    outcomes = {each.value: found.get(each.value, 0) for each in sorted(DECISIONS, key=lambda x: x.value)}
    return KindFigures(
        opened=len(rows), answered=sum(row.answered_at is not None for row in rows),
        in_time_bps=in_time * 10_000 // len(rows) if rows else None,
        escalated=sum(row.escalated for row in rows), outcomes=outcomes if kind is MatterKind.COMPLAINT else {},
    )  # fmt: skip


def _surveys(scores: Mapping[int | None, int]) -> SurveyFigures:
    told = {score: count for score, count in scores.items() if score is not None}
    replies = sum(told.values())
    if replies < LEAST_ANSWERS:
        return SurveyFigures(sum(scores.values()), replies, None, None)
    total = sum(score * count for score, count in told.items())
    content = sum(count for score, count in told.items() if score >= CONTENT)
    return SurveyFigures(sum(scores.values()), replies, total * 100 // replies, content * 10_000 // replies)


def _begin(year: int, number: int) -> int:
    years, months = divmod((number - 1) * MONTHS, 12)
    first = date(year + years, months + 1, 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
