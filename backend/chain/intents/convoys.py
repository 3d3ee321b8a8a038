"""Puts intents together for one workflow, and sees that each is in some workflow's hands."""

from __future__ import annotations

import time
import uuid

import structlog

from backend.chain.intents import repository
from backend.chain.intents.models import IntentStatus
from backend.database import Database
from backend.workflows.boundaries import boundary
from backend.workflows.requests import request
from backend.workflows.runtime import Queue

log = structlog.get_logger()

CONVOYS = Queue("chain-convoys", worker_concurrency=8, polling_seconds=0.1)
DELIVER = "chain.deliver"
MAX_CONVOY = 64
"""Intents in one workflow. Each of them may itself carry many: 50 binds, some hundred payouts."""
LOOK_SECONDS = 5.0


class Dispatcher:
    """Gives open intents to workflows. Several may run: each takes rows the others do not hold."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_at = 0.0

    def step(self) -> int:
        """Make convoys of what nobody carries. Returns how many intents that were.

        Assignment and request are one transaction: no intent belongs to a workflow that nobody asked for.
        """
        taken = 0
        while True:
            with self._database.every_tenant() as session:
                keys = repository.unassigned(session, MAX_CONVOY)
                if keys:
                    convoy = f"convoy:{uuid.uuid4()}"
                    repository.assign(session, keys, convoy)
                    request(session, queue=CONVOYS.name, workflow=DELIVER, workflow_id=convoy, arguments=[convoy])
            if keys:
                boundary("chain.dispatched")
            taken += len(keys)
            if len(keys) < MAX_CONVOY:
                break
        self._look_after()
        return taken

    def _look_after(self) -> None:
        """Now and then: intents left by a workflow that has ended, and those that waited for one that failed."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        with self._database.every_tenant() as session:
            left = repository.release_ended(session)
            for key in repository.bereaved(session):
                detail = "What it was to follow came to nothing. Look there for the reason, then ask anew."
                values = {"failure_code": "predecessor_failed", "failure_detail": detail}
                repository.move(session, key, IntentStatus.FAILED, expected=[IntentStatus.PREPARED], **values)
        if left:
            log.warning("intents.left_by_their_workflow", count=left)
