"""The queue: who waits, until when, in which order, whatever is missing."""

from __future__ import annotations

import random
from dataclasses import replace

from sqlalchemy import BigInteger, column, select, values
from sqlalchemy.orm import Session

from backend.chain.models import BlockRow
from backend.chain.projections.models import TreasuryPauseRow
from backend.claims import queue, queue_rows
from backend.claims.models import CaseRow
from backend.claims.terms import TermsShelf
from domain import claim_clock
from scripts.anvil import chain_time
from tests.backend.claims.office import DAY, Office
from tests.backend.claims.test_decisions import handed_in, prepared


def test_page__claims_that_wait__by_tier_and_deadline_as_the_contract_counts_it(office: Office) -> None:
    rows = [office.noticed()[1] for _ in range(2)]
    adjuster = office.adjuster()
    now = chain_time(office.stack.rpc)
    with office.acting(adjuster) as session:
        found = queue.page(session, office.desk, now=now, after=None, limit=500)
        first = queue.page(session, office.desk, now=now, after=None, limit=1)
        rest = queue.page(session, office.desk, now=now, after=first[-1].place, limit=500)

    places = [entry.place for entry in found]
    assert places == sorted(places)
    assert {row.case_id for row in rows} <= {entry.case.case_id for entry in found}
    assert [entry.case.case_id for entry in [*first, *rest]] == [entry.case.case_id for entry in found]
    entry = next(each for each in found if each.case.case_id == rows[0].case_id)
    assert entry.due_at == office.desk.chain.next_step(rows[0].claim_id or 0).instant


def test_page__decided__waits_no_longer(office: Office) -> None:
    _, row, _ = office.noticed()
    handed_in(office, prepared(office, row))
    office.settle()

    with office.acting(office.adjuster()) as session:
        found = queue.page(session, office.desk, now=chain_time(office.stack.rpc), after=None, limit=500)

    assert row.case_id not in {entry.case.case_id for entry in found}


def test_page__the_products_document_is_gone__listed_with_what_is_known_and_what_is_missing(office: Office) -> None:
    _, row, _ = office.noticed()
    bare = replace(office.desk, shelf=TermsShelf(lambda _: None))
    now = chain_time(office.stack.rpc)

    with office.acting(office.adjuster()) as session:
        known = queue.page(session, office.desk, now=now, after=None, limit=500)
        found = queue.page(session, bare, now=now, after=None, limit=500)

    assert [entry.place for entry in found] == [entry.place for entry in known]
    assert {entry.missing for entry in known} == {None}
    entry = next(each for each in found if each.case.case_id == row.case_id)
    assert f"the document of product {row.product} is not here" in str(entry.missing)


def test_page__more_than_a_page__every_claim_once_however_small_the_pages(office: Office) -> None:
    _ = [office.noticed() for _ in range(2)]
    now = chain_time(office.stack.rpc)
    with office.acting(office.adjuster()) as session:
        whole = [entry.place for entry in queue.page(session, office.desk, now=now, after=None, limit=500)]
        found: list[queue_rows.Place] = []
        while page := queue.page(session, office.desk, now=now, after=found[-1] if found else None, limit=1):
            found += [entry.place for entry in page]

    assert found == whole
    assert len(whole) > 1


def test_deadline__in_the_database__the_days_the_contract_counts(office: Office) -> None:
    draw = random.Random(6)
    asked = [(draw.randrange(1 << 31), draw.randrange(40)) for _ in range(2_000)]
    asked += [(monday + hour, days) for monday in (4 * DAY, 9 * DAY) for hour in (-1, 0, 1) for days in (0, 1, 5, 6)]
    given = values(column("since", BigInteger), column("days", BigInteger), name="asked").data(asked)

    with office.database.every_tenant() as session:
        query = select(given.c.since, given.c.days, queue_rows.deadline(given.c.since, given.c.days))
        found = {(since, days): due for since, days, due in session.execute(query)}

    assert found == {(since, days): claim_clock.deadline(since, days) for since, days in asked}


def test_page__the_treasury_paused__due_later_by_as_long_as_it_lasted(office: Office) -> None:
    _, row, _ = office.noticed()
    now = chain_time(office.stack.rpc)
    later = now + 100
    with office.database.every_tenant() as session:
        before = _due(session, office, row, later)
        numbers = session.scalars(select(BlockRow.number).order_by(BlockRow.number.desc()).limit(1)).all()
        treasury = office.desk.shelf.product(session, row.product).terms.treasury
        at = session.get_one(BlockRow, numbers[0]).timestamp
        for place, until in enumerate((at + 60, at + 40)):  # put in force, and put to an earlier end in the same block
            session.add(
                TreasuryPauseRow(
                    block_number=numbers[0], log_index=9_000 + place, transaction_hash=bytes(32), treasury=treasury,
                    until=until,
                )
            )  # fmt: skip
        session.flush()
        after = _due(session, office, row, later)
        session.rollback()

    assert after - before == 40


def _due(session: Session, office: Office, row: CaseRow, now: int) -> int:
    found = queue.page(session, office.desk, now=now, after=None, limit=500)
    return next(entry.due_at for entry in found if entry.case.case_id == row.case_id)
