"""Checks that people make (R17): the authenticity of sampled applications, and what sources say otherwise."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.notices.ports import FileCategory, Recipient
from backend.problems import Problem
from backend.underwriting import casebook, repository
from backend.underwriting.desk import Office, UnderwritingDesk
from backend.underwriting.models import CaseRow, CheckRow
from domain.act_deadlines import StartRule, deadline_of_act
from domain.hashing import keccak256
from domain.money import BPS_WHOLE
from domain.underwriting_decision import check_text
from domain.underwriting_people import junior

CHECK_DAYS = 2


def finish_check(
    session: Session, desk: UnderwritingDesk, principal: Principal, key: tuple[int, str, str, str], *, outcome: str,
    note: str,
) -> CheckRow:  # fmt: skip
    """A person checked something (R17). What is false is followed up: the case goes to people, with the finding.

    Args:
        key: Case, kind, field and source.
        outcome: confirmed, corrected or false.
    Raises:
        Problem: `check_unknown`, `check_done`.
        PersonRefused: Not licensed, or a party.
    """
    case_id, kind, field, source = key
    row, case = casebook.load(session, desk, case_id)
    found = repository.check(session, case_id, kind, field, source)
    if found is None:
        raise Problem("check_unknown", f"case {case_id} has no check {kind} of {field} with {source}.")
    if found.at is not None:
        raise Problem("check_done", f"the check was done at {found.at}: {found.outcome}. Nothing is to do.")
    actor = junior(casebook.actor_of(session, principal), desk.clock())
    if actor.name in case.received.parties:
        raise Problem("person_refused", "You are a party to this case. Let somebody else check it.")
    check_text("note", note)
    owner = Recipient(row.tenant_id, row.person_id)
    found.note_record = desk.records.seal(
        session, principal, owner, FileCategory.ASSESSMENT, {"note": note}, casebook.about(row)
    )
    found.outcome, found.by, found.at = outcome, principal.principal_id, desk.clock()
    if outcome == "false" and row.stuck is None:
        row.stuck = "information_false"
    session.flush()
    if all(each.at is not None for each in repository.checks(session, case_id)):
        repository.clear_check_alarms(session, row.tenant_id, f"underwriting_case:{case_id}", desk.clock())
    casebook.keep(session, desk, principal, row, case)
    return found


def open_check(session: Session, desk: UnderwritingDesk, row: CaseRow, kind: str, field: str, source: str) -> None:
    """Ask the office to check something within two working days."""
    now, office = desk.clock(), casebook.office_of(session, row.tenant_id)
    due = deadline_of_act(now, CHECK_DAYS, office.calendar.days, StartRule.RUNNING).due_at
    repository.open_check(
        session,
        {
            "case_id": row.case_id, "kind": kind, "field": field, "source": source, "opened_at": now, "due_at": due,
            "tenant_id": row.tenant_id, "person_id": row.person_id,
        },
    )  # fmt: skip


def sampled(office: Office, row: CaseRow) -> bool:
    """Whether an application's authenticity is checked: decided by its number, which nobody can choose."""
    digest = keccak256(b"authenticity-sample/" + row.tenant_id.bytes + int(row.application_id).to_bytes(32, "big"))
    return int.from_bytes(digest[:8], "big") % BPS_WHOLE < office.sample_bps
