"""Workflows asked for in the transaction that makes them necessary, and handed to DBOS after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.database import Database
from backend.observability import carried
from backend.workflows.models import WorkflowRequestRow

MAX_PER_STEP = 100
Json: TypeAlias = str | int | float | bool | list[Any] | dict[str, Any] | None
Enqueue: TypeAlias = Callable[[str, str, str, Sequence[Json], dict[str, Any] | None], None]


def request(session: Session, *, queue: str, workflow: str, workflow_id: str, arguments: Sequence[Json] = ()) -> None:
    """Ask for a workflow. It starts after the caller's transaction has committed, and once for an id, however often.

    Args:
        workflow: Its registered name, `subject.verb`.
        workflow_id: Derived from what it is for; never used for another purpose.
        arguments: JSON values: ids, nothing personal.
    """
    values: dict[str, Any] = {
        "workflow_id": workflow_id,
        "queue": queue,
        "workflow": workflow,
        "arguments": list(arguments),
    }
    values["carried"] = carried.current().as_json()
    session.execute(insert(WorkflowRequestRow).values(values).on_conflict_do_nothing(index_elements=["workflow_id"]))


def waiting(session: Session) -> int:
    """How many are not yet handed over."""
    return session.scalar(select(func.count()).select_from(WorkflowRequestRow)) or 0


class Handover:
    """Gives what was asked for to DBOS. Several may run: each takes rows the others do not hold.

    Args:
        enqueue: Takes queue, workflow, workflow_id, arguments, and what goes on with the work; the same id again
            changes nothing.
    """

    def __init__(self, database: Database, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue

    def step(self) -> int:
        """Hand over what is there, oldest first. Returns how many.

        A crash between DBOS's commit and ours hands a request over again, under the same id: that starts nothing.
        """
        query = select(WorkflowRequestRow).order_by(WorkflowRequestRow.number).limit(MAX_PER_STEP)
        with self._database.transaction() as session:
            rows = session.scalars(query.with_for_update(skip_locked=True)).all()
            for row in rows:
                self._enqueue(row.queue, row.workflow, row.workflow_id, row.arguments, row.carried)
            if rows:
                done = WorkflowRequestRow.number.in_([row.number for row in rows])
                session.execute(delete(WorkflowRequestRow).where(done))
        return len(rows)
