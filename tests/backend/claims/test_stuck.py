"""Cases that cannot be followed: they stop no other, are seen, and are tried again later."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.claims import follower, letters, repository, stuck
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from backend.claims.views import case_view
from backend.notices.models import NoticeRow
from backend.observability.figures import read_figures
from backend.problems import Problem
from tests.backend.claims.office import Office


def letters_of(office: Office, row: CaseRow) -> int:
    query = select(NoticeRow).where(NoticeRow.subject == f"claim:{row.claim_id or 0:064x}")
    with office.database.every_tenant() as session:
        return len(session.scalars(query).all())


def test_step__a_case_that_cannot_be_told__put_aside_seen_and_told_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first, _), (_, second, _) = office.noticed(), office.noticed()
    for row in (first, second):
        office.report(row)

    def refusing(session: Session, desk: ClaimsOffice, row: CaseRow, what: str) -> None:
        if row.case_id == first.case_id:
            raise Problem("document_unknown")
        letters.tell(session, desk, row, what)

    now = office.house.clock()
    with monkeypatch.context() as patched:
        patched.setattr(follower, "tell", refusing)
        office.settle()

    kept = office.case(first.case_id)
    assert (letters_of(office, first), letters_of(office, second)) == (0, 1)
    assert (kept.stuck_code, kept.stuck_tries) == ("document_unknown", 1)
    assert kept.stuck_since is not None
    assert kept.stuck_until is not None
    assert kept.stuck_until >= now + 30
    assert (case_view(kept, staff=True).stuck_code, case_view(kept, staff=False).stuck_code) == (kept.stuck_code, None)
    with office.database.every_tenant() as session:
        assert read_figures(session, now).stuck_cases == 1
        assert first.case_id not in {row.case_id for row, _ in repository.untold(session, 100, now)}
        assert first.case_id in {row.case_id for row, _ in repository.untold(session, 100, kept.stuck_until)}
        session.get_one(CaseRow, first.case_id).stuck_until = now

    office.settle()

    freed = office.case(first.case_id)
    assert letters_of(office, first) == 1
    assert (freed.stuck_code, freed.stuck_since, freed.stuck_until, freed.stuck_tries) == (None, None, None, 0)


@pytest.mark.parametrize(("tries", "pause"), [(0, 30), (1, 60), (5, 960), (10, 21_600), (5_000, 21_600)])
def test_put_aside__again_and_again__twice_as_long_up_to_six_hours(office: Office, tries: int, pause: int) -> None:
    with office.database.every_tenant() as session:
        row = session.scalars(select(CaseRow).limit(1)).one()
        row.stuck_tries = tries
        session.flush()
        stuck.put_aside(session, row.case_id, "document_unknown", 1_000)
        told = (row.stuck_until, row.stuck_since, row.stuck_tries)
        session.rollback()

    assert told == (1_000 + pause, 1_000, tries + 1)
