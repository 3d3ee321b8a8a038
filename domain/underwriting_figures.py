"""The quarter's figures of underwriting (manual R16): errors found on review, turnaround, complaints.

Fractions are exact. Basis points are rounded up, so that a figure never looks better than it is; whether a limit holds
is computed from the fraction, not from the rounded figure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from domain.claim_clock import DAY_SECONDS
from domain.money import BPS_WHOLE
from domain.underwriting_case import TURNAROUND_DAYS
from domain.underwriting_steps import Collected, NoticeGiven, SentBack, Signed, Step
from domain.working_days import OfficeCalendar, working_seconds

REVIEW_ERRORS_LIMIT_BPS = 200
COMPLAINTS_LIMIT_BPS = 100
TURNAROUND_LIMIT_SECONDS = TURNAROUND_DAYS * DAY_SECONDS


class Timed(Protocol):
    """What of a case is counted: its number, when it was closed and when it took which step. No word of its file."""

    @property
    def case_id(self) -> int: ...

    @property
    def closed_at(self) -> int | None: ...

    def time_of(self, step: type[Step]) -> int | None:
        """When a step was first taken, unix seconds; None: never."""
        ...


COUNTED: tuple[type[Step], ...] = (Collected, NoticeGiven, SentBack, Signed)
"""The steps that figures are counted from."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many cases out of so many; it holds below the limit. Of no cases, none is too many."""

    count: int
    of: int
    limit_bps: int

    @property
    def bps(self) -> int:
        """Basis points, rounded up; 0 of no cases."""
        return -(-self.count * BPS_WHOLE // self.of) if self.of else 0

    @property
    def holds(self) -> bool:
        """Whether the exact part is below the limit."""
        return self.count * BPS_WHOLE < self.limit_bps * self.of or self.of == 0


@dataclass(frozen=True, slots=True)
class Turnaround:
    """Working time from complete information to the first notice; the mean must be below two working days.

    Attributes:
        seconds: Of all cases together.
        cases: How many told the customer a decision.
        late: How many of them took two working days or longer.
    """

    seconds: int
    cases: int
    late: int

    @property
    def mean_seconds(self) -> int:
        """Working seconds, rounded up; 0 of no cases."""
        return -(-self.seconds // self.cases) if self.cases else 0

    @property
    def holds(self) -> bool:
        """Whether the exact mean is below the limit."""
        return self.seconds < TURNAROUND_LIMIT_SECONDS * self.cases or self.cases == 0

    @property
    def late_bps(self) -> int:
        """Part of the cases that were late, basis points, rounded up; 0 of no cases."""
        return -(-self.late * BPS_WHOLE // self.cases) if self.cases else 0


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """All three, of the cases closed in a quarter."""

    review_errors: Part
    turnaround: Turnaround
    complaints: Part

    @property
    def hold(self) -> bool:
        """Whether every limit holds."""
        return self.review_errors.holds and self.turnaround.holds and self.complaints.holds


def quarter_figures(
    cases: Iterable[Timed], since: int, until: int, *, complained_of: Collection[int], calendar: OfficeCalendar
) -> QuarterFigures:
    """Figures of the cases closed from `since` on and before `until`; all others are left out.

    Args:
        since, until: Unix seconds.
        complained_of: Numbers of the cases somebody complained about.
    """
    closed = [case for case in cases if case.closed_at is not None and since <= case.closed_at < until]
    return QuarterFigures(review_errors(closed), turnaround(closed, calendar), complaints(closed, complained_of))


def review_errors(cases: Collection[Timed]) -> Part:
    """Of the cases somebody reviewed, those sent back at least once."""
    sent_back = sum(case.time_of(SentBack) is not None for case in cases)
    reviewed = sum(case.time_of(Signed) is not None or case.time_of(SentBack) is not None for case in cases)
    return Part(sent_back, reviewed, REVIEW_ERRORS_LIMIT_BPS)


def complaints(cases: Collection[Timed], complained_of: Collection[int]) -> Part:
    """Of all cases, those somebody complained about; a case counts once."""
    return Part(sum(case.case_id in complained_of for case in cases), len(cases), COMPLAINTS_LIMIT_BPS)


def turnaround(cases: Collection[Timed], calendar: OfficeCalendar) -> Turnaround:
    """How long the cases took that told the customer a decision."""
    times = [(case.time_of(Collected), case.time_of(NoticeGiven)) for case in cases]
    took = [working_seconds(since, told, calendar) for since, told in times if since is not None and told is not None]
    return Turnaround(sum(took), len(took), sum(each >= TURNAROUND_LIMIT_SECONDS for each in took))
