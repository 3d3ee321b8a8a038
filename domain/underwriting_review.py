"""Who decides an underwriting case, who reviews it, and when the committee sits (manual R16)."""

from collections.abc import Collection
from dataclasses import replace

from domain.errors import PersonRefused
from domain.underwriting_case import Case
from domain.underwriting_decision import Decision, Verdict, check_decision
from domain.underwriting_people import Machine, Office, Person, junior, office_holder, senior
from domain.underwriting_steps import BACK_TO, CaseEvent, CaseOutcome, CaseState, SentBack, Voted


def decided(case: Case, event: CaseEvent, decision: Decision) -> Case:
    """An underwriter's decision, which waits for review, or the machine's in the fast lane, which does not.

    Raises:
        PersonRefused: `MachineMayNot`, `NotLicensedLongEnough`, `OwnDecision`.
        CaseStepRefused: As `check_decision`.
    """
    assessment = case.assessed()
    check_decision(decision, assessment)
    after = replace(case, state=CaseState.DECIDED, decision=decision, decider=event.by)
    if isinstance(event.by, Machine):
        as_recommended = decision.verdict is Verdict.ACCEPT and decision.conditions == assessment.recommended
        if not (assessment.fast_lane and as_recommended):
            problem = "is a machine, which only accepts in the fast lane as recommended"
            raise PersonRefused("MachineMayNot", event.by.name, problem, "Let an underwriter decide")
        return _concluded(after)
    _check_not_barred(case, junior(event.by, event.at))
    return after


def signed(case: Case, event: CaseEvent) -> Case:
    """A senior's signature: it concludes the case, or brings it to the committee.

    Raises:
        PersonRefused: `MachineMayNot`, `NotLicensedLongEnough`, `ExamMissing`, `OwnDecision`.
    """
    reviewer = _reviewer(case, event)
    after = replace(case, reviewer=reviewer)
    return replace(after, state=CaseState.COMMITTEE) if case.assessed().committee else _concluded(after)


def sent_back(case: Case, event: CaseEvent, sent: SentBack) -> Case:
    """Back to where the earliest of the faults is put right. A senior sends back, and the committee.

    Raises:
        PersonRefused: As `signed` and `voted`.
    """
    if case.state is CaseState.DECIDED:
        _reviewer(case, event)
    else:
        _committee_member(case, event, frozenset(Office))
    state = min(BACK_TO[fault] for fault in sent.faults)
    assessment = case.assessment if state >= CaseState.ASSESSED else None
    return replace(case, state=state, assessment=assessment, decision=None, decider=None, reviewer=None, votes=())


def voted(case: Case, event: CaseEvent, vote: Voted) -> Case:
    """A vote. To accept takes all three offices, as the contract asks for three signatures; to refuse takes one.

    Raises:
        PersonRefused: `MachineMayNot`, `OfficeNotHeld`, `OwnDecision`, `AlreadyVoted`.
    """
    member = _committee_member(case, event, {vote.office})
    for office, name in case.votes:
        if office is vote.office or name == member.name:
            problem = f"has voted already, or {office.value} has"
            raise PersonRefused("AlreadyVoted", member.name, problem, "Let the offices vote that have not")
    decision, votes = case.decided(), (*case.votes, (vote.office, member.name))
    if not vote.agrees:
        return _concluded(replace(case, votes=votes, decision=_refusal(decision, vote)))
    after = replace(case, votes=votes)
    return _concluded(after) if len(votes) == len(Office) or decision.verdict is Verdict.DECLINE else after


def _refusal(decision: Decision, vote: Voted) -> Decision:
    return Decision(Verdict.DECLINE, reason=vote.reason, authenticity=decision.authenticity, ground=vote.ground)


def _concluded(case: Case) -> Case:
    declined = case.decided().verdict is Verdict.DECLINE
    outcome = CaseOutcome.DECLINED if declined else CaseOutcome.ACCEPTED
    return replace(case, state=CaseState.CONCLUDED, outcome=outcome)


def _reviewer(case: Case, event: CaseEvent) -> Person:
    reviewer = senior(event.by, event.at)
    if reviewer.name in case.deciders():
        raise PersonRefused("OwnDecision", reviewer.name, "decided this case", "Let another senior review it")
    _check_not_barred(case, reviewer)
    return reviewer


def _committee_member(case: Case, event: CaseEvent, offices: Collection[Office]) -> Person:
    """Who sits for one of these. Neither decider nor reviewer does; who sat over the case before this one does again,
    for there is nobody else in the office."""
    member = office_holder(event.by, offices)
    if any(each is not None and each.name == member.name for each in (case.decider, case.reviewer)):
        raise PersonRefused("OwnDecision", member.name, "decided or reviewed this case", "Let the others vote")
    return member


def _check_not_barred(case: Case, somebody: Person) -> None:
    if somebody.name in case.received.barred:
        problem = "decided the case that this one takes the place of"
        raise PersonRefused("OwnDecision", somebody.name, problem, "Let somebody else do it")
