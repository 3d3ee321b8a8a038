"""How long what is kept of a customer must be kept, and when it must go (manual R9, R11).

A file is kept at least 5 years after the contract ends, 10 after a long term. What third parties reported is purged one
year after. Where no contract came of an application, the day it was concluded counts as the end.

Pure functions of dates. Before the first day of `Window` a record must not be purged, from the last one on it must be
gone. A hold (dispute, claim still open, order of a court) keeps everything, whatever its window says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import AmountInvalid
from domain.ranges import is_whole

FILE_YEARS = 5
LONG_TERM_FILE_YEARS = 10
LONG_TERM_FROM_YEARS = 2
"""A contract of more than one year is long-term, as insurers reckon."""
THIRD_PARTY_YEARS = 1
MAX_TERM_YEARS = 80


class RecordKind(StrEnum):
    """What is kept of a customer."""

    APPLICATION = "application"
    PROOF = "proof"
    ASSESSMENT_REPORT = "assessment-report"
    PROOF_OF_NOTICE = "proof-of-notice"
    OBJECTION = "objection"
    CLAIM_FILE = "claim-file"
    THIRD_PARTY_DATA = "third-party-data"


class Duty(StrEnum):
    """What is to be done about a record on a day."""

    KEEP = "keep"
    MAY_PURGE = "may-purge"
    MUST_PURGE = "must-purge"


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract a record belongs to.

    Attributes:
        ended_on: Last day of cover, of a cancelled contract the day it was cancelled; None while it runs.
        term_years: As agreed, 1 to 80; an application without contract has 1.
    Raises:
        AmountInvalid
    """

    ended_on: date | None
    term_years: int = 1

    def __post_init__(self) -> None:
        if not is_whole(self.term_years, 1, MAX_TERM_YEARS):
            raise AmountInvalid("term_years", self.term_years, f"is not 1 to {MAX_TERM_YEARS}", "Give the agreed term")


@dataclass(frozen=True, slots=True)
class Window:
    """From when a record may be purged, and from when it must be; None where there is no such day yet, or ever."""

    may_from: date | None
    must_from: date | None


def window(kind: RecordKind, contract: Contract) -> Window:
    """When a record of this kind may and must be purged.

    Third-party data serves the assessment alone: it may go as soon as the contract has ended, and must within a year.
    The file has a least time and no most: how much longer an insurer keeps it is its own policy, and its to justify.

    Raises:
        AmountInvalid: The days lie beyond the calendar.
    """
    ended = contract.ended_on
    if ended is None:
        return Window(None, None)
    if kind is RecordKind.THIRD_PARTY_DATA:
        return Window(ended, years_after(ended, THIRD_PARTY_YEARS))
    return Window(years_after(ended, file_years(contract.term_years)), None)


def file_years(term_years: int) -> int:
    """Years a file is kept at least after the contract ends."""
    return LONG_TERM_FILE_YEARS if term_years >= LONG_TERM_FROM_YEARS else FILE_YEARS


def duty(kind: RecordKind, contract: Contract, today: date, *, held: bool = False) -> Duty:
    """What is to be done about a record today.

    Args:
        held: Whether something forbids to purge anything of this customer.
    """
    allowed = window(kind, contract)
    if held or allowed.may_from is None or today < allowed.may_from:
        return Duty.KEEP
    return Duty.MUST_PURGE if allowed.must_from is not None and today >= allowed.must_from else Duty.MAY_PURGE


def duty_of_shared(kind: RecordKind, contracts: Iterable[Contract], today: date, *, held: bool = False) -> Duty:
    """The same of a record that several contracts rest on, such as one medical report: the strictest to keep decides.

    Raises:
        AmountInvalid: No contract is given.
    """
    duties = {duty(kind, each, today, held=held) for each in contracts}
    if not duties:
        raise AmountInvalid("contracts", 0, "are none", "Give the application as a contract that ended that day")
    return next(each for each in Duty if each in duties)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February, 1 March where the year has none: never early.

    Raises:
        AmountInvalid: Beyond the calendar.
    """
    if day.year + years > date.max.year:
        raise AmountInvalid("ended_on", day.isoformat(), "leads beyond the calendar", "Give the day the contract ended")
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
