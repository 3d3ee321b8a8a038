"""Overdue matters are told of once, and silence closes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.observability.figures import read_figures
from backend.service.watch import ServiceWatch
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
