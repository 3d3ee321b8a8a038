"""An objection to an underwriting decision (manual R18): recorded, passed on, examined by somebody else, told.

The record that was objected to stays as it is. Where the objection is right, `correction` opens a case that supersedes
it, with the examiner's assessment and decision, to be reviewed and told as any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import assert_never

from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.objection_steps import (
    FROM,
    Corrected,
    ObjectionEvent,
    ObjectionOutcome,
    ObjectionState,
    PassedOn,
    Raised,
    Told,
    Upheld,
)
from domain.underwriting_case import TOLD, Case
from domain.underwriting_decision import Channel
from domain.underwriting_desk import advanced as case_advanced
from domain.underwriting_desk import replayed as case_replayed
from domain.underwriting_people import Person, junior
from domain.underwriting_steps import (
    Assessed,
    CaseEvent,
    CaseOutcome,
    Collected,
    Decided,
    Event,
    Received,
    Superseded,
)
from domain.working_days import OfficeCalendar, working_deadline

PASS_DAYS = 1
EXAMINE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection, as its events add up to it.

    Attributes:
        case: As it was when the customer objected.
    """

    objection_id: int
    case: Case
    events: tuple[ObjectionEvent, ...]
    state: ObjectionState = ObjectionState.RECORDED
    outcome: ObjectionOutcome = ObjectionOutcome.OPEN

    @property
    def correction(self) -> Event[Corrected] | None:
        """The step that found an error, if one did."""
        for event in self.events:
            if isinstance(event.what, Corrected):
                return Event(event.at, event.by, event.what)
        return None

    def due(self, calendar: OfficeCalendar) -> int | None:
        """When it has to be passed on, within a working day, or examined, within three of that.

        Returns:
            Unix seconds; None once it is examined.
        """
        days = {ObjectionState.RECORDED: PASS_DAYS, ObjectionState.PASSED: EXAMINE_DAYS}.get(self.state)
        return None if days is None else working_deadline(self.events[-1].at, days, calendar)


def raised(objection_id: int, case: Case, event: ObjectionEvent) -> Objection:
    """A new objection to a decision the customer was told.

    Raises:
        CaseNotInState: There is no such decision, or another has taken its place.
        CaseStepRefused: The objection is earlier than the notice.
    """
    if not isinstance(event.what, Raised):
        raise CaseNotInState("objection_id", objection_id, "was not raised", "Begin with what the customer said")
    if not case.can_be_objected_to:
        state = case.state.name.lower() if case.superseded_by is None else f"superseded by {case.superseded_by}"
        raise CaseNotInState("case", state, "has no decision to object to", "Object to the decision that holds")
    _check_order(case.last_at, event)
    return Objection(objection_id, case, (event,))


def replayed(objection_id: int, case: Case, events: Sequence[ObjectionEvent]) -> Objection:
    """The objection that events add up to, each checked again.

    Raises:
        CaseNotInState: There are no events.
        DomainError: What `raised` and `advanced` raise.
    """
    if not events:
        raise CaseNotInState("objection_id", objection_id, "has no events", "Begin with what the customer said")
    return reduce(advanced, events[1:], raised(objection_id, case, events[0]))


def advanced(objection: Objection, event: ObjectionEvent) -> Objection:
    """The objection after one more step; the one given stays as it was.

    Raises:
        CaseNotInState: The step cannot be taken now.
        PersonRefused: `OwnCase`, `OwnDecision`, `MachineMayNot`, `NotLicensedLongEnough`.
        CaseStepRefused: `StepTooEarly`, `NothingCorrected`, `SupersedesItself`, `CorrectionNotDecided`.
    """
    if objection.state is not (needed := FROM[type(event.what)]):
        step, remedy = type(event.what).__name__, needed.name.lower() if needed else "a new objection"
        raise CaseNotInState("state", objection.state.name.lower(), f"does not allow {step}", f"It takes {remedy}")
    _check_order(objection.events[-1].at, event)
    if isinstance(event.by, Person) and event.by.name in objection.case.received.parties:
        raise PersonRefused("OwnCase", event.by.name, "is a party to this case", "Let somebody else handle it")
    return replace(_stepped(objection, event), events=(*objection.events, event))


