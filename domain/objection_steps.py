"""The steps of an objection (manual R18): what can be done, and in which state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from domain.underwriting_decision import CaseAssessment, Channel, Decision, check_decision, check_text
from domain.underwriting_steps import CaseOutcome, Event


class ObjectionState(IntEnum):
    """Where an objection stands, and what it waits for."""

    RECORDED = 1  # for customer service to pass it to underwriting
    PASSED = 2  # for the examination
    EXAMINED = 3  # for the customer to be told
    TOLD = 4


class ObjectionOutcome(StrEnum):
    """What came of an objection."""

    OPEN = "open"
    UPHELD = "upheld"
    CORRECTED = "corrected"


class Way(StrEnum):
    """How an objection came in."""

    PHONE = "phone"
    MAIL = "mail"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Raised:
    """A customer objected: in what words, and where they can be reached.

    Raises:
        CaseStepRefused: `TextMissing`, `TextTooLong`.
    """

    way: Way
    text: str
    contact: str

    def __post_init__(self) -> None:
        check_text("text", self.text)
        check_text("contact", self.contact)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Underwriting has it."""


@dataclass(frozen=True, slots=True)
class Upheld:
    """Information, analysis and decision were examined anew and found right.

    Raises:
        CaseStepRefused: `ReasonMissing`, `TextTooLong`.
    """

    reason: str

    def __post_init__(self) -> None:
        check_text("reason", self.reason)


@dataclass(frozen=True, slots=True)
class Corrected:
    """An error was found.

    Attributes:
        successor: Number of the case that supersedes.
        assessment, decision: As they should be.
        reason: What was wrong.
    Raises:
        CaseStepRefused: `ReasonMissing`, `TextTooLong`, and as `check_decision`.
    """

    successor: int
    assessment: CaseAssessment
    decision: Decision
    reason: str

    def __post_init__(self) -> None:
        check_text("reason", self.reason)
        check_decision(self.decision, self.assessment)


@dataclass(frozen=True, slots=True)
class Told:
    """The customer was told what came of it; `proof` as of any notice.

    Attributes:
        ended: How the superseding case ended; None where the decision was upheld.
    """

    channel: Channel
    proof: str
    ended: CaseOutcome | None = None

    def __post_init__(self) -> None:
        check_text("proof", self.proof)


ObjectionStep = Raised | PassedOn | Upheld | Corrected | Told
ObjectionEvent = Event[ObjectionStep]
FROM: Mapping[type[ObjectionStep], ObjectionState | None] = {
    Raised: None,
    PassedOn: ObjectionState.RECORDED,
    Upheld: ObjectionState.PASSED,
    Corrected: ObjectionState.PASSED,
    Told: ObjectionState.EXAMINED,
}
"""In which state a step can be taken."""
