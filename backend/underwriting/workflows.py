"""Durable workflows of underwriting. One for each turn of the machine with a case, not one for a case's whole life:
cases wait weeks for people, and a workflow that waits so long keeps its version from being replaced (decision 0049).
"""

from __future__ import annotations

from dataclasses import dataclass

from dbos import DBOS

from backend.database import Database
from backend.underwriting import casebook
from backend.underwriting.automatic import Progress, advance
from backend.underwriting.casebook import WORKFLOW
from backend.underwriting.desk import QUEUE, UnderwritingDesk
from backend.underwriting.watch import Holders
from backend.workflows.carrying import carried_step
from backend.workflows.provided import provided
from backend.workflows.runtime import Queue

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 600.0
MOST_STEPS = 1_000
"""Then, after about a week, another workflow goes on: a restriction may last for months, and what a workflow keeps of
its steps stays short."""


@dataclass(frozen=True, slots=True)
class UnderwritingOffice:
    """What the steps work with."""

    database: Database
    desk: UnderwritingDesk
    holders: Holders


@DBOS.step(name="underwriting.advance_step")
def advance_step(case_id: int) -> str:
    """The machine's next step with a case; guarded by the state it expects, so it may run again."""
    office = provided(UnderwritingOffice)
    with carried_step(office.database, "underwriting.advance"):
        return advance(office.database, office.desk, case_id).value


@DBOS.step(name="underwriting.go_on_step")
def go_on_step(case_id: int, workflow_id: str) -> None:
    """Leave a turn that takes long to another workflow."""
    with provided(UnderwritingOffice).database.every_tenant() as session:
        casebook.go_on(session, case_id, workflow_id)


@DBOS.workflow(name=WORKFLOW)
def advance_case(case_id: int) -> str:
    """The machine's turn with a case: until it is somebody else's. Nodes and sources that are away are asked again, and
    files that are restricted are looked at again, however long that lasts.
    """
    pause, progress = FIRST_PAUSE_SECONDS, Progress.LATER.value
    for _ in range(MOST_STEPS):
        progress = advance_step(case_id)
        if progress == Progress.DONE:
            return progress
        if progress in (Progress.LATER, Progress.GONE):
            DBOS.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            pause = FIRST_PAUSE_SECONDS
    if progress != Progress.GONE:
        go_on_step(case_id, str(DBOS.workflow_id))
    return progress


QUEUES = (Queue(QUEUE, worker_concurrency=8),)
