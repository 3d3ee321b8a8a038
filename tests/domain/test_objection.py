"""Manual R18: an objection is recorded, passed on, examined by somebody else, and told."""

from dataclasses import replace

import pytest

from domain.claim_clock import DAY_SECONDS
from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.objection import Objection, correction, raised, replayed, told
from domain.objection_steps import (
    Corrected,
    ObjectionOutcome,
    ObjectionState,
    ObjectionStep,
    PassedOn,
    Raised,
    Told,
    Upheld,
    Way,
)
from domain.underwriting_case import Case
from domain.underwriting_decision import STANDARD, Channel
from domain.underwriting_people import Actor
from domain.underwriting_steps import (
    CaseOutcome,
    Decided,
    Event,
    Fault,
    SentBack,
    Signed,
    Superseded,
    Withdrawn,
)
from domain.working_days import OfficeCalendar
from tests.domain.office import (
    ACCEPT,
    APPLICANT,
    CLERK,
    COMMITTEE,
    CORRECTED,
    ENGINE,
    HIGH,
    HOUR,
    JUNIOR,
    LOADED,
    LOW,
    MONDAY,
    OBJECTION,
    OTHER_JUNIOR,
    OTHER_SENIOR,
    SENIOR,
    STROKE,
    UPHELD,
    assessed,
    at_committee,
    decided,
    finished,
    objection,
    passed,
    received,
    step,
    taken,
)

PLAIN = OfficeCalendar()


def refused_code(of: Objection, by: Actor, what: ObjectionStep) -> str:
    with pytest.raises((PersonRefused, CaseStepRefused)) as refused:
        step(of, by, what)
    assert isinstance(refused.value, PersonRefused | CaseStepRefused)
    return refused.value.code


def test_advanced__decision_found_right__is_upheld_and_told() -> None:
    examined = step(passed(), OTHER_JUNIOR, UPHELD)

    ended = step(examined, CLERK, told(examined, Channel.PHONE, "Call record 5."))

    assert (ended.state, ended.outcome) == (ObjectionState.TOLD, ObjectionOutcome.UPHELD)
    assert replayed(7, ended.case, ended.events) == ended


@pytest.mark.parametrize(
    ("found", "ended"), [(CORRECTED, None), (CORRECTED, CaseOutcome.OPEN), (UPHELD, CaseOutcome.ACCEPTED)]
)
def test_advanced__told_something_else_than_was_found__is_refused(
    found: ObjectionStep, ended: CaseOutcome | None
) -> None:
    examined = step(passed(finished(decided(HIGH))), OTHER_JUNIOR, found)

    assert refused_code(examined, CLERK, Told(Channel.WRITTEN, "Letter.", ended)) == "CorrectionNotDecided"


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (JUNIOR, "OwnDecision"),
        (SENIOR, "OwnDecision"),
        (ENGINE, "MachineMayNot"),
        (CLERK, "NotLicensedLongEnough"),
        (replace(OTHER_JUNIOR, name="agent"), "OwnCase"),
    ],
)
@pytest.mark.parametrize("found", [CORRECTED, UPHELD])
def test_advanced__examined_by_the_wrong_person__is_refused_by_name(by: Actor, code: str, found: ObjectionStep) -> None:
    assert refused_code(passed(finished(decided(HIGH))), by, found) == code


def test_advanced__examined_by_a_member_of_the_committee_that_decided__is_refused() -> None:
    case = finished(at_committee())
    underwriting = COMMITTEE[1]

    assert refused_code(passed(case), underwriting, UPHELD) == "OwnDecision"


