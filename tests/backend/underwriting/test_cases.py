"""Cases from application to bound policy, on a real database and vault with real nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.access.principal import Principal
from backend.notices import service as notices
from backend.notices.kinds import NoticeKind
from backend.notices.states import Confirmation
from backend.problems import Problem
from backend.underwriting import acceptance, casebook, checks, repository, service, watch
from backend.underwriting.automatic import Progress, advance
from backend.underwriting.codec import FileUnreadable, decode
from backend.underwriting.ports import SourceAnswer, SourceFailed
from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.indemnity_reports import IndemnityQuote
from domain.tiers import RiskTier
from domain.underwriting_decision import COMMITTEE_ABOVE_SCORE, CaseAssessment, Decision, Verdict
from domain.underwriting_people import Machine, Office
from domain.underwriting_steps import (
    Asked,
    Assessed,
    CaseState,
    Collected,
    Decided,
    Fault,
    Lapsed,
    SentBack,
    Signed,
    Voted,
)
from ledger.typed_data import recover, sign_digest
from ledger.typed_indemnity import indemnity_acceptance_digest, indemnity_quote_digest
from scripts.rehearsal import account
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.office import (
    ADA,
    CLERK,
    COMMITTEE,
    HOLDER,
    JUNIOR,
    OTHER_JUNIOR,
    OTHER_SENIOR,
    SENIOR,
    UnderwritingOffice,
    other_tenant,
    who,
)
from tests.oracle.samples import CHAIN_ID, PRODUCT

WORKER = Principal.worker(TENANT)


def steps(office: UnderwritingOffice, case_id: int) -> list[str]:
    return [type(event.what).__name__ for event in office.case(case_id).events]


def assessed_at(office: UnderwritingOffice, assessment: CaseAssessment) -> int:
    """A case that waits for a decision on an assessment the test chose."""
    case_id = office.apply()
    with office.database.scoped(WORKER) as session:
        row, case = casebook.load(session, office.desk, case_id)
        case = casebook.take(session, office.desk, WORKER, row, case, Collected(), by=casebook.MACHINE)
        casebook.take(session, office.desk, WORKER, row, case, Assessed(assessment), by=casebook.MACHINE)
    with office.database.every_tenant() as session:
        session.execute(text("DELETE FROM workflow_requests"))
    return case_id


def accepting(assessment: CaseAssessment) -> Decided:
    assert assessment.recommended is not None
    return Decided(Decision(Verdict.ACCEPT, assessment.recommended))


@pytest.fixture
def medium() -> CaseAssessment:
    from tests.domain.office import MEDIUM

    return MEDIUM


@pytest.fixture
def grave() -> CaseAssessment:
    from tests.domain.office import GRAVE

    return GRAVE


def test_advance__low_risk__accepted_by_the_machine_told_and_quoted(office: UnderwritingOffice) -> None:
    case_id = office.apply()

    office.work()

    row = office.row(case_id)
    assert steps(office, case_id) == ["Received", "Collected", "Assessed", "Decided", "NoticeGiven"]
    assert (row.state, row.outcome, row.tier, row.waits_for) == ("notified", "accepted", "low", "customer")
    assert all(isinstance(event.by, Machine) for event in office.case(case_id).events)
    quote, decision = sorted(office.words(f"underwriting_case:{case_id}"), key=lambda each: "risk tier" in each)
    for words in ("Your risk tier: low", "risk score", "standard rate", "Call us.", "/confirm#"):
        assert words in decision
    assert "your quote is ready" in quote


def test_advance__report__signed_by_the_quorum_and_kept(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()

    with office.database.every_tenant() as session:
        first, second = repository.reports(session, case_id)
    assert len(first.signatures) == len(second.signatures) == 3
    assert (first.risk, first.number, second.number) == (second.risk, 1, 2)
    assert first.valid_until - first.observed_at == 600
    assert second.valid_until - second.observed_at == 86_400


def test_accept__holder_signs__bound_through_one_transaction(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    with office.database.scoped(who(ADA)) as session:
        kept = acceptance.current(session, office.desk, case_id)
    quote = decode(IndemnityQuote, kept.quote)
    digest = indemnity_acceptance_digest(quote, chain_id=CHAIN_ID, product=PRODUCT)

    for _ in range(2):
        with office.database.scoped(who(ADA)) as session:
            accepted = acceptance.accept(
                session, office.desk, who(ADA), case_id, sign_digest(bytes(HOLDER.key), digest)
            )

    offered = indemnity_quote_digest(quote, chain_id=CHAIN_ID, product=PRODUCT)
    assert recover(offered, bytes(kept.underwriter_signature)) == account("underwriter").address == quote.underwriter
    assert (accepted.state, accepted.intent) == ("accepted", f"underwriting-bind:{case_id}:1")
    ((key, (to, calldata)),) = office.sent.asked.items()
    assert (key, to) == (accepted.intent, PRODUCT)
    assert len(calldata) > 1_000


def test_accept__somebody_else_signs__is_refused(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    stranger = sign_digest(bytes(account("stranger").key), b"\x01" * 32)

    with pytest.raises(Problem) as refused, office.database.scoped(who(ADA)) as session:
        acceptance.accept(session, office.desk, who(ADA), case_id, stranger)

    assert refused.value.code == "acceptance_invalid"
    assert office.sent.asked == {}


def test_offer__quote_ran_out__is_made_anew_and_the_old_one_expires(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    office.chain.later(90_000)
    office.nodes.asked.clear()

    assert advance(office.database, office.desk, case_id) is Progress.DONE

    with office.database.every_tenant() as session:
        assert [each.state for each in repository.quotes(session, case_id)] == ["expired", "offered"]


def test_check_complete__required_field_missing__refused_by_its_name(office: UnderwritingOffice) -> None:
    asked = office.application()
    statements = {name: value for name, value in asked.statements.items() if name != "occupation"}
    incomplete = replace(asked, statements=statements)

    with pytest.raises(Problem) as refused:
        service.check_complete(office.desk, incomplete, service.draft(office.desk, incomplete))

    assert (refused.value.code, refused.value.values["fields"]) == ("application_incomplete", ["occupation"])
    service.check_complete(office.desk, asked, service.draft(office.desk, asked))


def test_advance__taken_in_incomplete__asked_for_by_name_and_goes_on_with_the_answer(
    office: UnderwritingOffice,
) -> None:
    asked = office.application()
    statements = {name: value for name, value in asked.statements.items() if name != "occupation"}
    case_id = office.apply(replace(asked, statements=statements))
    office.work()
    waiting = office.row(case_id)
    (question,) = office.words(f"underwriting_case:{case_id}")

    with office.database.scoped(who(ADA)) as session:
        service.answer(session, office.desk, who(ADA), case_id, {"occupation": asked.statements["occupation"]})
    office.work()

    assert (waiting.state, waiting.waits_for) == ("received", "customer")
    assert waiting.due_at == office.case(case_id).events[1].at + 30 * 86_400
    assert "- occupation" in question
    assert steps(office, case_id)[:4] == ["Received", "Asked", "Collected", "Assessed"]
    assert office.row(case_id).state == "notified"


def test_advance__nodes_away__later_and_nothing_changed(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.nodes.down = {0, 1}

    assert office.work() == [Progress.LATER]
    assert steps(office, case_id) == ["Received"]
    office.nodes.down = set()
    while advance(office.database, office.desk, case_id) is Progress.AGAIN:
        pass
    assert office.row(case_id).state == "notified"


def test_advance__medium_risk__a_junior_decides_a_senior_signs(
    office: UnderwritingOffice, medium: CaseAssessment
) -> None:
    case_id = assessed_at(office, medium)
    assert office.row(case_id).waits_for == "junior_underwriter"

    office.step(JUNIOR, case_id, accepting(medium))
    assert office.row(case_id).waits_for == "senior_underwriter"
    office.step(SENIOR, case_id, Signed())
    assert office.row(case_id).waits_for == "worker"
    office.work()

    assert "premium loading of 20 %" in " ".join(office.words(f"underwriting_case:{case_id}"))
    assert [each.actor for each in _events(office, case_id)][3:5] == [str(JUNIOR), str(SENIOR)]


def _events(office: UnderwritingOffice, case_id: int) -> list[Any]:
    with office.database.every_tenant() as session:
        return list(repository.events(session, case_id))


@pytest.mark.parametrize("reviewer", [SENIOR, JUNIOR])
def test_step__four_eyes__never_the_decider_nor_a_junior(
    office: UnderwritingOffice, medium: CaseAssessment, reviewer: UUID
) -> None:
    case_id = assessed_at(office, medium)
    office.step(reviewer, case_id, accepting(medium))

    with pytest.raises(PersonRefused):
        office.step(reviewer, case_id, Signed())

    assert office.row(case_id).state == "decided"


def test_step__machine_declines__is_refused(office: UnderwritingOffice, medium: CaseAssessment) -> None:
    case_id = assessed_at(office, medium)
    decline = Decided(Decision(Verdict.DECLINE, reason="Too high.", ground=3))

    with office.database.scoped(WORKER) as session:
        row, case = casebook.load(session, office.desk, case_id)
        with pytest.raises(PersonRefused, match="machine"):
            casebook.take(session, office.desk, WORKER, row, case, decline)

    assert office.row(case_id).outcome == "open"


def test_step__person_declines__told_in_writing_with_reason_ground_and_basis(
    office: UnderwritingOffice, medium: CaseAssessment
) -> None:
    case_id = assessed_at(office, medium)
    office.step(JUNIOR, case_id, Decided(Decision(Verdict.DECLINE, reason="Stage IV cancer.", ground=1)))
    office.step(SENIOR, case_id, Signed())
    office.work()

    (told,) = office.words(f"underwriting_case:{case_id}")
    for words in ("we cannot accept it", "Stage IV cancer.", "too serious for us", "acceptance rules", "Call us."):
        assert words in told
    with office.database.every_tenant() as session:
        assert repository.quotes(session, case_id) == []


def test_step__sent_back__goes_to_where_the_fault_is_put_right(
    office: UnderwritingOffice, medium: CaseAssessment
) -> None:
    case_id = assessed_at(office, medium)
    office.step(JUNIOR, case_id, accepting(medium))

    office.step(SENIOR, case_id, SentBack(frozenset({Fault.ACCURACY}), "The pressure was read wrong."))
    office.work()

    assert steps(office, case_id)[4:6] == ["SentBack", "Assessed"]
    assert office.case(case_id).assessed().tier is RiskTier.LOW


def test_step__above_ninety__three_of_the_committee_vote(office: UnderwritingOffice, grave: CaseAssessment) -> None:
    assert grave.score > COMMITTEE_ABOVE_SCORE
    case_id = assessed_at(office, grave)
    office.step(JUNIOR, case_id, accepting(grave))
    office.step(SENIOR, case_id, Signed())
    assert office.row(case_id).waits_for == "committee_member"

    for seat, person in COMMITTEE.items():
        assert office.row(case_id).state == "committee"
        office.step(person, case_id, Voted(seat, agrees=True))

    assert office.row(case_id).outcome == "accepted"
    assert {name for _, name in office.case(case_id).votes} == {str(each) for each in COMMITTEE.values()}


def test_step__seat_not_held__is_refused(office: UnderwritingOffice, grave: CaseAssessment) -> None:
    case_id = assessed_at(office, grave)
    office.step(JUNIOR, case_id, accepting(grave))
    office.step(SENIOR, case_id, Signed())

    with pytest.raises(PersonRefused, match="is not legal-manager"):
        office.step(COMMITTEE[Office.GENERAL_MANAGER], case_id, Voted(Office.LEGAL_MANAGER, agrees=True))


def test_step__one_of_the_committee_refuses__declined_with_that_ground(
    office: UnderwritingOffice, grave: CaseAssessment
) -> None:
    case_id = assessed_at(office, grave)
    office.step(JUNIOR, case_id, accepting(grave))
    office.step(SENIOR, case_id, Signed())

    office.step(
        COMMITTEE[Office.LEGAL_MANAGER], case_id, Voted(Office.LEGAL_MANAGER, agrees=False, reason="No.", ground=9)
    )
    office.work()

    assert office.row(case_id).outcome == "declined"
    assert "underwriting committee does not accept" in office.words(f"underwriting_case:{case_id}")[0]


def test_step__customer__may_take_no_step_of_the_office(office: UnderwritingOffice, medium: CaseAssessment) -> None:
    case_id = assessed_at(office, medium)

    with pytest.raises(CaseStepRefused, match="step of the office"):
        office.step(ADA, case_id, accepting(medium))


def test_withdraw__by_the_customer__closes_without_a_decision(
    office: UnderwritingOffice, medium: CaseAssessment
) -> None:
    case_id = assessed_at(office, medium)

    with office.database.scoped(who(ADA)) as session:
        service.withdraw(session, office.desk, who(ADA), case_id, "Said so on the page.")

    assert (office.row(case_id).outcome, office.row(case_id).waits_for) == ("withdrawn", None)


def test_step__silent_customer__lapses_after_thirty_days_and_not_before(office: UnderwritingOffice) -> None:
    asked = office.application()
    case_id = office.apply(replace(asked, statements={**asked.statements, "occupation": None}))
    office.work()
    assert office.row(case_id).waits_for == "customer"

    with pytest.raises(CaseStepRefused, match="30 days"):
        office.step(JUNIOR, case_id, Lapsed("No answer."))
    office.clock.now += 30 * 86_400
    with pytest.raises(PersonRefused):
        office.step(CLERK, case_id, Lapsed("No answer."))
    office.step(JUNIOR, case_id, Lapsed("No answer."))

    assert office.row(case_id).outcome == "lapsed"


def test_close_confirmed__receipt_by_link__closes_the_case_with_the_proof(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    with office.database.every_tenant() as session:
        kept = notices.of_subject(session, TENANT, f"underwriting_case:{case_id}")
        decision = next(each for each in kept if each.kind == NoticeKind.UNDERWRITING_DECISION)
    with office.database.scoped(who(CLERK)) as session:
        notices.record_receipt(
            session, office.records, who(CLERK), decision.notice_id, way=Confirmation.PHONE, proof="Call 5.", now=1
        )

    assert watch.close_confirmed(office.database, office.desk) == 1
    assert watch.close_confirmed(office.database, office.desk) == 0

    assert office.row(case_id).state == "closed"
    assert f"notice {decision.notice_id} by phone" in str(office.case(case_id).events[-1].what)


def test_close_confirmed__person_restricted__waits_and_closes_once_that_is_lifted(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    with office.database.every_tenant() as session:
        session.execute(text("UPDATE notices SET state = 'confirmed', confirmation = 'link', confirmed_at = 1"))
        office.restrict(session, ADA)

    while_restricted = watch.close_confirmed(office.database, office.desk)
    state = office.row(case_id).state
    with office.database.every_tenant() as session:
        office.lift(session, ADA)

    assert (while_restricted, state) == (0, "notified")
    assert watch.close_confirmed(office.database, office.desk) == 1
    assert office.row(case_id).state == "closed"


def test_advance__person_restricted__the_machine_waits(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    with office.database.every_tenant() as session:
        office.restrict(session, ADA)

    assert advance(office.database, office.desk, case_id) is Progress.LATER

    with office.database.every_tenant() as session:
        office.lift(session, ADA)
    assert advance(office.database, office.desk, case_id) is Progress.AGAIN


def test_gather__authorised_source__asked_once_and_what_it_says_counts(office: UnderwritingOffice) -> None:
    office.registers.answers["hospital"] = [SourceAnswer(office.clock.now, "H-1", {"smoking": "current"})]
    case_id = office.apply(office.application(sources=("hospital",)))

    office.work()

    with office.database.every_tenant() as session:
        (report,) = repository.source_reports(session, case_id)
        open_checks = repository.checks(session, case_id)
    assert [source for source, _ in office.registers.asked] == ["hospital"]
    assert (report.outcome, report.number) == ("obtained", 1)
    assert [(each.kind, each.field, each.source) for each in open_checks] == [("mismatch", "smoking", "hospital")]


def test_gather__source_says_the_same__nothing_is_to_be_checked(office: UnderwritingOffice) -> None:
    asked = office.application(sources=("hospital",))
    office.registers.answers["hospital"] = [
        SourceAnswer(office.clock.now, "H-1", {"smoking": asked.statements["smoking"]})
    ]
    case_id = office.apply(asked)

    office.work()

    with office.database.every_tenant() as session:
        assert list(repository.checks(session, case_id)) == []
    assert office.row(case_id).state == "notified"


def test_finish_check__source_was_right__the_case_goes_to_people_with_the_finding(office: UnderwritingOffice) -> None:
    office.registers.answers["hospital"] = [SourceAnswer(office.clock.now, "H-1", {"smoking": "current"})]
    case_id = office.apply(office.application(sources=("hospital",)))
    office.work()
    key = (case_id, "mismatch", "smoking", "hospital")

    with office.database.scoped(who(JUNIOR)) as session:
        (waiting,) = service.open_checks(session, limit=10)
        assert (waiting.case_id, waiting.field) == (case_id, "smoking")
        checks.finish_check(session, office.desk, who(JUNIOR), key, outcome="false", note="The hospital confirmed it.")
    office.work()

    row = office.row(case_id)
    assert (row.stuck, row.waits_for, row.state) == ("information_false", "junior_underwriter", "assessed")
    assert row.outcome == "open"
    office.step(JUNIOR, case_id, accepting(office.case(case_id).assessed()))
    office.step(SENIOR, case_id, Signed())
    office.work()
    assert (office.row(case_id).stuck, office.row(case_id).state) == (None, "notified")
    with office.database.scoped(who(JUNIOR)) as session:
        assert list(service.open_checks(session, limit=10)) == []


def test_gather__not_authorised__nobody_is_asked(office: UnderwritingOffice) -> None:
    office.apply()

    office.work()

    assert office.registers.asked == []


def test_gather__source_away__asked_again_under_another_number_then_given_up(office: UnderwritingOffice) -> None:
    office.registers.answers["hospital"] = [SourceFailed("connection", final=False)] * 5
    case_id = office.apply(office.application(sources=("hospital",)))

    looks = [advance(office.database, office.desk, case_id) for _ in range(5)]

    assert looks == [Progress.LATER] * 4 + [Progress.AGAIN]
    assert len({request for _, request in office.registers.asked}) == 5


def test_gather__source_refuses_for_good__goes_on_without_it(office: UnderwritingOffice) -> None:
    office.registers.answers["hospital"] = [SourceFailed("source_404", final=True)]
    case_id = office.apply(office.application(sources=("hospital",)))

    office.work()

    assert steps(office, case_id)[1] == "Collected"


def test_withdraw_authorisation__asked_before__what_it_said_counts_no_more(office: UnderwritingOffice) -> None:
    office.registers.answers["hospital"] = [SourceAnswer(office.clock.now, "H-1", {})]
    case_id = office.apply(office.application(sources=("hospital",)))
    office.work()
    with office.database.scoped(who(ADA)) as session:
        ended = service.withdraw_authorisation(session, office.desk, who(ADA), case_id, "hospital")

    from backend.underwriting import files

    with office.database.scoped(WORKER) as session:
        handed = files.handed_in(session, office.desk, office.row(case_id))
    assert ended == 1
    assert handed.application["reports"] == []
    consents = handed.application["consents"]
    assert isinstance(consents, list)
    assert consents[0]["withdrawn_at"] == office.clock.now


def test_sampled__many_applications__as_many_as_the_office_says(office: UnderwritingOffice) -> None:
    office.set_office(sample_bps=1_000)
    row = office.row(office.apply())
    setting = casebook.Office(sample_bps=1_000)

    def drawn(number: int) -> bool:
        row.application_id = number << 8
        return checks.sampled(setting, row)

    picked = sum(drawn(number) for number in range(1, 4_001))
    assert 340 <= picked <= 460
    assert drawn(7) == drawn(7)


def test_advance__sampled__the_machine_waits_for_the_check(office: UnderwritingOffice) -> None:
    office.set_office(sample_bps=10_000)
    case_id = office.apply()
    office.work()
    waiting = office.row(case_id)
    key = (case_id, "authenticity", "application", "customer")

    with office.database.scoped(who(JUNIOR)) as session:
        checks.finish_check(session, office.desk, who(JUNIOR), key, outcome="confirmed", note="Called the employer.")
    office.work()

    assert (waiting.state, waiting.waits_for) == ("assessed", "junior_underwriter")
    assert office.row(case_id).state == "notified"
    with pytest.raises(Problem, match="was done") as again, office.database.scoped(who(JUNIOR)) as session:
        checks.finish_check(session, office.desk, who(JUNIOR), key, outcome="confirmed", note="Again.")
    assert again.value.code == "check_done"


@pytest.mark.parametrize("stranger", [other_tenant(who(JUNIOR)), who(OTHER_JUNIOR)])
def test_get__another_tenants__is_unknown(office: UnderwritingOffice, stranger: Principal) -> None:
    case_id = office.apply()

    with office.database.scoped(stranger) as session:
        if stranger.tenant_id == TENANT:
            assert service.get(session, case_id).case_id == case_id
            return
        with pytest.raises(Problem) as refused:
            service.get(session, case_id)
    assert refused.value.code == "underwriting_case_unknown"


def test_read_file__by_right__underwriters_and_the_person_and_nobody_else(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()

    for reader in (who(JUNIOR), who(ADA)):
        with office.database.scoped(reader) as session:
            _, applied, steps_taken = service.read_file(session, office.desk, reader, case_id)
        assert "statements" in str(applied)
        assert len(steps_taken["events"]) == 5  # type: ignore[arg-type]  # a list
    with pytest.raises(Problem) as refused, office.database.scoped(who(CLERK)) as session:
        service.read_file(session, office.desk, who(CLERK), case_id)
    assert refused.value.code == "approval_needed"


def test_load__row_altered__the_file_is_refused(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    with office.database.every_tenant() as session:
        session.execute(text("UPDATE underwriting_events SET actor = 'somebody' WHERE sequence = 4"))

    with pytest.raises(FileUnreadable, match="step 4"):
        office.case(case_id)


def test_rows__whole_flow__hold_nothing_of_the_person(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    with office.database.every_tenant() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        kept = " ".join(repr(session.execute(text(f"SELECT * FROM {name}")).all()) for name in tables)

    assert office.row(case_id).state == "notified"
    for value in ("Ada Example", "ada@example.org", "8613800138000", "110101199001011234"):
        assert value not in kept


def test_step__stale__two_people_at_once_one_is_refused(office: UnderwritingOffice, medium: CaseAssessment) -> None:
    case_id = assessed_at(office, medium)
    office.step(JUNIOR, case_id, accepting(medium))

    with pytest.raises(CaseNotInState):
        office.step(OTHER_JUNIOR, case_id, accepting(medium))
    assert office.case(case_id).state is CaseState.DECIDED


def test_step__asked_by_a_junior__the_customer_is_waited_for(office: UnderwritingOffice) -> None:
    case_id = office.apply()

    office.step(JUNIOR, case_id, Asked(("proof of income",)))

    assert office.row(case_id).waits_for == "customer"
    assert office.step(OTHER_SENIOR, case_id, Asked(("more",))).state is CaseState.RECEIVED
