"""Any history of cases and objections: nothing is decided by whom it must not be, and everything can come to an end."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.objection import Objection, correction, raised, told
from domain.objection import advanced as objection_advanced
from domain.objection import replayed as objection_replayed
from domain.objection_steps import Corrected, ObjectionState, ObjectionStep, PassedOn, Raised, Upheld, Way
from domain.tiers import RiskTier
from domain.underwriting_case import Case
from domain.underwriting_decision import STANDARD, CaseAssessment, Channel, Decision, Verdict
from domain.underwriting_desk import SILENCE_SECONDS, replayed
from domain.underwriting_grounds import GROUNDS
from domain.underwriting_people import Machine, Office, Person
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseEvent,
    CaseOutcome,
    CaseState,
    Collected,
    Decided,
    Event,
    Fault,
    Lapsed,
    ReceiptConfirmed,
    SentBack,
    Signed,
    Step,
    Superseded,
    Voted,
    Withdrawn,
)
from tests.domain.office import (
    APPLICANT,
    CLERK,
    COMMITTEE,
    ENGINE,
    GRAVE,
    HIGH,
    HOPELESS,
    HOUR,
    JUNIOR,
    LOADED,
    LOW,
    MEDIUM,
    OTHER_JUNIOR,
    SENIOR,
    SENIORS,
    STROKE,
    finished,
    notice,
    received,
    taken,
)

REFUSALS = (CaseNotInState, CaseStepRefused, PersonRefused)
STAFF = (CLERK, JUNIOR, OTHER_JUNIOR, *SENIORS, *COMMITTEE)
WORDS = "Written down."
actors = st.sampled_from((*STAFF, APPLICANT, ENGINE))
assessments = st.sampled_from((LOW, MEDIUM, replace(MEDIUM, outliers=("young",)), HIGH, GRAVE, GRAVE, GRAVE, HOPELESS))
decisions = st.builds(
    lambda verdict, conditions, reason: Decision(
        verdict,
        conditions if verdict is Verdict.ACCEPT else STANDARD,
        reason or (WORDS if verdict is Verdict.DECLINE else ""),
        WORDS,
        ground=3 if verdict is Verdict.DECLINE else 0,
    ),
    st.sampled_from(Verdict),
    st.sampled_from((STANDARD, LOADED, STROKE)),
    st.sampled_from(("", WORDS)),
)
steps: st.SearchStrategy[Step] = st.one_of(
    st.just(Asked(("age",))),
    st.builds(Collected),
    st.builds(Assessed, assessments),
    st.builds(Decided, decisions),
    st.just(Signed()),
    st.builds(SentBack, st.frozensets(st.sampled_from(Fault), min_size=1), st.just(WORDS)),
    st.builds(
        lambda office, agrees: Voted(office, agrees, WORDS, 0 if agrees else 9), st.sampled_from(Office), st.booleans()
    ),
    st.sampled_from((ReceiptConfirmed(WORDS), Withdrawn(WORDS), Lapsed(WORDS), Superseded(99))),
)
waits = st.sampled_from((-1, 0, HOUR, SILENCE_SECONDS))


def check_states(events: tuple[CaseEvent, ...]) -> None:
    """Written from the manual, not from the code: states only fall where somebody sends back."""
    state = CaseState.RECEIVED
    for length in range(2, len(events) + 1):
        after = replayed(1, events[:length]).state
        sent_back = isinstance(events[length - 1].what, SentBack)
        assert (after < state) if sent_back else (after >= state)
        state = after


def check_people(case: Case) -> None:
    """Who decided, reviewed and voted on what holds now."""
    events = case.events
    back = max((n for n, event in enumerate(events) if isinstance(event.what, SentBack)), default=-1)
    held = events[back + 1 :]
    deciders = [event.by for event in held if isinstance(event.what, Decided)]
    signers = [event.by for event in held if isinstance(event.what, Signed)]
    votes = [(event.by, event.what) for event in held if isinstance(event.what, Voted)]
    names = [each.name for each in (*deciders, *signers, *(by for by, _ in votes))]
    assert len(names) == len(set(names))
    assert not set(names) & case.received.parties
    assert not {each.name for each in (*deciders, *signers)} & case.received.barred
    assert len({vote.office for _, vote in votes}) == len(votes)
    machine = bool(deciders) and isinstance(deciders[0], Machine)
    if case.outcome is CaseOutcome.DECLINED:
        assert not machine
        assert case.decided().reason
        assert case.decided().ground in GROUNDS
    if case.outcome is CaseOutcome.ACCEPTED and not machine:
        assert len(signers) == 1
        assert not case.assessed().committee or [vote.agrees for _, vote in votes] == [True] * 3
    if machine:
        assert case.assessed().fast_lane
        assert case.assessed().tier is RiskTier.LOW
        assert case.outcome in (CaseOutcome.ACCEPTED, CaseOutcome.WITHDRAWN)


class Histories(RuleBasedStateMachine):
    """An office in which anybody tries anything."""

    @initialize(at_most=st.integers(0, 6), assessment=assessments)
    def open(self, at_most: int, assessment: CaseAssessment) -> None:
        """Starts some way into a case, so that late steps are tried as often as early ones."""
        case = received()
        opening = (
            (JUNIOR, Collected()),
            (ENGINE, Assessed(assessment)),
            (JUNIOR, Decided(self.recommended(assessment))),
            (SENIOR, Signed()),
        )
        for by, what in opening[:at_most]:
            case = taken(case, by, what)
        self.cases = {case.case_id: finished(case) if at_most > len(opening) else case}
        self.objections: list[Objection] = []

    @staticmethod
    def recommended(assessment: CaseAssessment) -> Decision:
        if assessment.recommended is None:
            return Decision(Verdict.DECLINE, reason=WORDS, authenticity=WORDS, ground=3)
        return Decision(Verdict.ACCEPT, assessment.recommended, authenticity=WORDS)

    def latest(self) -> Case:
        return self.cases[max(self.cases)]

    @rule(by=actors, what=steps, wait=waits)
    def anybody_does_anything(self, by: Person | Machine, what: Step, wait: int) -> None:
        case = self.latest()
        if isinstance(what, Superseded):
            return  # done by `correction` only, which opens the other case as well
        try:
            self.cases[case.case_id] = taken(case, by, what, wait)
        except REFUSALS:
            assert self.cases[case.case_id] is case
            return
        assert wait >= 0
        assert case.state is not CaseState.CLOSED

    @rule(by=actors, channel=st.sampled_from(Channel))
    def somebody_tells_the_customer(self, by: Person | Machine, channel: Channel) -> None:
        case = self.latest()
        try:
            self.cases[case.case_id] = taken(case, by, notice(case, channel))
        except REFUSALS:
            return
        assert channel is Channel.WRITTEN or case.outcome is CaseOutcome.ACCEPTED

    @rule()
    def the_office_does_its_work(self) -> None:
        """Brings the latest case to its end, as every case must be able to come to one."""
        case = finished(self.latest())
        assert case.state is CaseState.CLOSED
        self.cases[case.case_id] = case

    @precondition(
        lambda self: (
            self.latest().can_be_objected_to and sum(each.state < ObjectionState.TOLD for each in self.objections) < 2
        )
    )
    @rule()
    def the_customer_objects(self) -> None:
        case = self.latest()
        event = Event(case.last_at, CLERK, Raised(Way.BRANCH, WORDS, WORDS))
        self.objections.append(raised(len(self.objections) + 1, case, event))

    @precondition(lambda self: self.objections)
    @rule(by=st.sampled_from(STAFF), assessment=assessments, decision=decisions, uphold=st.booleans())
    def somebody_goes_on_with_the_objection(
        self, by: Person, assessment: CaseAssessment, decision: Decision, uphold: bool
    ) -> None:
        place = next((n for n, each in enumerate(self.objections) if each.state < ObjectionState.TOLD), 0)
        objection = self.objections[place]
        number = objection.case.case_id
        at = max(objection.events[-1].at, self.cases[number].last_at)
        try:
            what = self.next_step(objection, assessment, decision, uphold)
            after = objection_advanced(objection, Event(at, by, what))
            if isinstance(what, Corrected):
                old, new = correction(after, self.cases[number])
                self.cases |= {old.case_id: old, new.case_id: new}
        except REFUSALS:
            return
        self.objections[place] = after

    def next_step(
        self, objection: Objection, assessment: CaseAssessment, decision: Decision, uphold: bool
    ) -> ObjectionStep:
        if objection.state is ObjectionState.RECORDED:
            return PassedOn()
        if objection.state is ObjectionState.PASSED:
            successor = max(self.cases) + 1
            return Upheld(WORDS) if uphold else Corrected(successor, assessment, decision, WORDS)
        found = objection.correction
        return told(objection, Channel.SMS, WORDS, self.cases[found.what.successor] if found else None)

    @invariant()
    def every_state_is_a_fold_of_its_events(self) -> None:
        for number, case in self.cases.items():
            assert replayed(number, case.events) == case
        for each in self.objections:
            assert objection_replayed(each.objection_id, each.case, each.events) == each

    @invariant()
    def nobody_does_what_is_not_theirs_and_states_move_up(self) -> None:
        for case in self.cases.values():
            check_states(case.events)
            check_people(case)

    @invariant()
    def one_case_holds_and_the_others_point_to_it(self) -> None:
        for number, case in self.cases.items():
            assert case.superseded_by == (number + 1 if number + 1 in self.cases else None)
            assert case.received.supersedes == (number - 1 if number > 1 else None)

    @invariant()
    def every_case_can_come_to_an_end(self) -> None:
        assert finished(self.latest()).state is CaseState.CLOSED


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
