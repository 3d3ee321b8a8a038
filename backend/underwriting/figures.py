"""The quarter's figures (manual R16), counted from rows: errors on review, turnaround, complaints.

Definitions (`domain.underwriting_figures`), of the cases closed in the quarter, in the office's own time:
- errors on review: cases sent back at least once, of those a senior reviewed; below 2 %;
- turnaround: working time from complete information to the first notice; the mean below 2 working days;
- complaints: cases somebody objected to or complained about, of all; below 1 %. Each case counts once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from backend.notices.ports import Records
from backend.problems import Problem
from backend.underwriting import casebook, repository
from domain.underwriting_figures import QuarterFigures, quarter_figures

MONTHS = 3
FIRST_YEAR, LAST_YEAR = 1971, 9998  # a quarter of 1970 begins before unix time does, east of Greenwich


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter's figures, and what they were counted by."""

    since: int
    until: int
    calendar: str
    cases: int
    figures: QuarterFigures


def quarter(session: Session, records: Records, tenant_id: uuid.UUID, year: int, number: int) -> Quarter:
    """Figures of a quarter, from the steps that were taken.

    Raises:
        Problem: `request_invalid`.
        RecordGone: A file was erased; keep the quarter's figures before files go.
    """
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 4):
        raise Problem("request_invalid", f"quarter {year}-{number} is none. Give a year and 1 to 4.", field="quarter")
    calendar = casebook.office_of(session, tenant_id).calendar
    offset = calendar.days.utc_offset_seconds
    since, until = (_begin(year, number) - offset, _begin(year, number + 1) - offset)
    rows = repository.closed_between(session, tenant_id, since, until)
    cases = [casebook.read(session, records, row) for row in rows]
    complained = repository.objections_to(session, tenant_id, [row.case_id for row in rows])
    figures = quarter_figures(cases, since, until, complained_of=complained, calendar=calendar.days)
    return Quarter(since, until, f"{calendar.name}@{calendar.version}", len(cases), figures)


def _begin(year: int, number: int) -> int:
    years, months = divmod((number - 1) * MONTHS, 12)
    first = date(year + years, months + 1, 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
