"""Objections (R18) and deadlines, on a real database with real nodes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.notices import service as notices
from backend.notices.kinds import NoticeKind
from backend.notices.states import Confirmation
from backend.observability.figures import read_figures
from backend.problems import Problem
from backend.service.models import MatterRow
from backend.underwriting import figures, objections, repository, watch
from backend.underwriting.models import AlarmRow, ObjectionRow
from backend.vault.records import subject_of
from domain.errors import CaseNotInState, CaseStepRefused, PersonRefused
from domain.objection_steps import Raised, Way
from domain.underwriting_decision import STANDARD, CaseAssessment, Decision, Verdict
from domain.underwriting_steps import Signed
from domain.working_days import working_deadline
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.office import (
    ADA,
    CLERK,
    JUNIOR,
    OTHER_JUNIOR,
    OTHER_SENIOR,
    ROLES,
    SENIOR,
    UnderwritingOffice,
    who,
)
from tests.backend.underwriting.test_cases import accepting, assessed_at
from tests.domain.office import MEDIUM

SAID = Raised(Way.PHONE, "My blood pressure is 118, not 165.", "+86 10 5555 0100")
DAY = 86_400


def told_case(office: UnderwritingOffice, assessment: CaseAssessment = MEDIUM) -> int:
    """A case decided by JUNIOR, signed by SENIOR, told to the customer."""
    case_id = assessed_at(office, assessment)
    office.step(JUNIOR, case_id, accepting(assessment))
    office.step(SENIOR, case_id, Signed())
    office.work()
    return case_id


def objected(office: UnderwritingOffice, case_id: int, by: UUID = CLERK) -> int:
    with office.database.scoped(who(by)) as session:
        return objections.record(session, office.desk, who(by), case_id, SAID)[0].objection_id


def complained(office: UnderwritingOffice, case_id: int) -> None:
    with office.database.every_tenant() as session:
        session.add(
            MatterRow(
                tenant_id=TENANT, person_id=ADA, kind="complaint", topic="underwriting", channel="web", state="opened",
                about=f"underwriting-cases/{case_id}", outcome="none", opened_at=office.clock.now, extended=False,
                escalated=False, late=False, steps=0,
            )
        )  # fmt: skip


def passed(office: UnderwritingOffice, case_id: int) -> int:
    number = objected(office, case_id)
    with office.database.scoped(who(CLERK)) as session:
        objections.pass_on(session, office.desk, who(CLERK), number)
    return number


def row(office: UnderwritingOffice, number: int) -> ObjectionRow:
    with office.database.every_tenant() as session:
        found = repository.objection(session, number)
    assert found is not None
    return found


def holders(_session: Session, tenant_id: UUID, role: Role) -> Collection[UUID]:
    return [person for person, held in ROLES.items() if held is role] if tenant_id == TENANT else []


def alarms(office: UnderwritingOffice) -> list[AlarmRow]:
    with office.database.every_tenant() as session:
        return list(repository.alarms(session, open_only=True, limit=100))


def test_record__by_phone__acknowledged_with_the_day_it_is_examined_by(office: UnderwritingOffice) -> None:
    number = objected(office, told_case(office))

    calendar = office.desk.shelf and office.row(row(office, number).case_id).calendar
    (told,) = office.words(f"underwriting_objection:{number}")
    assert calendar == "china@2026.1"
    assert row(office, number).waits_for == "customer_service"
    assert "we have recorded your objection" in told
    assert "2026" in told


def test_record__by_the_customer__is_kept_in_their_words_and_sealed(office: UnderwritingOffice) -> None:
    number = objected(office, told_case(office), by=ADA)

    with office.database.scoped(Principal.worker(TENANT)) as session:
        _, found = objections.load(session, office.desk, number)
    assert found.events[0].what == SAID
    assert SAID.text not in repr(vars(row(office, number)))


def test_deadlines__passing_one_day_examining_three__in_working_days(office: UnderwritingOffice) -> None:
    case_id = told_case(office)
    days = figures.casebook.Office().calendar.days
    number = objected(office, case_id)
    first = row(office, number)
    with office.database.scoped(who(CLERK)) as session:
        objections.pass_on(session, office.desk, who(CLERK), number)
    second = row(office, number)

    assert first.due_at == working_deadline(first.raised_at, 1, days)
    assert second.due_at == working_deadline(office.clock.now, 3, days)


def test_uphold__by_another__told_with_the_reason(office: UnderwritingOffice) -> None:
    number = passed(office, told_case(office))

    with office.database.scoped(who(OTHER_JUNIOR)) as session:
        objections.uphold(session, office.desk, who(OTHER_JUNIOR), number, "The hospital confirms 165.")

    assert (row(office, number).state, row(office, number).outcome) == ("told", "upheld")
    assert "The decision stands: The hospital confirms 165." in " ".join(
        office.words(f"underwriting_objection:{number}")
    )


@pytest.mark.parametrize("decider", [JUNIOR, SENIOR])
def test_uphold__by_who_decided__is_refused(office: UnderwritingOffice, decider: UUID) -> None:
    number = passed(office, told_case(office))

    with pytest.raises(PersonRefused, match="decided this case"), office.database.scoped(who(decider)) as session:
        objections.uphold(session, office.desk, who(decider), number, "Right.")

    assert row(office, number).state == "passed"


def test_correct__error_found__another_case_supersedes_and_the_customer_is_told(office: UnderwritingOffice) -> None:
    case_id = told_case(office)
    number = passed(office, case_id)

    with office.database.scoped(who(OTHER_JUNIOR)) as session:
        objections.correct(
            session, office.desk, who(OTHER_JUNIOR), number, statements={"systolic_mmhg": 116},
            decision=Decision(Verdict.ACCEPT, STANDARD), reason="A digit was swapped.",
        )  # fmt: skip
    successor = row(office, number).successor
    assert successor is not None
    assert watch.tell_corrected(office.database, office.desk) == 0
    office.step(OTHER_SENIOR, successor, Signed())
    office.work()
    assert watch.tell_corrected(office.database, office.desk) == 1

    before, after = office.row(case_id), office.row(successor)
    assert (before.superseded_by, before.state) == (successor, "closed")
    assert (after.tier, after.outcome) == ("low", "accepted")
    assert int(after.application_id) == int(before.application_id) + 1
    assert "You were right" in " ".join(office.words(f"underwriting_objection:{number}"))
    assert "your tier is low" in " ".join(office.words(f"underwriting_objection:{number}"))
    assert "your quote is ready" in " ".join(office.words(f"underwriting_case:{successor}"))


def test_correct__signed_by_who_signed_before__is_refused(office: UnderwritingOffice) -> None:
    number = passed(office, told_case(office))
    with office.database.scoped(who(OTHER_JUNIOR)) as session:
        objections.correct(
            session, office.desk, who(OTHER_JUNIOR), number, statements={"systolic_mmhg": 116},
            decision=Decision(Verdict.ACCEPT, STANDARD), reason="A digit was swapped.",
        )  # fmt: skip
    successor = row(office, number).successor

    with pytest.raises(PersonRefused):
        office.step(SENIOR, successor or 0, Signed())


def test_correct__nothing_changes__is_refused(office: UnderwritingOffice) -> None:
    case_id = office.apply()
    office.work()
    number = passed(office, case_id)

    with (
        pytest.raises(CaseStepRefused, match="neither tier nor measure"),
        office.database.scoped(who(OTHER_JUNIOR)) as session,
    ):
        objections.correct(
            session, office.desk, who(OTHER_JUNIOR), number, statements={},
            decision=Decision(Verdict.ACCEPT, STANDARD), reason="Nothing.",
        )  # fmt: skip


def test_record__nothing_told_yet__is_refused(office: UnderwritingOffice) -> None:
    case_id = assessed_at(office, MEDIUM)

    with pytest.raises(CaseNotInState):
        objected(office, case_id)


def test_load__unknown__says_so(office: UnderwritingOffice) -> None:
    with pytest.raises(Problem) as refused, office.database.scoped(who(CLERK)) as session:
        objections.pass_on(session, office.desk, who(CLERK), 4_711)

    assert refused.value.code == "objection_unknown"


def test_watch__due_soon_then_overdue__two_alarms_and_the_role_is_told_once_each(office: UnderwritingOffice) -> None:
    case_id = assessed_at(office, MEDIUM)
    due_at = office.row(case_id).due_at
    assert due_at is not None

    assert watch.watch(office.database, office.desk, holders) == 0
    office.clock.now = due_at - 3_600
    assert [watch.watch(office.database, office.desk, holders) for _ in range(2)] == [1, 0]
    office.clock.now = due_at + 1
    assert [watch.watch(office.database, office.desk, holders) for _ in range(2)] == [1, 0]

    found = [(each.subject, each.state, each.role, each.level, each.told) for each in alarms(office)]
    subject = f"underwriting_case:{case_id}"
    assert sorted(found) == [
        (subject, "assessed", "junior_underwriter", "overdue", 2),
        (subject, "assessed", "junior_underwriter", "soon", 2),
    ]
    assert len(office.words(subject)) == 4
    with office.database.every_tenant() as session:
        assert read_figures(session, office.clock.now).overdue == {"junior_underwriter": 1}


def test_watch__more_overdue_than_one_look_takes__each_is_alarmed_in_its_turn(
    office: UnderwritingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BATCH", 1)
    cases = [assessed_at(office, MEDIUM) for _ in range(3)]
    office.clock.now = max(office.row(case_id).due_at or 0 for case_id in cases) + 1

    found = [watch.watch(office.database, office.desk, holders) for _ in range(4)]

    assert found == [1, 1, 1, 0]
    assert {each.subject for each in alarms(office)} == {f"underwriting_case:{case_id}" for case_id in cases}


def test_watch__step_taken__alarms_of_the_state_are_cleared(office: UnderwritingOffice) -> None:
    case_id = assessed_at(office, MEDIUM)
    office.clock.now += 10 * DAY
    watch.watch(office.database, office.desk, holders)

    office.step(JUNIOR, case_id, accepting(MEDIUM))

    assert alarms(office) == []


def test_watch__objection_nobody_passes_on__customer_service_is_alarmed(office: UnderwritingOffice) -> None:
    number = objected(office, told_case(office))
    office.clock.now += 10 * DAY

    watch.watch(office.database, office.desk, holders)

    found = {(each.subject, each.role, each.level) for each in alarms(office)}
    assert (f"underwriting_objection:{number}", "customer_service", "overdue") in found


def test_quarter__cases_closed_in_it__counted_from_rows_by_definition(office: UnderwritingOffice) -> None:
    closed = [told_case(office), told_case(office), told_case(office)]
    objected(office, closed[0])
    complained(office, closed[1])
    with office.database.every_tenant() as session:
        kept = [
            each for number in closed for each in notices.of_subject(session, TENANT, f"underwriting_case:{number}")
        ]
    for each in kept:
        if each.kind == "underwriting_decision":
            with office.database.scoped(who(CLERK)) as session:
                notices.record_receipt(
                    session, office.records, who(CLERK), each.notice_id, way=Confirmation.BRANCH, proof="Slip.", now=1
                )
    watch.close_confirmed(office.database, office.desk)
    with office.database.every_tenant() as session:  # what figures are counted from is no word of a file
        office.restrict(session, ADA)

    with office.database.scoped(who(SENIOR)) as session:
        found = figures.quarter(session, who(SENIOR), TENANT, 2026, 1)
        before = figures.quarter(session, who(SENIOR), TENANT, 2025, 4)

    assert (found.cases, before.cases) == (3, 0)
    assert (found.figures.review_errors.count, found.figures.review_errors.of) == (0, 3)
    assert (found.figures.complaints.count, found.figures.complaints.of) == (2, 3)
    assert not found.figures.hold
    assert found.figures.turnaround.cases == 3


def test_file__notices_quotes_and_proofs_of_receipt__kept_as_long_as_the_application(
    office: UnderwritingOffice,
) -> None:
    case_id = told_case(office)
    number = passed(office, case_id)
    with office.database.every_tenant() as session:
        (decision,) = [
            each.notice_id
            for each in notices.of_subject(session, TENANT, f"underwriting_case:{case_id}")
            if each.kind == NoticeKind.UNDERWRITING_DECISION
        ]
    with office.database.scoped(who(CLERK)) as session:
        notices.record_receipt(
            session, office.records, who(CLERK), decision, way=Confirmation.BRANCH, proof="Slip.", now=1
        )

    with office.database.every_tenant() as session:
        query = text(
            "SELECT kind, sealed.subject FROM notices JOIN vault_records AS sealed ON sealed.record_id IN"
            " (notices.record_id, confirmation_record) WHERE notices.subject IN (:case, :objection)"
        )
        about = {"case": f"underwriting_case:{case_id}", "objection": f"underwriting_objection:{number}"}
        told = {(row.kind, bytes(row.subject)) for row in session.execute(query, about) if row.kind != "staff_deadline"}
        count = session.scalar(text("SELECT count(*) FROM notices WHERE confirmation_record IS NOT NULL"))
    application = subject_of(int(office.row(case_id).application_id))
    assert {kind for kind, _ in told} >= {"underwriting_decision", "objection_received"}
    assert ({subject for _, subject in told}, count) == ({application}, 1)


@pytest.mark.parametrize(("year", "number"), [(2026, 0), (2026, 5), (1969, 1), (9_999, 1)])
def test_quarter__no_quarter__is_refused(office: UnderwritingOffice, year: int, number: int) -> None:
    with pytest.raises(Problem) as refused, office.database.scoped(who(SENIOR)) as session:
        figures.quarter(session, who(SENIOR), TENANT, year, number)

    assert refused.value.code == "request_invalid"
