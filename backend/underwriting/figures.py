"""The quarter's figures (manual R16), counted from rows: errors on review, turnaround, complaints.

Definitions (`domain.underwriting_figures`), of the cases closed in the quarter, in the office's own time:
- errors on review: cases sent back at least once, of those a senior reviewed; below 2 %;
- turnaround: working time from complete information to the first notice; the mean below 2 working days;
- complaints: cases somebody objected to or complained about, of all; below 1 %. Each case counts once.

Nothing sealed is opened: whose file is erased, or restricted, counts all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.database import as_worker
from backend.problems import Problem
from backend.underwriting import casebook, repository
from domain.underwriting_figures import COUNTED, QuarterFigures, quarter_figures
from domain.underwriting_steps import Step

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


@dataclass(frozen=True, slots=True)
class Counted:
    """A case by its rows. `times`: when each step was first taken, by the step's name."""

    case_id: int
    closed_at: int | None
    times: Mapping[str, int]

    def time_of(self, step: type[Step]) -> int | None:
        """See `Timed`."""
        return self.times.get(step.__name__)


def quarter(session: Session, principal: Principal, tenant_id: uuid.UUID, year: int, number: int) -> Quarter:
    """Figures of a quarter, from the steps that were taken: the same whoever may ask for them.

    Raises:
        Problem: `request_invalid`.
    """
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 4):
        raise Problem("request_invalid", f"quarter {year}-{number} is none. Give a year and 1 to 4.", field="quarter")
    calendar = casebook.office_of(session, tenant_id).calendar
    offset = calendar.days.utc_offset_seconds
    since, until = (_begin(year, number) - offset, _begin(year, number + 1) - offset)
    with as_worker(session, tenant_id, principal):
        times = repository.first_steps(session, tenant_id, since, until, [step.__name__ for step in COUNTED])
        closed = repository.closed_between(session, tenant_id, since, until)
        complained = repository.complained_of(session, tenant_id, since, until)
    cases = [Counted(case_id, closed_at, times.get(case_id, {})) for case_id, closed_at in closed]
    figures = quarter_figures(cases, since, until, complained_of=complained, calendar=calendar.days)
    return Quarter(since, until, f"{calendar.name}@{calendar.version}", len(cases), figures)


def _begin(year: int, number: int) -> int:
    years, months = divmod((number - 1) * MONTHS, 12)
    first = date(year + years, months + 1, 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