def test_advanced__who_decided_the_case_before__examines_neither_nor_decides_nor_reviews() -> None:
    first = finished(decided(HIGH))
    _, second = correction(step(passed(first), OTHER_JUNIOR, CORRECTED), first)
    back = taken(second, OTHER_SENIOR, SentBack(frozenset({Fault.COMPLIANCE}), "See page 3."))

    for case, what in ((second, Signed()), (back, Decided(ACCEPT[STANDARD]))):
        with pytest.raises(PersonRefused) as refused:
            taken(case, SENIOR, what)
        assert refused.value.code == "OwnDecision"
    assert refused_code(passed(finished(second)), SENIOR, UPHELD) == "OwnDecision"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Corrected(2, HIGH, ACCEPT[STROKE], "Nothing, really."), "NothingCorrected"),
        (Corrected(2, HIGH, replace(ACCEPT[STROKE], reason="Other words."), "Nothing."), "NothingCorrected"),
        (Corrected(1, LOW, ACCEPT[STANDARD], "A digit."), "SupersedesItself"),
    ],
)
def test_advanced__correction_that_corrects_nothing__is_refused(found: Corrected, code: str) -> None:
    assert refused_code(passed(finished(decided(HIGH))), OTHER_JUNIOR, found) == code


def test_corrected__decision_the_assessment_does_not_allow__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Corrected(2, LOW, ACCEPT[LOADED], "A digit.")

    assert refused.value.code == "MeasureNotAllowed"


@pytest.mark.parametrize(
    "case",
    [
        received(),
        assessed(),
        taken(decided(), SENIOR, Signed()),
        taken(received(), APPLICANT, Withdrawn("Letter.")),
        taken(finished(decided()), OTHER_JUNIOR, Superseded(2)),
    ],
)
def test_raised__no_decision_that_holds_was_told__is_refused(case: Case) -> None:
    with pytest.raises(CaseNotInState) as refused:
        objection(case)

    assert refused.value.field == "case"


def test_raised__before_the_notice__is_refused() -> None:
    case = finished(decided())

    with pytest.raises(CaseStepRefused) as refused:
        raised(7, case, Event(case.last_at - 1, CLERK, OBJECTION))

    assert refused.value.code == "StepTooEarly"


def test_raised__something_else__is_refused() -> None:
    with pytest.raises(CaseNotInState):
        raised(7, finished(decided()), Event(2 * MONDAY, CLERK, PassedOn()))


def test_replayed__no_events__is_refused() -> None:
    with pytest.raises(CaseNotInState):
        replayed(7, finished(decided()), ())


def test_advanced__step_in_another_state__names_state_and_step() -> None:
    fresh, waiting = objection(), passed()
    examined = step(waiting, OTHER_JUNIOR, UPHELD)
    done = step(examined, CLERK, told(examined, Channel.PHONE, "Call."))
    steps: dict[str, ObjectionStep] = {
        "Raised": OBJECTION, "PassedOn": PassedOn(), "Upheld": UPHELD, "Corrected": CORRECTED,
        "Told": Told(Channel.SMS, "x"),
    }  # fmt: skip
    takes = {1: {"PassedOn"}, 2: {"Upheld", "Corrected"}, 3: {"Told"}, 4: set()}

    for each in (fresh, waiting, examined, done):
        for name in set(steps) - takes[each.state]:
            with pytest.raises(CaseNotInState, match=name) as refused:
                step(each, OTHER_JUNIOR, steps[name])
            assert refused.value.value == each.state.name.lower()


def test_advanced__step_before_the_last__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        step(objection(), CLERK, PassedOn(), after=-1)

    assert refused.value.code == "StepTooEarly"


def test_due__recorded__is_a_working_day_then_three_then_none() -> None:
    friday = MONDAY + 4 * DAY_SECONDS
    case = finished(decided(case=received(at=friday)))
    fresh = objection(case)
    late = step(fresh, CLERK, PassedOn(), after=3 * DAY_SECONDS)

    assert fresh.due(PLAIN) == friday + 3 * DAY_SECONDS + 7 * HOUR
    assert late.due(PLAIN) == friday + 6 * DAY_SECONDS + 7 * HOUR
    assert step(late, OTHER_JUNIOR, UPHELD).due(PLAIN) is None


@pytest.mark.parametrize(("text", "contact", "field"), [("", "phone", "text"), ("No!", " ", "contact")])
def test_raised__without_text_or_contact__is_refused(text: str, contact: str, field: str) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Raised(Way.MAIL, text, contact)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "make", [lambda: Upheld(""), lambda: replace(CORRECTED, reason=""), lambda: Told(Channel.SMS, "")]
)
def test_step__without_reason_or_proof__is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(CaseStepRefused):
        make()
