"""An office of underwriters, and cases taken as far as a test needs them."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import CaseStepRefused, PersonRefused
from domain.indemnity_reports import Measure
from domain.objection import Objection, raised
from domain.objection import advanced as objection_advanced
from domain.objection_steps import Corrected, ObjectionStep, PassedOn, Raised, Upheld, Way
from domain.tiers import RiskTier
from domain.underwriting_case import Case, notice_of
from domain.underwriting_decision import STANDARD, CaseAssessment, Channel, Conditions, Decision, Verdict
from domain.underwriting_desk import advanced, opened
from domain.underwriting_people import Actor, Machine, Office, Person
from domain.underwriting_steps import (
    Assessed,
    CaseState,
    Collected,
    Decided,
    Event,
    Fault,
    NoticeGiven,
    ReceiptConfirmed,
    Received,
    SentBack,
    Signed,
    Step,
    Voted,
)

MONDAY = 1_767_571_200
"""Monday 5 January 2026, 00:00 UTC."""
HOUR = 3_600
APPLICANT = Person("applicant")
CLERK = Person("clerk")
JUNIOR, OTHER_JUNIOR = Person("junior", date(2025, 1, 5)), Person("other-junior", date(2020, 6, 1))
SENIOR = Person("senior", date(2018, 3, 1), date(2020, 9, 1))
OTHER_SENIOR = Person("other-senior", date(2015, 3, 1), date(2017, 9, 1))
THIRD_SENIOR = replace(OTHER_SENIOR, name="third-senior")
FOURTH_SENIOR = replace(OTHER_SENIOR, name="fourth-senior")
SENIORS = (SENIOR, OTHER_SENIOR, THIRD_SENIOR, FOURTH_SENIOR)
"""Enough for a case to be decided, objected to by right and decided again, whoever of them did what."""
GENERAL = Person("general", offices=frozenset({Office.GENERAL_MANAGER}))
UNDERWRITING = Person("underwriting", date(2010, 1, 1), date(2014, 1, 1), frozenset({Office.UNDERWRITING_MANAGER}))
LEGAL = Person("legal", offices=frozenset({Office.LEGAL_MANAGER}))
ENGINE = Machine("risk-engine")
COMMITTEE = (GENERAL, UNDERWRITING, LEGAL)

LOADED = Conditions(Measure.LOADING, loading_bps=2_000)
STROKE = Conditions(Measure.EXCLUSION, exclusions=("stroke",))
LOW = CaseAssessment(b"\x01" * 32, 3_000, 2_000, RiskTier.LOW, STANDARD, fast_lane=True)
MEDIUM = CaseAssessment(b"\x02" * 32, 7_000, 6_000, RiskTier.MEDIUM, LOADED, exclusions=("stroke",))
HIGH = CaseAssessment(b"\x03" * 32, 8_500, 9_000, RiskTier.HIGH, STROKE, exclusions=("stroke",))
GRAVE = CaseAssessment(b"\x04" * 32, 9_001, 9_500, RiskTier.HIGH, STROKE, exclusions=("stroke",), committee=True)
HOPELESS = CaseAssessment(b"\x05" * 32, 8_800, 12_000, RiskTier.HIGH, None)

ACCEPT = {each: Decision(Verdict.ACCEPT, each) for each in (STANDARD, LOADED, STROKE)}
DECLINE = Decision(Verdict.DECLINE, reason="Late-stage cancer.", ground=1)


def taken(case: Case, by: Actor, what: Step, after: int = HOUR) -> Case:
    """The case after a step, so many seconds after the one before."""
    return advanced(case, Event(case.last_at + after, by, what))


def received(case_id: int = 1, at: int = MONDAY) -> Case:
    """An application that came in."""
    return opened(case_id, Event(at, ENGINE, Received(frozenset({APPLICANT.name, "agent"}))))


def assessed(assessment: CaseAssessment = MEDIUM, case: Case | None = None) -> Case:
    """A case that waits for a decision."""
    return taken(taken(case or received(), JUNIOR, Collected()), ENGINE, Assessed(assessment))


def decided(
    assessment: CaseAssessment = MEDIUM, decision: Decision | None = None, case: Case | None = None, by: Actor = JUNIOR
) -> Case:
    """A case that waits for review, decided as recommended unless told otherwise."""
    chosen = decision or (ACCEPT[assessment.recommended] if assessment.recommended else DECLINE)
    return taken(assessed(assessment, case), by, Decided(chosen))


def at_committee(decision: Decision | None = None) -> Case:
    """A case of more than 90 points that waits for the committee."""
    return taken(decided(GRAVE, decision), SENIOR, Signed())


def notice(case: Case, channel: Channel = Channel.WRITTEN) -> NoticeGiven:
    """The notice of a concluded case."""
    words = {"basis": "Score and loss ratio.", "how_to_object": "Call, write, or come to a branch."}
    return NoticeGiven(notice_of(case, channel, **words))


def finished(case: Case, after: int = HOUR) -> Case:
    """The case taken to its end by what the office does when nobody objects or gives up."""
    while case.state is not CaseState.CLOSED:
        case = _on(case, after)
    return case


def _on(case: Case, after: int) -> Case:
    match case.state:
        case CaseState.RECEIVED:
            return taken(case, _free(case, JUNIOR, OTHER_JUNIOR), Collected(), after)
        case CaseState.COLLECTED:
            return taken(case, ENGINE, Assessed(MEDIUM), after)
        case CaseState.ASSESSED:
            recommended = case.assessed().recommended
            chosen = ACCEPT[recommended] if recommended else DECLINE
            checked = replace(chosen, authenticity="Called the hospital.")
            return taken(case, _free(case, JUNIOR, OTHER_JUNIOR, SENIOR), Decided(checked), after)
        case CaseState.DECIDED:
            return taken(case, _free(case, *SENIORS), Signed(), after)
        case CaseState.COMMITTEE:
            return _voted_on(case, after)
        case CaseState.CONCLUDED:
            return taken(case, CLERK, notice(case), after)
        case _:
            return taken(case, APPLICANT, ReceiptConfirmed("Signed slip 17."), after)


def _voted_on(case: Case, after: int) -> Case:
    """The next vote, or the way out where an office cannot vote because its holder decided or reviewed."""
    done = {office for office, _ in case.votes}
    for member in COMMITTEE:
        (office,) = member.offices
        if office not in done and member not in (case.decider, case.reviewer):
            return taken(case, member, Voted(office, agrees=True), after)
    free = next(member for member in COMMITTEE if member not in (case.decider, case.reviewer))
    return taken(case, free, SentBack(frozenset({Fault.COMPLIANCE}), "An office cannot vote."), after)


def _free(case: Case, *people: Person) -> Person:
    """The first of them whom nothing keeps from the case."""
    return next(each for each in people if each.name not in case.received.barred | case.deciders())


OBJECTION = Raised(Way.PHONE, "My blood pressure was 120, not 210.", "+86 10 5555 0100")
CORRECTED = Corrected(2, LOW, ACCEPT[STANDARD], "A digit was swapped.")
UPHELD = Upheld("The hospital confirms 210.")


def objection(case: Case | None = None) -> Objection:
    """A fresh objection."""
    to = case or finished(decided())
    return raised(7, to, Event(to.last_at + HOUR, CLERK, OBJECTION))


def step(of: Objection, by: Actor, what: ObjectionStep, after: int = HOUR) -> Objection:
    """The objection after a step, so many seconds after the one before."""
    return objection_advanced(of, Event(of.events[-1].at + after, by, what))


def passed(case: Case | None = None) -> Objection:
    """An objection that waits to be examined."""
    return step(objection(case), CLERK, PassedOn())


AGREES = {office: Voted(office, agrees=True) for office in Office}
WRONG = SentBack(frozenset({Fault.ACCURACY}), "The pressure was read wrong.")
RECEIPT = ReceiptConfirmed("Signed slip 17.")


def refused_code(case: Case, by: Actor, what: Step) -> str:
    with pytest.raises((PersonRefused, CaseStepRefused)) as refused:
        taken(case, by, what)
    assert isinstance(refused.value, PersonRefused | CaseStepRefused)
    return refused.value.code
