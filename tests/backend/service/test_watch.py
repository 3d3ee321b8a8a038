"""Overdue matters are told of once, and silence closes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.chain.projections.claim_models import ClaimStepRow
from backend.claims.models import CaseRow
from backend.observability.figures import read_figures
from backend.service.watch import ASK_WITHIN_SECONDS, ServiceWatch
from domain.service_matters import SILENCE_SECONDS
from tests.backend.notices.office import TENANT
from tests.backend.service.conftest import ADA, CLERK, OTHER_CLERK, Counter

DAY = 86_400


def holders(_session: Session, tenant_id: UUID, role: Role) -> Collection[UUID]:
    return (CLERK, OTHER_CLERK) if (tenant_id, role) == (TENANT, Role.CUSTOMER_SERVICE) else ()


def test_step__complaint_overdue__each_of_the_role_told_once(counter: Counter) -> None:
    matter_id = counter.opened()
    watch = ServiceWatch(counter.database, counter.desk, holders)
    assert watch.step()
    counter.clock.now += 10 * DAY

    found = [watch.alarm(), watch.alarm(), ServiceWatch(counter.database, counter.desk, holders).alarm()]

    assert found == [1, 0, 1]  # a process that has just started looks again, and the notice is the same
    told = counter.notices("staff_deadline")
    assert {each.person_id for each in told} == {CLERK, OTHER_CLERK}
    assert [each.subject for each in told] == [f"complaint:{matter_id}"] * 2
    with counter.database.every_tenant() as session:
        assert read_figures(session, counter.clock.now).overdue == {"customer_service": 1}


def test_step__answered_and_silent__closed_and_asked_how_it_went(counter: Counter) -> None:
    matter_id = counter.answered()
    watch = ServiceWatch(counter.database, counter.desk, holders)
    assert watch.step()
    counter.clock.now += SILENCE_SECONDS

    assert not watch.step()

    assert counter.ask("GET", f"/complaints/{matter_id}", ADA).json()["matter"]["state"] == "closed"
    assert len(counter.ask("GET", "/surveys", ADA).json()["surveys"]) == 1
    assert watch.step()


def decided(counter: Counter, case_id: UUID, claim_id: int, *, kind: str = "decided", ago: int = 60) -> None:
    """A case of Ada's whose claim took a step, as the indexer and the follower write it."""
    with counter.database.every_tenant() as session:
        session.execute(
            text("INSERT INTO blocks VALUES (:n, :hash, :parent, :at)"),
            {"n": claim_id, "hash": bytes([claim_id]) * 32, "parent": bytes(32), "at": counter.clock.now - ago},
        )
        step = ClaimStepRow(
            block_number=claim_id, log_index=0, transaction_hash=b"t" * 32, claim_id=claim_id, kind=kind,
            step_at=counter.clock.now - ago,
        )  # fmt: skip
        case = CaseRow(
            case_id=case_id, tenant_id=TENANT, person_id=ADA, product="0x" + "11" * 20, policy_id=1,
            claimant="0x" + "22" * 20, coverage=0, peril=0, occurred_at=1, claimed=1, state="noticed", channel="web",
            claim_id=claim_id, version=1, created_at=counter.clock.now,
        )  # fmt: skip
        session.add_all([step, case])


def test_step__claim_decided_lately__claimant_asked_once_and_nobody_about_others(counter: Counter) -> None:
    decided(counter, UUID(int=71), 1)
    decided(counter, UUID(int=72), 2, kind="closed")
    decided(counter, UUID(int=73), 3, kind="noticed")
    decided(counter, UUID(int=74), 4, ago=ASK_WITHIN_SECONDS + 1)
    watch = ServiceWatch(counter.database, counter.desk, holders)

    assert [watch.ask_decided(), watch.ask_decided()] == [2, 0]

    asked = counter.ask("GET", "/surveys", ADA).json()["surveys"]
    assert {each["subject"] for each in asked} == {f"cases/{UUID(int=71)}", f"cases/{UUID(int=72)}"}
    assert {each.person_id for each in counter.notices("survey_asked")} == {ADA}
    assert len(counter.notices("survey_asked")) == 2
