"""Who may do what in underwriting (manual R16): qualifications, offices, and what is left to people.

A step keeps the person as they were when they took it, so that whoever reads the file later sees by what right.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from domain.errors import AmountInvalid, IdentifierInvalid, PersonRefused
from domain.ranges import is_whole

JUNIOR_YEARS = 1
SENIOR_YEARS = 3
MAX_NAME = 100
LAST_SECOND = 253_402_300_799
"""The end of 31 December 9999, UTC."""


class Office(StrEnum):
    """A seat of the underwriting committee."""

    GENERAL_MANAGER = "general-manager"
    UNDERWRITING_MANAGER = "underwriting-manager"
    LEGAL_MANAGER = "legal-manager"


@dataclass(frozen=True, slots=True)
class Person:
    """A person: of the insurer's staff, or a party to the case.

    Attributes:
        name: What they are known by; an account's id, not what is written in a passport.
        licensed_on: Since when they are a licensed underwriter; None: they are not.
        intermediate_exam_on: When they passed the intermediate exam; None: they have not.
        offices: They hold at the insurer.
    Raises:
        IdentifierInvalid: The name is empty or too long.
    """

    name: str
    licensed_on: date | None = None
    intermediate_exam_on: date | None = None
    offices: frozenset[Office] = frozenset()

    def __post_init__(self) -> None:
        _check_name(self.name)


@dataclass(frozen=True, slots=True)
class Machine:
    """A program that takes a step by itself.

    Raises:
        IdentifierInvalid: The name is empty or too long.
    """

    name: str

    def __post_init__(self) -> None:
        _check_name(self.name)


Actor = Person | Machine


def check_instant(at: int) -> None:
    """Refuse what is no time.

    Raises:
        AmountInvalid
    """
    if not is_whole(at, 0, LAST_SECOND):
        raise AmountInvalid("at", at, "are not seconds of the years 1970 to 9999", "Give unix seconds")


def person(actor: Actor) -> Person:
    """The person who acts.

    Raises:
        PersonRefused: `MachineMayNot`.
    """
    if isinstance(actor, Machine):
        raise PersonRefused("MachineMayNot", actor.name, "is a machine", "Let a person take this step")
    return actor


def junior(actor: Actor, at: int) -> Person:
    """Somebody who may collect, analyse and decide: licensed for a year or longer.

    Raises:
        PersonRefused: `MachineMayNot`, `NotLicensedLongEnough`.
    """
    return _licensed(person(actor), JUNIOR_YEARS, at)


def senior(actor: Actor, at: int) -> Person:
    """Somebody who may review: licensed for three years or longer, with the intermediate exam.

    Raises:
        PersonRefused: `MachineMayNot`, `NotLicensedLongEnough`, `ExamMissing`.
    """
    somebody = _licensed(person(actor), SENIOR_YEARS, at)
    passed = somebody.intermediate_exam_on
    if passed is None or passed > _day(at):
        raise PersonRefused("ExamMissing", somebody.name, "has not passed the intermediate exam", "Ask a senior")
    return somebody


def office_holder(actor: Actor, offices: Collection[Office]) -> Person:
    """Somebody who sits on the committee for one of these offices.

    Raises:
        PersonRefused: `MachineMayNot`, `OfficeNotHeld`.
    """
    somebody = person(actor)
    if somebody.offices.isdisjoint(offices):
        problem = f"is not {' or '.join(sorted(offices))}"
        raise PersonRefused("OfficeNotHeld", somebody.name, problem, "Ask who holds the office")
    return somebody


def _licensed(somebody: Person, years: int, at: int) -> Person:
    """Years end on the same day of a later year, UTC, and one begun on 29 February ends on 1 March."""
    since, today = somebody.licensed_on, _day(at)
    if since is None or (since.year + years, since.month, since.day) > (today.year, today.month, today.day):
        problem = f"has not been licensed for {years} year{'s' if years > 1 else ''}"
        raise PersonRefused("NotLicensedLongEnough", somebody.name, problem, "Ask somebody who has")
    return somebody


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME:
        raise IdentifierInvalid("name", name, f"is not a name of 1 to {MAX_NAME} characters", "Give the account's id")
