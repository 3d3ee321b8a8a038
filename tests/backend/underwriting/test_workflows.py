"""An application carried by durable workflows: taken in, assessed, told, quoted, without anybody stepping it."""

from __future__ import annotations

import time

from backend.underwriting.casebook import WORKFLOW
from backend.underwriting.watch import Holders
from backend.underwriting.workflows import QUEUES, UnderwritingOffice
from backend.workflows.requests import request
from backend.workflows.runtime import Runtime
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


def test_advance_case__runtime__takes_the_machines_turns_by_itself(office: Office) -> None:
    runtime = Runtime(
        office.database, queues=QUEUES, objects=[UnderwritingOffice(office.database, office.desk, NOBODY)]
    )
    runtime.launch()
    try:
        case_id = office.apply()

        told = wait_for(office, case_id, "notified")

        with office.database.transaction() as session:
            for _ in range(2):  # asked again for what is done: nothing happens twice
                request(session, queue="underwriting", workflow=WORKFLOW, workflow_id="again", arguments=[case_id])
        time.sleep(1)
    finally:
        runtime.stop()

    assert told
    assert [type(each.what).__name__ for each in office.case(case_id).events].count("NoticeGiven") == 1
    assert runtime.failed() == 0
