"""Manual R16: an application's way to a decision the customer knows of."""

from dataclasses import replace

import pytest

from domain.errors import AmountInvalid, CaseNotInState, CaseStepRefused
from domain.underwriting_case import Case
from domain.underwriting_decision import Channel, Verdict
from domain.underwriting_desk import FROM, SILENCE_SECONDS, advanced, opened, replayed
from domain.underwriting_people import Actor, Office
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseOutcome,
    CaseState,
    Collected,
    Decided,
    Event,
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
from tests.domain.office import (
    ACCEPT,
    AGREES,
    APPLICANT,
    CLERK,
    DECLINE,
    ENGINE,
    GRAVE,
    HOPELESS,
    JUNIOR,
    LOADED,
    LOW,
    MEDIUM,
    MONDAY,
    OTHER_JUNIOR,
    OTHER_SENIOR,
    RECEIPT,
    SENIOR,
    STROKE,
    WRONG,
    assessed,
    at_committee,
    decided,
    finished,
    notice,
    received,
    refused_code,
    taken,
)


def test_advanced__decline_signed__waits_to_be_told_in_writing() -> None:
    case = taken(decided(HOPELESS), SENIOR, Signed())

    assert (case.state, case.outcome, case.decided()) == (CaseState.CONCLUDED, CaseOutcome.DECLINED, DECLINE)
    with pytest.raises(CaseStepRefused, match="written"):
        notice(case, Channel.PHONE)


def test_replayed__events_of_a_case__give_the_same_case() -> None:
    case = finished(taken(decided(GRAVE), SENIOR, WRONG))

    assert replayed(case.case_id, case.events) == case


@pytest.mark.parametrize("kept", range(1, 7))
def test_replayed__step_left_out__is_refused(kept: int) -> None:
    events = finished(received()).events

    with pytest.raises(CaseNotInState):
        replayed(1, (*events[: kept - 1], *events[kept:]))


def test_replayed__nothing__is_refused() -> None:
    with pytest.raises(AmountInvalid):
        replayed(1, ())


def test_opened__something_else_than_an_application__is_refused() -> None:
    with pytest.raises(CaseNotInState):
        opened(1, Event(MONDAY, JUNIOR, Collected()))


@pytest.mark.parametrize(
    "changes",
    [
        {"tier": HOPELESS.tier},
        {"conditions": STROKE},
        {"conditions": replace(LOADED, loading_bps=1_999)},
        {"reason": "Another."},
        {"verdict": Verdict.DECLINE, "reason": "Another.", "ground": 1},
    ],
)
def test_advanced__notice_states_something_else__is_refused(changes: dict[str, object]) -> None:
    case = taken(decided(), SENIOR, Signed())
    wrong = replace(notice(case).notice, **changes)  # type: ignore[arg-type]  # fields of a notice, by name

    assert refused_code(case, CLERK, NoticeGiven(wrong)) == "NoticeMismatch"


def test_advanced__no_receipt__may_be_told_again_another_way() -> None:
    case = taken(decided(), SENIOR, Signed())
    told = taken(taken(case, CLERK, notice(case, Channel.SMS)), CLERK, notice(case, Channel.WRITTEN))

    assert told.state is CaseState.NOTIFIED
    assert taken(told, CLERK, RECEIPT).state is CaseState.CLOSED


@pytest.mark.parametrize("told", [False, True])
def test_advanced__customer_silent__lapses_after_thirty_days_and_keeps_what_was_decided(told: bool) -> None:
    case = taken(received(), JUNIOR, Asked(("occupation",)))
    if told:
        signed = taken(decided(case=case), SENIOR, Signed())
        case = taken(signed, CLERK, notice(signed))

    with pytest.raises(CaseStepRefused) as refused:
        taken(case, CLERK, Lapsed("Called three times."), SILENCE_SECONDS - 1)
    lapsed = taken(case, CLERK, Lapsed("Called three times."), SILENCE_SECONDS)

    assert refused.value.code == "LapseTooEarly"
    assert lapsed.state is CaseState.CLOSED
    assert lapsed.outcome is (CaseOutcome.ACCEPTED if told else CaseOutcome.LAPSED)


def test_advanced__office_never_asked__cannot_let_the_case_lapse() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        taken(received(), CLERK, Lapsed("No answer."), 10 * SILENCE_SECONDS)

    assert refused.value.code == "CustomerNotAsked"


