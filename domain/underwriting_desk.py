"""The steps of underwriting cases: when each can be taken, by whom, and what comes of it. A case is never changed: a
step makes another from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import reduce
from typing import assert_never

from domain.claim_clock import DAY_SECONDS
from domain.errors import AmountInvalid, CaseNotInState, CaseStepRefused, PersonRefused
from domain.underwriting_case import TOLD, Case, notice_of
from domain.underwriting_decision import Notice
from domain.underwriting_people import Machine, Person, junior, person
from domain.underwriting_review import decided, sent_back, signed, voted
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseEvent,
    CaseOutcome,
    CaseState,
    Collected,
    Decided,
    Lapsed,
    NoticeGiven,
    ReceiptConfirmed,
    Received,
    SentBack,
    Signed,
    Step,
    Superseded,
    Voted,
    Withdrawn,
)

SILENCE_SECONDS = 30 * DAY_SECONDS
FROM: Mapping[type[Step], frozenset[CaseState]] = {
    Received: frozenset(),
    Asked: frozenset({CaseState.RECEIVED}),
    Collected: frozenset({CaseState.RECEIVED}),
    Assessed: frozenset({CaseState.COLLECTED}),
    Decided: frozenset({CaseState.ASSESSED}),
    Signed: frozenset({CaseState.DECIDED}),
    SentBack: frozenset({CaseState.DECIDED, CaseState.COMMITTEE}),
    Voted: frozenset({CaseState.COMMITTEE}),
    NoticeGiven: frozenset({CaseState.CONCLUDED, CaseState.NOTIFIED}),
    ReceiptConfirmed: frozenset({CaseState.NOTIFIED}),
    Withdrawn: frozenset(CaseState) - TOLD,
    Lapsed: frozenset({CaseState.RECEIVED, CaseState.NOTIFIED}),
    Superseded: TOLD,
}
"""In which states a step can be taken."""


def opened(case_id: int, event: CaseEvent) -> Case:
    """A new case.

    Raises:
        CaseNotInState: The event is not that an application came in.
    """
    if not isinstance(event.what, Received):
        raise CaseNotInState("case_id", case_id, "has received no application", "Begin with what came in")
    return Case(case_id, event.what, (event,))


def replayed(case_id: int, events: Sequence[CaseEvent]) -> Case:
    """The case that events add up to, each checked again.

    Raises:
        AmountInvalid: There are no events.
        DomainError: What `opened` and `advanced` raise.
    """
    if not events:
        raise AmountInvalid("events", 0, "are none", "Give at least what came in")
    return reduce(advanced, events[1:], opened(case_id, events[0]))


def advanced(case: Case, event: CaseEvent) -> Case:
    """The case after one more step; the one given stays as it was.

    Raises:
        CaseNotInState: The step cannot be taken now.
        PersonRefused: Not by this person or machine.
        CaseStepRefused: The step breaks a rule, or is earlier than the one before.
    """
    step = type(event.what).__name__
    if case.state not in (allowed := FROM[type(event.what)]):
        names = ", ".join(state.name.lower() for state in sorted(allowed)) or "a new case"
        raise CaseNotInState("state", case.state.name.lower(), f"does not allow {step}", f"It takes {names}")
    if event.at < case.last_at:
        problem = f"is before the step before it, at {case.last_at}"
        raise CaseStepRefused("StepTooEarly", "at", event.at, problem, "Take steps in their order")
    _check_conflict(case, event)
    return replace(_stepped(case, event), events=(*case.events, event))


def _stepped(case: Case, event: CaseEvent) -> Case:
    match event.what:
        case Received():
            raise AssertionError("refused: no state allows it")
        case Asked():
            _junior_or_machine(event)
            return case
        case Collected():
            _junior_or_machine(event)
            return replace(case, state=CaseState.COLLECTED)
        case Assessed(assessment):
            _junior_or_machine(event)
            return replace(case, state=CaseState.ASSESSED, assessment=assessment)
        case Decided(decision):
            return decided(case, event, decision)
        case Signed():
            return signed(case, event)
        case SentBack() as sent:
            return sent_back(case, event, sent)
        case Voted() as vote:
            return voted(case, event, vote)
        case NoticeGiven(notice):
            _check_notice(case, notice)
            return replace(case, state=CaseState.NOTIFIED)
        case ReceiptConfirmed():
            return replace(case, state=CaseState.CLOSED, closed_at=event.at)
        case Withdrawn():
            return replace(case, state=CaseState.CLOSED, outcome=CaseOutcome.WITHDRAWN, closed_at=event.at)
        case Lapsed():
            return _lapsed(case, event)
        case Superseded(successor):
            return _superseded(case, event, successor)
        case _:
            assert_never(event.what)


def _check_conflict(case: Case, event: CaseEvent) -> None:
    """Parties withdraw and confirm receipt; everything else is done by others."""
    own = isinstance(event.by, Person) and event.by.name in case.received.parties
    if isinstance(event.what, Withdrawn) and not own:
        remedy = "Record it in the name of the party who said so"
        raise PersonRefused("NotAParty", event.by.name, "is no party to this application", remedy)
    if own and not isinstance(event.what, Withdrawn | ReceiptConfirmed):
        raise PersonRefused("OwnCase", event.by.name, "is a party to this case", "Let somebody else handle it")


def _check_notice(case: Case, notice: Notice) -> None:
    """What is told must be what was decided, figure by figure."""
    right = notice_of(case, notice.channel, basis=notice.basis, how_to_object=notice.how_to_object)
    for field in fields(Notice):
        told, actual = getattr(notice, field.name), getattr(right, field.name)
        if told != actual:
            raise CaseStepRefused(
                "NoticeMismatch", field.name, told, f"is not what was decided, {actual}", "Tell what was decided"
            )


def _junior_or_machine(event: CaseEvent) -> None:
    if not isinstance(event.by, Machine):
        junior(event.by, event.at)


def _lapsed(case: Case, event: CaseEvent) -> Case:
    person(event.by)
    if not case.waits_for_customer:
        remedy = "Ask the customer first; silence is theirs only when it is their turn"
        raise CaseStepRefused("CustomerNotAsked", "case_id", case.case_id, "waits for the office", remedy)
    if event.at < (from_then := case.last_at + SILENCE_SECONDS):
        problem = f"is before {from_then}, when the customer was silent for 30 days"
        raise CaseStepRefused("LapseTooEarly", "at", event.at, problem, "Wait, or ask the customer again")
    told = case.state is CaseState.NOTIFIED
    return replace(
        case, state=CaseState.CLOSED, outcome=case.outcome if told else CaseOutcome.LAPSED, closed_at=event.at
    )


def _superseded(case: Case, event: CaseEvent, successor: int) -> Case:
    if not case.can_be_objected_to:
        problem = "has no decision that something could take the place of"
        raise CaseStepRefused("NothingToSupersede", "case_id", case.case_id, problem, "Object to the case that holds")
    if person(event.by).name in case.deciders():
        raise PersonRefused("OwnDecision", event.by.name, "decided this case", "Let somebody else correct it")
    if successor == case.case_id:
        raise CaseStepRefused("SupersedesItself", "successor", successor, "is this case", "Open another one")
    closed_at = event.at if case.closed_at is None else case.closed_at
    return replace(case, state=CaseState.CLOSED, superseded_by=successor, closed_at=closed_at)
