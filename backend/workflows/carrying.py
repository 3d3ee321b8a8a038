"""Steps of workflows that go on with the request and the trace they were asked for in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from dbos import DBOS
from sqlalchemy import text

from backend.database import Database
from backend.observability.carried import Carried, resumed
from backend.observability.tracing import span

CARRIED: Final = "carried"
_KEPT: Final = text("SELECT attributes FROM dbos.workflow_status WHERE workflow_uuid = :workflow_id")


@contextmanager
def carried_step(database: Database, name: str) -> Iterator[None]:
    """Around what a step does: logs, intents and spans inside belong to what asked for the workflow."""
    workflow_id = DBOS.workflow_id
    with resumed(asked_in(database, workflow_id)), span(name, workflow_id=workflow_id):
        yield


def asked_in(database: Database, workflow_id: str | None) -> Carried:
    """Where a workflow was asked for; empty for one that nobody asked for in a request."""
    if workflow_id is None:
        return Carried()
    with database.engine.connect() as connection:
        kept = connection.scalar(_KEPT, {"workflow_id": workflow_id})
    return Carried.of(kept.get(CARRIED) if isinstance(kept, dict) else None)
