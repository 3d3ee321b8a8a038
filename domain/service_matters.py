"""Enquiries and complaints: the steps they take, whose turn it is, and until when.

Working days are the office's, 24 hours each (`domain.working_days`). Limits that the law sets for complaints to
insurers in China are 15 days for a plain matter and at most 60 in all; ours are shorter and count in working days.
"""

from dataclasses import dataclass, replace
from enum import Enum

from domain.errors import DomainError
from domain.working_days import OfficeCalendar, working_deadline

ENQUIRY_DAYS = 2
ACKNOWLEDGE_DAYS = 1
ANSWER_DAYS = 10
EXTENSION_DAYS = 20
SECOND_LOOK_DAYS = 10
"""In all 40 working days at most, an extension and a second look included."""
REOPEN_SECONDS = 30 * 86_400
"""How long somebody may ask for a second look after an answer."""
SILENCE_SECONDS = 14 * 86_400
"""An answered matter nobody comes back to is closed after this."""


class MatterStepRefused(DomainError):
    """A step cannot be taken as the matter stands."""


class MatterKind(Enum):
    """What somebody came with."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"


class MatterState(Enum):
    """How far it is."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Outcome(Enum):
    """What became of a complaint; an enquiry is answered."""

    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"


DECISIONS = frozenset({Outcome.UPHELD, Outcome.PARTLY_UPHELD, Outcome.NOT_UPHELD})
WAITING = frozenset({MatterState.RECEIVED, MatterState.ACKNOWLEDGED, MatterState.ESCALATED})
"""It is the office's turn."""


@dataclass(frozen=True, slots=True)
class Matter:
    """An enquiry or a complaint, as far as steps depend on it. Times are unix seconds of the wall clock.

    Attributes:
        due_at: When the office's next step is due; None where it is not its turn.
        answered_by: Who answered first; a second look is somebody else's.
        late: A step was taken after it was due.
    """

    kind: MatterKind
    opened_at: int
    due_at: int | None
    state: MatterState = MatterState.RECEIVED
    outcome: Outcome = Outcome.OPEN
    acknowledged_at: int | None = None
    answered_at: int | None = None
    closed_at: int | None = None
    answered_by: str | None = None
    extended: bool = False
    escalated: bool = False
    late: bool = False


def opened(kind: MatterKind, now: int, calendar: OfficeCalendar) -> Matter:
    """A new one: an enquiry is to be answered, a complaint to be acknowledged first."""
    days = ENQUIRY_DAYS if kind is MatterKind.ENQUIRY else ACKNOWLEDGE_DAYS
    return Matter(kind, now, working_deadline(now, days, calendar))


def acknowledge(matter: Matter, now: int, calendar: OfficeCalendar) -> Matter:
    """The office has read a complaint and says until when it answers: counted from when it came in."""
    _need(matter, MatterState.RECEIVED)
    _need_kind(matter, MatterKind.COMPLAINT)
    due_at = working_deadline(matter.opened_at, ANSWER_DAYS, calendar)
    return replace(
        matter,
        state=MatterState.ACKNOWLEDGED,
        acknowledged_at=now,
        due_at=due_at,
        late=matter.late or _late(matter, now),
    )


def answer(matter: Matter, now: int, by: str, outcome: Outcome) -> Matter:
    """The office answers; a complaint is decided."""
    if matter.state not in WAITING:
        raise _refused(matter, "is not the office's turn", "Wait for the customer")
    if matter.kind is MatterKind.COMPLAINT and matter.state is MatterState.RECEIVED:
        raise _refused(matter, "is not acknowledged", "Acknowledge it first")
    if (outcome in DECISIONS) is (matter.kind is MatterKind.ENQUIRY):
        raise MatterStepRefused("outcome", outcome.value, f"is none of an {matter.kind.value}", "Choose one of its own")
    if matter.state is MatterState.ESCALATED and matter.answered_by == by:
        raise MatterStepRefused("answered_by", by, "answered before", "Let a colleague look a second time")
    return replace(
        matter, state=MatterState.ANSWERED, outcome=outcome, answered_at=now, answered_by=by, due_at=None,
        late=matter.late or _late(matter, now),
    )  # fmt: skip


def extend(matter: Matter, calendar: OfficeCalendar) -> Matter:
    """The office needs longer, once; the customer is told why."""
    _need(matter, MatterState.ACKNOWLEDGED)
    if matter.extended or matter.due_at is None:
        raise _refused(matter, "was extended before", "Answer it")
    return replace(matter, extended=True, due_at=working_deadline(matter.due_at, EXTENSION_DAYS, calendar))


def escalate(matter: Matter, now: int, calendar: OfficeCalendar) -> Matter:
    """The customer is not content: somebody else looks at it again, once."""
    _need(matter, MatterState.ANSWERED)
    _need_kind(matter, MatterKind.COMPLAINT)
    if matter.escalated or matter.answered_at is None or now > matter.answered_at + REOPEN_SECONDS:
        raise _refused(matter, "had its second look, or 30 days have passed", "See how disputes are settled")
    due_at = working_deadline(now, SECOND_LOOK_DAYS, calendar)
    return replace(matter, state=MatterState.ESCALATED, escalated=True, due_at=due_at)


def withdraw(matter: Matter, now: int) -> Matter:
    """The customer takes it back."""
    if matter.state not in WAITING:
        raise _refused(matter, "has its answer", "Nothing is to do")
    return replace(matter, state=MatterState.WITHDRAWN, outcome=Outcome.WITHDRAWN, closed_at=now, due_at=None)


def close(matter: Matter, now: int, *, by_customer: bool) -> Matter:
    """The customer is content, or silent for long enough."""
    _need(matter, MatterState.ANSWERED)
    if not by_customer and (matter.answered_at is None or now < matter.answered_at + SILENCE_SECONDS):
        raise _refused(matter, "was answered less than 14 days ago", "Wait for the customer")
    return replace(matter, state=MatterState.CLOSED, closed_at=now, due_at=None)


def _late(matter: Matter, now: int) -> bool:
    return matter.due_at is not None and now > matter.due_at


def _need(matter: Matter, state: MatterState) -> None:
    if matter.state is not state:
        raise _refused(matter, f"is not {state.value}", "Look up where it stands")


def _need_kind(matter: Matter, kind: MatterKind) -> None:
    if matter.kind is not kind:
        raise MatterStepRefused("kind", matter.kind.value, "takes no such step", f"Only a {kind.value} does")


def _refused(matter: Matter, problem: str, remedy: str) -> MatterStepRefused:
    return MatterStepRefused("state", matter.state.value, problem, remedy)