def test_advanced__machine_lets_a_case_lapse__is_refused() -> None:
    case = taken(received(), JUNIOR, Asked(("occupation",)))

    assert refused_code(case, ENGINE, Lapsed("No answer.")) == "MachineMayNot"


@pytest.mark.parametrize("case", [received(), assessed(), decided(), at_committee(), decided(LOW, by=ENGINE)])
def test_advanced__customer_withdraws_before_the_notice__closes(case: Case) -> None:
    closed = taken(case, APPLICANT, Withdrawn("Letter of Monday."))

    assert (closed.state, closed.outcome) == (CaseState.CLOSED, CaseOutcome.WITHDRAWN)
    assert not closed.can_be_objected_to


def test_collected__required_field_missing__is_refused_by_name() -> None:
    with pytest.raises(CaseStepRefused, match="occupation") as refused:
        Collected(missing=("occupation",))

    assert (refused.value.code, refused.value.value) == ("InformationMissing", ("occupation",))


def test_received__nobody_named__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Received(frozenset())

    assert refused.value.code == "PartiesMissing"


def test_asked__nothing__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Asked(())

    assert refused.value.code == "QuestionMissing"


def test_advanced__step_before_the_last__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        taken(received(), JUNIOR, Collected(), after=-1)

    assert (refused.value.code, refused.value.value) == ("StepTooEarly", MONDAY - 1)


@pytest.mark.parametrize("step", FROM)
def test_advanced__step_in_a_state_that_does_not_take_it__names_state_and_step(step: type[Step]) -> None:
    signed = taken(decided(), SENIOR, Signed())
    told = taken(signed, CLERK, notice(signed))
    cases = [received(), taken(received(), JUNIOR, Collected()), assessed(), decided(), at_committee(), signed, told]
    samples: dict[type[Step], Step] = {
        type(each): each
        for each in (
            received().received, Asked(("age",)), Collected(), Assessed(MEDIUM), Decided(ACCEPT[LOADED]), Signed(),
            WRONG, AGREES[Office.LEGAL_MANAGER], notice(signed), RECEIPT, Withdrawn("x"), Lapsed("x"), Superseded(2),
        )
    }  # fmt: skip

    for case in (*cases, finished(told)):
        if case.state not in FROM[step]:
            with pytest.raises(CaseNotInState, match=step.__name__) as refused:
                advanced(case, Event(case.last_at, SENIOR, samples[step]))
            assert refused.value.value == case.state.name.lower()


def test_from__every_step__is_taken_in_these_states_and_no_others() -> None:
    received, collected, assessed, decided, committee, concluded, notified, closed = CaseState
    expected: dict[type[Step], set[CaseState]] = {
        Received: set(),
        Asked: {received},
        Collected: {received},
        Assessed: {collected},
        Decided: {assessed},
        Signed: {decided},
        SentBack: {decided, committee},
        Voted: {committee},
        NoticeGiven: {concluded, notified},
        ReceiptConfirmed: {notified},
        Withdrawn: {received, collected, assessed, decided, committee, concluded},
        Lapsed: {received, notified},
        Superseded: {notified, closed},
    }

    assert expected == FROM


@pytest.mark.parametrize("text", [ReceiptConfirmed, Withdrawn, Lapsed])
def test_step__without_its_proof__is_refused(text: type[ReceiptConfirmed] | type[Withdrawn] | type[Lapsed]) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        text(" ")

    assert refused.value.code == "TextMissing"


@pytest.mark.parametrize(
    ("by", "successor", "code"),
    [
        (JUNIOR, 2, "OwnDecision"),
        (SENIOR, 2, "OwnDecision"),
        (ENGINE, 2, "MachineMayNot"),
        (OTHER_JUNIOR, 1, "SupersedesItself"),
    ],
)
def test_advanced__superseded_by_the_wrong_person_or_itself__is_refused(by: Actor, successor: int, code: str) -> None:
    assert refused_code(finished(received()), by, Superseded(successor)) == code


def test_advanced__superseded__keeps_everything_and_only_once() -> None:
    closed = finished(received())

    gone = taken(closed, OTHER_JUNIOR, Superseded(2))

    assert replace(gone, superseded_by=None, events=closed.events) == closed
    assert (gone.superseded_by, gone.can_be_objected_to) == (2, False)
    assert refused_code(gone, OTHER_SENIOR, Superseded(3)) == "NothingToSupersede"
