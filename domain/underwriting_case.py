"""An underwriting case from application to confirmed notice (manual R16), as the events in it add up to it.

`domain.underwriting_desk` takes the steps. States only move up, but for the one step that says so: a reviewer sends
back. A closed case is changed by nobody; an objection that is right opens another that supersedes it
(`domain.objection`). A refusal is always a person's.
"""

from dataclasses import dataclass

from domain.errors import CaseNotInState
from domain.underwriting_decision import CaseAssessment, Channel, Decision, Notice
from domain.underwriting_people import Actor, Office, Person
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseEvent,
    CaseOutcome,
    CaseState,
    Collected,
    NoticeGiven,
    Received,
    Step,
)
from domain.working_days import OfficeCalendar, working_deadline

FAST_LANE_DAYS = 1
TURNAROUND_DAYS = 2
TOLD = frozenset({CaseState.NOTIFIED, CaseState.CLOSED})


@dataclass(frozen=True, slots=True)
class Case:
    """An underwriting case.

    Attributes:
        assessment, decision, decider, reviewer: Those that hold now; what was sent back is in the events.
        votes: Of the committee: office and name of each member who voted.
        closed_at: Unix seconds.
        superseded_by: Case that took its place.
    """

    case_id: int
    received: Received
    events: tuple[CaseEvent, ...]
    state: CaseState = CaseState.RECEIVED
    outcome: CaseOutcome = CaseOutcome.OPEN
    assessment: CaseAssessment | None = None
    decision: Decision | None = None
    decider: Actor | None = None
    reviewer: Person | None = None
    votes: tuple[tuple[Office, str], ...] = ()
    closed_at: int | None = None
    superseded_by: int | None = None

    @property
    def last_at(self) -> int:
        """When the last step was taken, unix seconds."""
        return self.events[-1].at

    @property
    def can_be_objected_to(self) -> bool:
        """Whether the customer was told a decision that nothing has superseded."""
        decided = self.outcome in (CaseOutcome.ACCEPTED, CaseOutcome.DECLINED)
        return self.state in TOLD and decided and self.superseded_by is None

    @property
    def waits_for_customer(self) -> bool:
        """Whether the next step is the customer's: to complete the information, or to confirm a notice."""
        return self.state < CaseState.CLOSED and isinstance(self.events[-1].what, Asked | NoticeGiven)

    def assessed(self) -> CaseAssessment:
        """The assessment that holds.

        Raises:
            CaseNotInState: There is none yet.
        """
        if self.assessment is None:
            raise CaseNotInState("state", self.state.name.lower(), "has no assessment", "Assess it first")
        return self.assessment

    def decided(self) -> Decision:
        """The decision that holds.

        Raises:
            CaseNotInState: There is none yet.
        """
        if self.decision is None:
            raise CaseNotInState("state", self.state.name.lower(), "has no decision", "Decide first")
        return self.decision

    def deciders(self) -> frozenset[str]:
        """Names of the people the present decision is of."""
        signed = [each.name for each in (self.decider, self.reviewer) if isinstance(each, Person)]
        return frozenset([*signed, *(name for _, name in self.votes)])

    def time_of(self, step: type[Step]) -> int | None:
        """When a step was first taken; None: never."""
        return next((event.at for event in self.events if isinstance(event.what, step)), None)

    def due(self, calendar: OfficeCalendar) -> int | None:
        """When the customer has to be told: within a working day in the fast lane, else before two have run.

        The clock starts when the information is first complete, and being sent back does not stop it. Before that it
        runs from the application. Until the case is first assessed it may yet be one for the fast lane.

        Returns:
            Unix seconds; None where the customer is waited for, or nobody.
        """
        if self.waits_for_customer or self.state >= CaseState.NOTIFIED:
            return None
        complete_at, fast = self.time_of(Collected), all(self._lanes()[-1:])
        since = self.events[0].at if complete_at is None else complete_at
        return working_deadline(since, FAST_LANE_DAYS if fast else TURNAROUND_DAYS, calendar)

    def _lanes(self) -> list[bool]:
        """Of each assessment, whether it was for the fast lane."""
        return [event.what.assessment.fast_lane for event in self.events if isinstance(event.what, Assessed)]


def notice_of(case: Case, channel: Channel, *, basis: str, how_to_object: str) -> Notice:
    """The notice that states what was decided.

    Raises:
        CaseNotInState: Nothing is decided.
        CaseStepRefused: `TextMissing`, `TextTooLong`, `NoticeNotWritten`.
    """
    if case.outcome not in (CaseOutcome.ACCEPTED, CaseOutcome.DECLINED):
        raise CaseNotInState("outcome", case.outcome.value, "is no decision to tell", "Decide first")
    decision, tier = case.decided(), case.assessed().tier
    conditions, reason = decision.conditions, decision.reason
    return Notice(channel, decision.verdict, tier, conditions, reason, basis, how_to_object, decision.ground)