def correction(objection: Objection, case: Case) -> tuple[Case, Case]:
    """The case that was wrong, superseded, and the one that takes its place and waits for a senior's review.

    Args:
        case: The one objected to, as it stands now.
    Raises:
        CaseNotInState: The objection found no error.
        CaseStepRefused: `OtherCase`; `NothingToSupersede` if another objection was quicker.
        DomainError: What the steps of a case raise.
    """
    found = objection.correction
    if found is None:
        raise CaseNotInState("outcome", objection.outcome.value, "corrects nothing", "Leave the case as it is")
    if case.case_id != objection.case.case_id or case.events[: len(objection.case.events)] != objection.case.events:
        problem = f"is not the one objected to, {objection.case.case_id}"
        raise CaseStepRefused("OtherCase", "case_id", case.case_id, problem, "Give the case the objection is to")
    at, by, what = found.at, found.by, found.what
    superseded = case_advanced(case, Event(at, by, Superseded(what.successor)))
    came_in = Received(case.received.parties, case.case_id, case.deciders())
    steps = (came_in, Collected(), Assessed(what.assessment), Decided(what.decision))
    events: list[CaseEvent] = [Event(at, by, step) for step in steps]
    return superseded, case_replayed(what.successor, events)


def told(objection: Objection, channel: Channel, proof: str, successor: Case | None = None) -> Told:
    """What is told of an objection: that the decision stands, or how the case that supersedes it ended.

    Args:
        successor: As it stands now; None where the decision was upheld.
    Raises:
        CaseStepRefused: `CorrectionNotDecided`, `OtherCase`, `TextMissing`.
    """
    found = objection.correction
    needed = found.what.successor if found else None
    if (given := successor.case_id if successor else None) != needed:
        problem = f"is not the one that supersedes, {needed}"
        raise CaseStepRefused("OtherCase", "successor", given, problem, "Give the superseding case, if there is one")
    if successor is not None and successor.state not in TOLD:
        raise _undecided(successor.state.name.lower())
    return Told(channel, proof, successor.outcome if successor else None)


def _stepped(objection: Objection, event: ObjectionEvent) -> Objection:
    match event.what:
        case Raised():
            raise AssertionError("refused: no state allows it")
        case PassedOn():
            return replace(objection, state=ObjectionState.PASSED)
        case Upheld():
            _check_examiner(objection.case, event)
            return replace(objection, state=ObjectionState.EXAMINED, outcome=ObjectionOutcome.UPHELD)
        case Corrected() as found:
            _check_examiner(objection.case, event)
            _check_correction(objection.case, found)
            return replace(objection, state=ObjectionState.EXAMINED, outcome=ObjectionOutcome.CORRECTED)
        case Told(ended=ended):
            if (objection.outcome is ObjectionOutcome.CORRECTED) != (ended not in (None, CaseOutcome.OPEN)):
                raise _undecided(ended)
            return replace(objection, state=ObjectionState.TOLD)
        case _:
            assert_never(event.what)


def _check_examiner(case: Case, event: ObjectionEvent) -> None:
    examiner = junior(event.by, event.at)
    if examiner.name in case.deciders() | case.received.barred:
        raise PersonRefused("OwnDecision", examiner.name, "decided this case", "Let somebody else examine it")


def _check_correction(case: Case, found: Corrected) -> None:
    if found.successor == case.case_id:
        raise CaseStepRefused("SupersedesItself", "successor", found.successor, "is this case", "Open another one")
    before, after = case.decided(), found.decision
    same_decision = (before.verdict, before.conditions) == (after.verdict, after.conditions)
    if same_decision and case.assessed().tier is found.assessment.tier:
        problem = "changes neither tier nor measure nor verdict"
        raise CaseStepRefused("NothingCorrected", "decision", after.verdict.value, problem, "Uphold the decision")


def _check_order(before: int, event: ObjectionEvent) -> None:
    if event.at < before:
        problem = f"is before the step before it, at {before}"
        raise CaseStepRefused("StepTooEarly", "at", event.at, problem, "Take steps in their order")


def _undecided(value: object) -> CaseStepRefused:
    problem = "is not how a superseding case ended that this objection led to"
    return CaseStepRefused("CorrectionNotDecided", "ended", value, problem, "Tell the customer what was decided")
