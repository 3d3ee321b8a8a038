"""Vocabulary of the risk engine: what is known of an applicant, by name, with unit, range, source and direction.

The indicators themselves are listed in `oracle.risk.vocabulary`. An application reduces to a row of them. All numbers
are whole, the unit stands in the name, and None means not given, not asked, or its source not authorised: never zero.

RiskError (a DomainError: field, value, problem, remedy)
├── IndicatorInvalid       a value is of the wrong kind, out of range, or not one of the choices
└── IndicatorUnknown       no indicator has this name
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.errors import DomainError
from domain.ranges import is_whole

Value = int | str | bool | None
Row = Mapping[str, Value]
"""Indicators by name; what is left out is None."""

ABSENT = -1
"""Code of None in columns; no indicator is negative."""


class RiskError(DomainError):
    """Something the risk engine refuses; nothing was scored."""


class IndicatorInvalid(RiskError):
    """A value is of the wrong kind, out of range, or not one of the choices."""


class IndicatorUnknown(RiskError):
    """No indicator has this name."""


class Line(StrEnum):
    """Line of business."""

    LIFE = "life"
    HEALTH = "health"
    ACCIDENT = "accident"
    MOTOR = "motor"
    PROPERTY = "property"


class Party(StrEnum):
    """Who takes the policy out."""

    PERSONAL = "personal"
    CORPORATE = "corporate"


class Dimension(StrEnum):
    """The five dimensions of the manual (R1), the thing insured (R5), and what is offered for sale (never scored)."""

    BASIC = "basic"
    HEALTH = "health"
    FINANCIAL = "financial"
    BEHAVIOUR = "behaviour"
    HISTORY = "history"
    OBJECT = "object"
    OFFER = "offer"


class Source(StrEnum):
    """Who says so (R3, R11)."""

    CUSTOMER = "customer"
    CREDIT_REPORT = "credit-report"
    HOSPITAL = "hospital"
    TRAFFIC_AUTHORITY = "traffic-authority"
    COMMERCE = "commerce"
    INSURERS = "insurers"
    SURVEY = "survey"

    @property
    def sensitive(self) -> bool:
        """Whether it is read only with the customer's written authorisation."""
        return self not in (Source.CUSTOMER, Source.SURVEY)


class Kind(StrEnum):
    """How the value of an indicator is written."""

    WHOLE = "whole"
    CHOICE = "choice"
    FLAG = "flag"
    SET = "set"


class Case(NamedTuple):
    """Which application form: one per line and party."""

    line: Line
    party: Party


CASES = tuple(Case(line, party) for line in Line for party in Party)


@dataclass(frozen=True, slots=True)
class IndicatorDefinition:
    """What one indicator is.

    Attributes:
        kind: WHOLE: int from `least` to `most`. CHOICE: one of `choices`. FLAG: bool. SET: int whose bit n stands for
            the n-th of `choices`.
        applies: Forms that ask for it.
        required: Forms that cannot be submitted without it.
        sources: Who may say it, the customer first.
        direction: Risk rises with the value (+1), falls with it (-1), or no claim is made (0).
        directed_from: The claim holds from this value on.
        directed_lines: The claim holds in these lines.
        derived: Computed from others, never stated.
    """

    name: str
    dimension: Dimension
    kind: Kind
    en: str
    zh: str
    applies: frozenset[Case]
    required: frozenset[Case]
    sources: tuple[Source, ...]
    least: int = 0
    most: int = 1
    unit: str = ""
    choices: tuple[str, ...] = ()
    direction: int = 0
    directed_from: int = 0
    directed_lines: frozenset[Line] = frozenset()
    derived: bool = False

    def applies_to(self, line: Line, party: Party = Party.PERSONAL) -> bool:
        """Whether the form of this line and party asks for it."""
        return (line, party) in self.applies

    def required_for(self, line: Line, party: Party = Party.PERSONAL) -> bool:
        """Whether the form of this line and party cannot be submitted without it."""
        return (line, party) in self.required

    def monotone(self, line: Line) -> int:
        """+1 if risk never falls as the coded value rises, -1 if it never rises, 0 if the manual claims neither."""
        return self.direction if line in self.directed_lines else 0

    def coded(self, value: Value) -> int:
        """The value as it stands in a column: choices by their place, flags 0 or 1, None `ABSENT`. Unchecked."""
        if value is None:
            return ABSENT
        return self.choices.index(str(value)) if self.kind is Kind.CHOICE else int(value)

    def decoded(self, coded: int) -> Value:
        """The value a column's code stands for."""
        if coded == ABSENT:
            return None
        if self.kind is Kind.FLAG:
            return bool(coded)
        return self.choices[coded] if self.kind is Kind.CHOICE else coded

    def check(self, value: Value) -> None:
        """Refuse a value this indicator cannot have; None is always allowed.

        Raises:
            IndicatorInvalid
        """
        if value is None or self._admits(value):
            return
        if self.kind is Kind.CHOICE:
            raise IndicatorInvalid(self.name, value, "is not known here", f"Choose {_named(self.choices)}")
        if self.kind is Kind.FLAG:
            raise IndicatorInvalid(self.name, value, "is neither true nor false", "Write true or false")
        unit = f" {self.unit}" if self.unit else ""
        remedy = f"Write digits, {self.least} to {self.most}{unit}"
        raise IndicatorInvalid(self.name, value, f"is not a whole number from {self.least} to {self.most}", remedy)

    def _admits(self, value: Value) -> bool:
        match self.kind:
            case Kind.CHOICE:
                return isinstance(value, str) and value in self.choices
            case Kind.FLAG:
                return isinstance(value, bool)
            case Kind.WHOLE | Kind.SET:
                return is_whole(value, self.least, self.most)


def _named(choices: tuple[str, ...]) -> str:
    shown = ", ".join(choices[:8])
    return f"one of {shown}" + (f" or {len(choices) - 8} more" if len(choices) > 8 else "")
