"""Manual R16: who decides, who reviews, and the committee."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import CaseStepRefused
from domain.underwriting_case import Case
from domain.underwriting_decision import STANDARD, Channel, Decision, Verdict
from domain.underwriting_people import Actor, Machine, Office
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseOutcome,
    CaseState,
    Collected,
    Decided,
    Fault,
    NoticeGiven,
    ReceiptConfirmed,
    Received,
    SentBack,
    Signed,
    Step,
    Voted,
    Withdrawn,
)
from tests.domain.office import (
    ACCEPT,
    AGREES,
    APPLICANT,
    CLERK,
    COMMITTEE,
    DECLINE,
    ENGINE,
    GENERAL,
    GRAVE,
    HOPELESS,
    HOUR,
    JUNIOR,
    LEGAL,
    LOADED,
    LOW,
    MEDIUM,
    MONDAY,
    OTHER_JUNIOR,
    RECEIPT,
    SENIOR,
    UNDERWRITING,
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


def test_advanced__junior_decides_and_senior_signs__is_accepted_told_and_closed() -> None:
    case = taken(decided(), SENIOR, Signed())

    closed = taken(taken(case, ENGINE, notice(case, Channel.SMS)), APPLICANT, RECEIPT)

    assert (case.state, case.outcome) == (CaseState.CONCLUDED, CaseOutcome.ACCEPTED)
    assert (case.decider, case.reviewer, case.decided().conditions) == (JUNIOR, SENIOR, LOADED)
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, CaseOutcome.ACCEPTED)
    assert closed.closed_at == closed.last_at == MONDAY + 6 * HOUR
    assert [type(event.what) for event in closed.events] == [
        Received, Collected, Assessed, Decided, Signed, NoticeGiven, ReceiptConfirmed,
    ]  # fmt: skip


@pytest.mark.parametrize("by", [JUNIOR, OTHER_JUNIOR, ENGINE])
def test_advanced__machine_in_the_fast_lane__accepts_without_review(by: Actor) -> None:
    case = decided(LOW, by=by)

    machine = isinstance(by, Machine)
    assert case.state is (CaseState.CONCLUDED if machine else CaseState.DECIDED)
    assert case.outcome is (CaseOutcome.ACCEPTED if machine else CaseOutcome.OPEN)


@pytest.mark.parametrize(
    ("case", "decision"),
    [
        (assessed(LOW), DECLINE),
        (assessed(HOPELESS), DECLINE),
        (assessed(MEDIUM), ACCEPT[LOADED]),
        (assessed(replace(LOW, fast_lane=False)), ACCEPT[STANDARD]),
    ],
)
def test_advanced__machine_decides_anything_else__is_refused(case: Case, decision: Decision) -> None:
    assert refused_code(case, ENGINE, Decided(decision)) == "MachineMayNot"


@pytest.mark.parametrize(
    ("case", "what"),
    [
        (decided(), Signed()),
        (decided(), WRONG),
        (at_committee(), AGREES[Office.LEGAL_MANAGER]),
        (at_committee(), Voted(Office.LEGAL_MANAGER, agrees=False, reason="No.", ground=9)),
        (at_committee(), WRONG),
    ],
)
def test_advanced__machine_reviews_or_votes__is_refused(case: Case, what: Step) -> None:
    assert refused_code(case, ENGINE, what) == "MachineMayNot"


@pytest.mark.parametrize(
    ("case", "by", "what", "code"),
    [
        (received(), CLERK, Collected(), "NotLicensedLongEnough"),
        (received(), CLERK, Asked(("occupation",)), "NotLicensedLongEnough"),
        (assessed(), CLERK, Decided(ACCEPT[LOADED]), "NotLicensedLongEnough"),
        (decided(), OTHER_JUNIOR, Signed(), "ExamMissing"),
        (decided(), JUNIOR, Signed(), "NotLicensedLongEnough"),
        (decided(by=SENIOR), SENIOR, Signed(), "OwnDecision"),
        (decided(by=SENIOR), SENIOR, WRONG, "OwnDecision"),
        (at_committee(), JUNIOR, AGREES[Office.LEGAL_MANAGER], "OfficeNotHeld"),
        (at_committee(), GENERAL, AGREES[Office.LEGAL_MANAGER], "OfficeNotHeld"),
        (at_committee(), SENIOR, WRONG, "OfficeNotHeld"),
        (decided(GRAVE), LEGAL, Signed(), "NotLicensedLongEnough"),
        (received(), replace(JUNIOR, name="applicant"), Collected(), "OwnCase"),
        (decided(), replace(SENIOR, name="agent"), Signed(), "OwnCase"),
        (at_committee(), replace(GENERAL, name="agent"), AGREES[Office.GENERAL_MANAGER], "OwnCase"),
        (received(), JUNIOR, Withdrawn("Letter."), "NotAParty"),
        (received(), ENGINE, Withdrawn("Letter."), "NotAParty"),
    ],
)
def test_advanced__wrong_person__is_refused_by_name(case: Case, by: Actor, what: Step, code: str) -> None:
    assert refused_code(case, by, what) == code


@pytest.mark.parametrize(
    ("faults", "state", "reassess"),
    [
        ({Fault.COMPLETENESS}, CaseState.RECEIVED, True),
        ({Fault.ACCURACY}, CaseState.COLLECTED, True),
        ({Fault.COMPLIANCE}, CaseState.ASSESSED, False),
        ({Fault.COMPLIANCE, Fault.COMPLETENESS}, CaseState.RECEIVED, True),
        (set(Fault) - {Fault.COMPLETENESS}, CaseState.COLLECTED, True),
    ],
)
@pytest.mark.parametrize("by_committee", [False, True])
def test_advanced__sent_back__does_anew_what_was_faulty_and_all_after(
    faults: set[Fault], state: CaseState, reassess: bool, by_committee: bool
) -> None:
    before = taken(at_committee(), GENERAL, AGREES[Office.GENERAL_MANAGER]) if by_committee else decided(GRAVE)

    case = taken(before, LEGAL if by_committee else SENIOR, SentBack(frozenset(faults), "See page 2."))

    assert case.state is state
    assert (case.decision, case.decider, case.reviewer, case.votes) == (None, None, None, ())
    assert case.assessment == (None if reassess else GRAVE)
    assert finished(case).outcome is CaseOutcome.ACCEPTED


@pytest.mark.parametrize(
    ("faults", "note", "code"), [(set(), "x", "FaultMissing"), ({Fault.ACCURACY}, "", "TextMissing")]
)
def test_sent_back__without_fault_or_note__is_refused(faults: set[Fault], note: str, code: str) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        SentBack(frozenset(faults), note)

    assert refused.value.code == code


def test_advanced__ninety_points_and_a_hundredth__needs_all_three_offices_to_accept() -> None:
    case = at_committee()

    for member in COMMITTEE:
        assert (case.state, case.outcome) == (CaseState.COMMITTEE, CaseOutcome.OPEN)
        (office,) = member.offices
        case = taken(case, member, AGREES[office])

    assert (case.state, case.outcome) == (CaseState.CONCLUDED, CaseOutcome.ACCEPTED)
    assert case.deciders() == {"junior", "senior", "general", "underwriting", "legal"}


@pytest.mark.parametrize("agreed_before", [0, 1, 2])
def test_advanced__one_of_the_committee_refuses__is_declined_with_that_reason(agreed_before: int) -> None:
    case = at_committee()
    for member in COMMITTEE[:agreed_before]:
        (office,) = member.offices
        case = taken(case, member, AGREES[office])
    last = COMMITTEE[agreed_before]

    refused = taken(
        case, last, Voted(next(iter(last.offices)), agrees=False, reason="No reinsurer takes it.", ground=9)
    )

    assert (refused.state, refused.outcome) == (CaseState.CONCLUDED, CaseOutcome.DECLINED)
    assert refused.decided() == Decision(Verdict.DECLINE, reason="No reinsurer takes it.", ground=9)
    assert notice(refused).notice.reason == "No reinsurer takes it."


def test_advanced__committee_agrees_to_decline__takes_one_vote() -> None:
    case = taken(at_committee(DECLINE), GENERAL, AGREES[Office.GENERAL_MANAGER])

    assert (case.state, case.outcome, case.decided()) == (CaseState.CONCLUDED, CaseOutcome.DECLINED, DECLINE)


@pytest.mark.parametrize(
    ("code", "given"),
    [("ReasonMissing", {"ground": 9}), ("GroundMissing", {"reason": "No."})],
)
def test_voted__refusal_without_reason_or_ground__is_refused(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Voted(Office.LEGAL_MANAGER, agrees=False, **given)

    assert refused.value.code == code


def test_voted__agreement_with_a_ground_to_decline__is_refused() -> None:
    with pytest.raises(CaseStepRefused) as refused:
        Voted(Office.LEGAL_MANAGER, agrees=True, ground=9)

    assert refused.value.code == "GroundWithoutRefusal"


def test_advanced__one_person_on_two_seats__is_refused() -> None:
    both = replace(GENERAL, offices=frozenset({Office.GENERAL_MANAGER, Office.LEGAL_MANAGER}))
    case = taken(at_committee(), both, AGREES[Office.GENERAL_MANAGER])

    assert refused_code(case, both, AGREES[Office.LEGAL_MANAGER]) == "AlreadyVoted"


def test_advanced__office_votes_twice__is_refused() -> None:
    case = taken(at_committee(), GENERAL, AGREES[Office.GENERAL_MANAGER])
    deputy = replace(GENERAL, name="deputy")

    assert refused_code(case, deputy, AGREES[Office.GENERAL_MANAGER]) == "AlreadyVoted"


@pytest.mark.parametrize("decides", [True, False])
def test_advanced__committee_member_who_decided_or_reviewed__may_not_vote(decides: bool) -> None:
    case = taken(decided(GRAVE, by=UNDERWRITING if decides else JUNIOR), SENIOR if decides else UNDERWRITING, Signed())

    assert refused_code(case, UNDERWRITING, AGREES[Office.UNDERWRITING_MANAGER]) == "OwnDecision"
    assert refused_code(case, UNDERWRITING, WRONG) == "OwnDecision"
