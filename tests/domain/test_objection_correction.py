"""Manual R18: what was wrong is superseded, the old record stays, and the customer is told."""

from dataclasses import replace

import pytest

from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.objection import Objection, correction, replayed, told
from domain.objection_steps import (
    Corrected,
    ObjectionOutcome,
    ObjectionState,
    ObjectionStep,
    Told,
)
from domain.underwriting_case import Case
from domain.underwriting_decision import Channel
from domain.underwriting_desk import replayed as case_replayed
from domain.underwriting_people import Actor, Office
from domain.underwriting_steps import (
    CaseOutcome,
    CaseState,
    ReceiptConfirmed,
    Signed,
    Voted,
    Withdrawn,
)
from tests.domain.office import (
    ACCEPT,
    APPLICANT,
    CLERK,
    CORRECTED,
    DECLINE,
    ENGINE,
    GENERAL,
    GRAVE,
    HIGH,
    HOPELESS,
    HOUR,
    JUNIOR,
    LOADED,
    LOW,
    MEDIUM,
    OTHER_JUNIOR,
    OTHER_SENIOR,
    SENIOR,
    STROKE,
    UPHELD,
    at_committee,
    decided,
    finished,
    notice,
    passed,
    received,
    step,
    taken,
)


def told_case(case: Case) -> Case:
    """A concluded case, with its notice."""
    return taken(case, CLERK, notice(case))


def refused_code(of: Objection, by: Actor, what: ObjectionStep) -> str:
    with pytest.raises((PersonRefused, CaseStepRefused)) as refused:
        step(of, by, what)
    assert isinstance(refused.value, PersonRefused | CaseStepRefused)
    return refused.value.code


def test_correction__error_found__new_case_supersedes_and_the_old_record_stays() -> None:
    case = finished(decided(HIGH))
    examined = step(passed(case), OTHER_JUNIOR, CORRECTED)

    gone, successor = correction(examined, case)

    assert gone.events[:-1] == case.events
    assert (gone.outcome, gone.decision, gone.assessment) == (CaseOutcome.ACCEPTED, ACCEPT[STROKE], HIGH)
    assert (gone.superseded_by, successor.received.supersedes) == (2, 1)
    assert (successor.case_id, successor.state, successor.decider) == (2, CaseState.DECIDED, OTHER_JUNIOR)
    assert (successor.assessed(), successor.received.parties) == (LOW, case.received.parties)
    assert successor.received.barred == {"junior", "senior"}
    assert case_replayed(2, successor.events) == successor
    assert finished(successor).reviewer == OTHER_SENIOR


def test_told__corrected__waits_for_the_superseding_case() -> None:
    case = finished(decided(HIGH))
    examined = step(passed(case), OTHER_JUNIOR, CORRECTED)
    _, successor = correction(examined, case)

    with pytest.raises(CaseStepRefused) as refused:
        told(examined, Channel.SMS, "Message 9.", successor)
    ended = step(examined, ENGINE, told(examined, Channel.SMS, "Message 9.", finished(successor)))

    assert (refused.value.code, refused.value.value) == ("CorrectionNotDecided", "decided")
    assert (ended.state, ended.outcome) == (ObjectionState.TOLD, ObjectionOutcome.CORRECTED)
    assert ended.events[-1].what == Told(Channel.SMS, "Message 9.", CaseOutcome.ACCEPTED)
    assert replayed(7, case, ended.events) == ended


def test_told__superseding_case_withdrawn__ends_the_objection_too() -> None:
    case = finished(decided(HIGH))
    examined = step(passed(case), OTHER_JUNIOR, CORRECTED)
    _, successor = correction(examined, case)
    withdrawn = taken(successor, APPLICANT, Withdrawn("Letter."))

    ended = step(examined, CLERK, told(examined, Channel.WRITTEN, "Letter 4.", withdrawn))

    assert ended.state is ObjectionState.TOLD


@pytest.mark.parametrize("with_error", [True, False])
def test_told__another_case__is_refused(with_error: bool) -> None:
    examined = step(passed(finished(decided(HIGH))), OTHER_JUNIOR, CORRECTED if with_error else UPHELD)
    other = None if with_error else finished(received(case_id=3))

    with pytest.raises(CaseStepRefused) as refused:
        told(examined, Channel.WRITTEN, "Letter 4.", other)

    assert refused.value.code == "OtherCase"


def test_correction__committee_sits_again__may_vote_on_the_superseding_case() -> None:
    case = finished(at_committee())
    wrong = Corrected(2, replace(GRAVE, exclusions=("heart", "stroke"), recommended=None), DECLINE, "Cancer.")
    _, successor = correction(step(passed(case), OTHER_JUNIOR, wrong), case)

    sits = taken(successor, OTHER_SENIOR, Signed())

    assert "general" in successor.received.barred
    assert taken(sits, GENERAL, Voted(Office.GENERAL_MANAGER, agrees=True)).outcome is CaseOutcome.DECLINED


def test_correction__machine_decided__bars_nobody() -> None:
    case = finished(decided(LOW, by=ENGINE))
    _, successor = correction(step(passed(case), JUNIOR, Corrected(2, MEDIUM, ACCEPT[LOADED], "Smoker.")), case)

    assert successor.received.barred == frozenset()
    assert finished(successor).outcome is CaseOutcome.ACCEPTED


def test_correction__two_objections__only_the_first_supersedes() -> None:
    case = finished(decided(HIGH))
    one = step(passed(case), OTHER_JUNIOR, CORRECTED)
    gone, _ = correction(one, case)

    with pytest.raises(CaseStepRefused) as refused:
        correction(replace(one, objection_id=8), gone)

    assert refused.value.code == "NothingToSupersede"


def test_correction__receipt_confirmed_meanwhile__supersedes_the_case_as_it_stands() -> None:
    waiting = told_case(taken(decided(HIGH), SENIOR, Signed()))
    examined = step(passed(waiting), OTHER_JUNIOR, CORRECTED)
    closed = taken(waiting, APPLICANT, ReceiptConfirmed("Slip."), after=HOUR)

    assert correction(examined, closed)[0].closed_at == closed.closed_at
    assert correction(examined, waiting)[0].closed_at == examined.events[-1].at


@pytest.mark.parametrize("other", [finished(decided(HIGH, case=received(9))), finished(decided(HOPELESS))])
def test_correction__not_the_case_objected_to__is_refused(other: Case) -> None:
    examined = step(passed(finished(decided(HIGH))), OTHER_JUNIOR, CORRECTED)

    with pytest.raises(CaseStepRefused) as refused:
        correction(examined, other)

    assert refused.value.code == "OtherCase"


def test_correction__upheld__is_refused() -> None:
    case = finished(decided())

    with pytest.raises(CaseNotInState):
        correction(step(passed(case), OTHER_JUNIOR, UPHELD), case)
