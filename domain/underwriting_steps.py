"""The steps of an underwriting case: what can be done, by whom and when. The case is what they add up to."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

from domain.errors import CaseStepRefused
from domain.underwriting_decision import CaseAssessment, Decision, Notice, check_text
from domain.underwriting_grounds import check_ground
from domain.underwriting_people import Actor, Office, check_instant

What = TypeVar("What", covariant=True)


class CaseState(IntEnum):
    """Where a case stands, and what it waits for."""

    RECEIVED = 1  # for complete information
    COLLECTED = 2  # for an assessment
    ASSESSED = 3  # for a decision
    DECIDED = 4  # for a senior's review
    COMMITTEE = 5  # for the committee
    CONCLUDED = 6  # for a notice to the customer
    NOTIFIED = 7  # for the customer's confirmed receipt
    CLOSED = 8


class CaseOutcome(StrEnum):
    """How a case ended, or will end once the customer is told."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Fault(StrEnum):
    """What a reviewer finds wrong."""

    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    COMPLIANCE = "compliance"


BACK_TO = {
    Fault.COMPLETENESS: CaseState.RECEIVED,
    Fault.ACCURACY: CaseState.COLLECTED,
    Fault.COMPLIANCE: CaseState.ASSESSED,
}
"""What is done anew for a fault: collecting, assessing, deciding, and all that follows."""


@dataclass(frozen=True, slots=True)
class Event(Generic[What]):
    """A step that was taken.

    Attributes:
        at: Unix seconds.
    Raises:
        AmountInvalid: The time is none.
    """

    at: int
    by: Actor
    what: What

    def __post_init__(self) -> None:
        check_instant(self.at)


@dataclass(frozen=True, slots=True)
class Received:
    """An application came in.

    Attributes:
        parties: Names of those it concerns, who must not handle it: applicant, insured, beneficiary, agent.
        supersedes: Case whose place this one takes; None: none.
        barred: Names of those who decided that case, and must not decide or review this one.
    Raises:
        CaseStepRefused: `PartiesMissing`.
    """

    parties: frozenset[str]
    supersedes: int | None = None
    barred: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.parties:
            raise CaseStepRefused("PartiesMissing", "parties", (), "names nobody", "Name at least the applicant")


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer was asked for required fields that are not there: it is their turn."""

    missing: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.missing:
            remedy = "Name the fields, or go on without asking"
            raise CaseStepRefused("QuestionMissing", "missing", (), "asks for nothing", remedy)


@dataclass(frozen=True, slots=True)
class Collected:
    """The information was looked through; `missing` names the required fields that are not there."""

    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.missing:
            remedy = f"Ask the customer for {', '.join(self.missing)}"
            raise CaseStepRefused("InformationMissing", "missing", self.missing, "are required", remedy)


@dataclass(frozen=True, slots=True)
class Assessed:
    """The risk engine assessed the application."""

    assessment: CaseAssessment


@dataclass(frozen=True, slots=True)
class Decided:
    """An underwriter filled in the assessment report, or the machine accepted in the fast lane."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Signed:
    """A senior found the case complete, accurate and compliant."""


@dataclass(frozen=True, slots=True)
class SentBack:
    """A reviewer found faults.

    Raises:
        CaseStepRefused: `FaultMissing`, `TextMissing`, `TextTooLong`.
    """

    faults: frozenset[Fault]
    note: str

    def __post_init__(self) -> None:
        if not self.faults:
            names = ", ".join(Fault)
            raise CaseStepRefused("FaultMissing", "faults", (), "names no fault", f"Name {names}, or sign")
        check_text("note", self.note)


@dataclass(frozen=True, slots=True)
class Voted:
    """A member of the committee agreed with what was decided, or refused the risk.

    Attributes:
        office: The seat they vote for.
        reason: Needed to refuse.
        ground: Of `domain.underwriting_grounds`; needed to refuse, and only then.
    Raises:
        CaseStepRefused: `ReasonMissing`, `GroundMissing`, `GroundWithoutRefusal`, `TextTooLong`.
    """

    office: Office
    agrees: bool
    reason: str = ""
    ground: int = 0

    def __post_init__(self) -> None:
        check_text("reason", self.reason, needed=not self.agrees)
        check_ground(self.ground, needed=not self.agrees)


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """The customer was told, or told again another way."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class ReceiptConfirmed:
    """The customer confirmed that the notice arrived; `proof` is a signature or a message's record (R9)."""

    proof: str

    def __post_init__(self) -> None:
        check_text("proof", self.proof)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A party took the application back; `proof` is where they said so."""

    proof: str

    def __post_init__(self) -> None:
        check_text("proof", self.proof)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Somebody closed a case whose customer was asked, or told, and stays silent."""

    note: str

    def __post_init__(self) -> None:
        check_text("note", self.note)


@dataclass(frozen=True, slots=True)
class Superseded:
    """An objection was right, and another case takes the place of this one."""

    successor: int


Step = (
    Received
    | Asked
    | Collected
    | Assessed
    | Decided
    | Signed
    | SentBack
    | Voted
    | NoticeGiven
    | ReceiptConfirmed
    | Withdrawn
    | Lapsed
    | Superseded
)
CaseEvent = Event[Step]
