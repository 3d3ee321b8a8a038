"""When contracts end that records are about: of every kind of policy, of corrected applications and of claims."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.access.principal import Principal
from backend.chain.models import BlockRow
from backend.chain.projections.models import IndemnityChangeRow, IndemnityPolicyRow
from backend.claims.models import CaseRow as ClaimCaseRow
from backend.claims.service import subject_of as subject_of_claim
from backend.database import Database
from backend.policies.models import InsuredEventRow, PolicyRow
from backend.problems import Problem
from backend.rights.terms import contract_terms
from backend.underwriting.models import CaseRow
from backend.vault import erasure, purge, service
from backend.vault.records import subject_of
from backend.vault.retention import Category, Purpose, Term, add_years
from tests.backend.vault_room import ADA, DAY, START, TENANT, WORKER, make_vault, nothing_besides, seal

PRODUCT = "0x" + "12" * 20
HOLDER = "0x" + "34" * 20
APPLICATION = 7 << 8
NOON = int(datetime(2030, 3, 1, 12, tzinfo=UTC).timestamp())
ON_CHAIN = {"block_number": 1, "transaction_hash": bytes(32)}


def sold(database: Database, *, ends_at: int, application: int = APPLICATION, number: int = 1) -> None:
    """An indemnity policy that covers from noon of 1 March 2030 on."""
    with database.every_tenant() as session:
        if session.get(BlockRow, 1) is None:
            session.add(BlockRow(number=1, hash=b"h" * 32, parent_hash=bytes(32), timestamp=START))
            session.flush()
        session.add(
            IndemnityPolicyRow(
                **ON_CHAIN, log_index=number, product=PRODUCT, policy_id=number, application_id=application,
                holder=HOLDER, beneficiary=HOLDER, starts_at=NOON, ends_at=ends_at, sum_insured=10, premium=1,
                exclusions=0, tier=1, is_renewal=False, bound_at=START,
            )
        )  # fmt: skip


def cancelled(database: Database, ends_at: int) -> None:
    with database.every_tenant() as session:
        session.add(
            IndemnityChangeRow(
                **ON_CHAIN, log_index=90, product=PRODUCT, policy_id=1, kind="cancelled", ends_at=ends_at,
                changed_at=ends_at,
            )
        )  # fmt: skip


def underwritten(database: Database, case_id: int, application: int, superseded_by: int | None = None) -> None:
    about: dict[str, Any] = {"tenant_id": TENANT, "person_id": ADA, "record_id": uuid.uuid4(), "calendar": "weekdays"}
    with database.scoped(WORKER) as session:
        session.add(
            CaseRow(
                **about, case_id=case_id, application_id=application, product=PRODUCT, line="health", party="person",
                state="closed", outcome="accepted", committee=False, events=1, received_at=START, sampled=False,
                superseded_by=superseded_by,
            )
        )  # fmt: skip


def claimed(database: Database, claim_id: int | None) -> uuid.UUID:
    case_id = uuid.uuid4()
    with database.scoped(Principal.worker(TENANT)) as session:
        session.add(
            ClaimCaseRow(
                case_id=case_id, tenant_id=TENANT, person_id=ADA, product=PRODUCT, policy_id=1, claimant=HOLDER,
                coverage=0, peril=1, occurred_at=START, claimed=5, state="noticed", channel="web", version=1,
                claim_id=claim_id, created_at=START,
            )
        )  # fmt: skip
    return case_id


def terms(database: Database, *subjects: bytes) -> list[Term | None]:
    with database.every_tenant() as session:
        found = contract_terms(session, subjects)
    return [found.get(subject) for subject in subjects]


def test_purge__indemnity_policy_in_force__its_file_stays_until_years_after_its_end(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    until = NOON + 365 * DAY
    sold(database, ends_at=until)
    seal(database, vault, subject=subject_of(APPLICATION))

    def due(now: int, *, dry: bool = False) -> dict[str, int]:
        clock.now = now
        return dict(purge.purge(database, vault, contract_terms, nothing_besides, dry=dry).due)

    assert due(START + 200 * DAY, dry=True) == due(START + 200 * DAY) == {}
    assert due(add_years(until, 5) - 1) == {}
    assert due(add_years(until, 5)) == {"application": 1}


def test_erase__indemnity_policy_in_force__refused(database: Database, tmp_path: Path) -> None:
    vault, _ = make_vault(tmp_path)
    sold(database, ends_at=NOON + 365 * DAY)
    seal(database, vault, subject=subject_of(APPLICATION))

    with pytest.raises(Problem, match="must be kept until 2036-03-01"), database.every_tenant() as session:
        erasure.erase(session, vault, WORKER, person_id=ADA, reason="asked", terms=contract_terms)


@pytest.mark.parametrize(
    ("end", "long"), [(date(2035, 3, 1), False), (date(2035, 3, 2), True), (date(2060, 3, 1), True)]
)
def test_contract_terms__longer_than_five_years__a_long_term(database: Database, end: date, long: bool) -> None:
    until = int(datetime(end.year, end.month, end.day, 12, tzinfo=UTC).timestamp())
    sold(database, ends_at=until)

    assert terms(database, subject_of(APPLICATION)) == [Term(until, long)]


def test_purge__policy_cancelled_after_its_end_was_noted__counts_from_the_cancellation_and_stays_long(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    sold(database, ends_at=add_years(NOON, 20))
    seal(database, vault, subject=subject_of(APPLICATION))
    first = purge.purge(database, vault, contract_terms, nothing_besides, dry=False)
    again = purge.purge(database, vault, contract_terms, nothing_besides, dry=False)
    cancelled(database, NOON + 30 * DAY)

    clock.now = add_years(NOON + 30 * DAY, 10) - 1
    kept = purge.purge(database, vault, contract_terms, nothing_besides, dry=False)
    clock.now += 1
    due = purge.purge(database, vault, contract_terms, nothing_besides, dry=False)

    assert [each.terms_noted for each in (first, again, kept, due)] == [1, 0, 1, 0]
    assert (kept.due, due.due) == ({}, {"application": 1})


def test_contract_terms__application_corrected__the_contract_of_either_is_that_of_both(database: Database) -> None:
    until = NOON + 365 * DAY
    underwritten(database, 3, APPLICATION + 2)
    underwritten(database, 2, APPLICATION + 1, superseded_by=3)
    underwritten(database, 1, APPLICATION, superseded_by=2)
    sold(database, ends_at=until, application=APPLICATION + 1)
    family = [subject_of(APPLICATION + n) for n in range(3)]

    assert terms(database, family[0]) == terms(database, family[2]) == [Term(until)]
    assert terms(database, *family, subject_of(9 << 8)) == [Term(until)] * 3 + [None]


def test_contract_terms__claim__its_policys(database: Database) -> None:
    until = NOON + 365 * DAY
    sold(database, ends_at=until)
    noticed, draft = claimed(database, 4711), claimed(database, None)

    assert terms(database, subject_of_claim(noticed), subject_of_claim(draft), b"custody" + bytes(16)) == [
        Term(until), None, None,
    ]  # fmt: skip


def test_purge__claim_taken_up_from_the_chain__what_is_written_on_it_stays_with_its_policys_file(
    database: Database, tmp_path: Path
) -> None:
    vault, clock = make_vault(tmp_path)
    sold(database, ends_at=NOON + 365 * DAY)
    with database.scoped(WORKER) as session:
        service.seal_record(
            session, vault, WORKER, person_id=ADA, category=Category.CLAIM_EVIDENCE, purpose=Purpose.CLAIMS,
            data={"words": "called back"}, subject=subject_of_claim(claimed(database, 4711)),
        )  # fmt: skip
    clock.now = START + 200 * DAY

    assert purge.purge(database, vault, contract_terms, nothing_besides, dry=False).due == {}


def test_contract_terms__parametric_policy__until_its_event(database: Database) -> None:
    sold(database, ends_at=NOON, application=1)
    about = {**ON_CHAIN, "product": PRODUCT, "event_id": 5}
    with database.every_tenant() as session:
        session.add(InsuredEventRow(**about, log_index=50, insured_event="x", occurs_at=NOON))
        session.add(
            PolicyRow(
                **about, log_index=51, policy_id=9, ordinal=0, application_id=APPLICATION, holder=HOLDER,
                underwriter=HOLDER, sum_insured=10, premium=1, bound_at=NOON - DAY,
            )
        )  # fmt: skip

    assert terms(database, subject_of(APPLICATION)) == [Term(NOON)]
