"""An application carried by durable workflows: taken in, assessed, told, quoted, without anybody stepping it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from backend.underwriting import workflows
from backend.underwriting.casebook import WORKFLOW
from backend.underwriting.watch import Holders
from backend.underwriting.workflows import QUEUES, UnderwritingOffice
from backend.workflows.requests import request
from backend.workflows.runtime import Runtime
from tests.backend.underwriting.office import ADA
from tests.backend.underwriting.office import UnderwritingOffice as Office

NOBODY: Holders = lambda _session, _tenant_id, _role: ()  # noqa: E731 - one line of a test
PATIENCE_SECONDS = 60


def wait_for(office: Office, case_id: int, state: str) -> bool:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if office.row(case_id).state == state:
            return True
        time.sleep(0.2)
    return False


@contextmanager
def running(office: Office) -> Iterator[Runtime]:
    runtime = Runtime(
        office.database, queues=QUEUES, objects=[UnderwritingOffice(office.database, office.desk, NOBODY)]
    )
    runtime.launch()
    try:
        yield runtime
    finally:
        runtime.stop()


def test_advance_case__runtime__takes_the_machines_turns_by_itself(office: Office) -> None:
    with running(office) as runtime:
        case_id = office.apply()

        told = wait_for(office, case_id, "notified")

        with office.database.transaction() as session:
            for _ in range(2):  # asked again for what is done: nothing happens twice
                request(session, queue="underwriting", workflow=WORKFLOW, workflow_id="again", arguments=[case_id])
        time.sleep(1)

    assert told
    assert [type(each.what).__name__ for each in office.case(case_id).events].count("NoticeGiven") == 1
    assert runtime.failed() == 0


def workflows_of(office: Office, case_id: int) -> int:
    """How many have ended."""
    query = text("SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid LIKE :like AND status = 'SUCCESS'")
    with office.database.transaction() as session:
        return int(session.scalar(query, {"like": f"underwriting:{case_id}:%"}) or 0)


def test_advance_case__restricted_for_longer_than_a_workflow_lasts__another_goes_on_once_it_is_lifted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflows, "MOST_STEPS", 2)
    monkeypatch.setattr(workflows, "FIRST_PAUSE_SECONDS", 0.05)
    case_id = office.apply()
    with office.database.every_tenant() as session:
        office.restrict(session, ADA)

    with running(office) as runtime:
        ends = time.monotonic() + PATIENCE_SECONDS
        while workflows_of(office, case_id) < 3 and time.monotonic() < ends:
            time.sleep(0.1)
        ended, state = workflows_of(office, case_id), office.row(case_id).state
        with office.database.every_tenant() as session:
            office.lift(session, ADA)
        told = wait_for(office, case_id, "notified")

    assert (ended >= 3, state, told, runtime.failed()) == (True, "received", True, 0)
