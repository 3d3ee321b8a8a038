"""DBOS for this process: launched on the backend's database, with queues, schedules and what steps work with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.database import Database
from backend.workflows.carrying import CARRIED
from backend.workflows.provided import provide, withdraw
from backend.workflows.requests import Handover, Json
from backend.workflows.slots import Slot

log = structlog.get_logger()

APPLICATION = "quittance"
SCHEMA = "dbos"
WORKFLOWS_VERSION = "1"
"""Goes up with a change that workflows begun before cannot finish: see the package."""
HANDOVER_SECONDS = 0.05
LAUNCH_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of workflows.

    Args:
        worker_concurrency: How many of it one process runs at once.
        global_concurrency: How many all processes together run at once; None: no bound.
        polling_seconds: Longest wait of a workflow before a free worker takes it.
    """

    name: str
    worker_concurrency: int = 16
    global_concurrency: int | None = None
    polling_seconds: float = 0.2


@dataclass(frozen=True, slots=True)
class Schedule:
    """A workflow of (scheduled time, context) started by the clock, UTC. One run each time, however many workers.

    Args:
        cron: Five or six fields, seconds first where there are six.
    """

    name: str
    cron: str
    workflow: Callable[..., Any]


class Runtime:
    """Runs workflows. One a process; several processes share the work.

    Args:
        queues: Those this process works on; kept in the database.
        schedules: Of all subjects.
        objects: What steps reach by `provided`.
    """

    def __init__(
        self, database: Database, *, queues: Sequence[Queue] = (), schedules: Sequence[Schedule] = (),
        objects: Sequence[object] = (),
    ) -> None:  # fmt: skip
        self._database = database
        self._queues = tuple(queues)
        self._schedules = tuple(schedules)
        self._objects = tuple(objects)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._launching: threading.Thread | None = None
        self._slot: Slot | None = None
        self._failure: str | None = None

    @property
    def name(self) -> str:
        """As one of the process's workers."""
        return "workflows"

    @property
    def worker(self) -> str:
        """This process's name among the workers."""
        if self._slot is None:
            raise RuntimeError("the runtime is not launched")
        return self._slot.name

    @property
    def failure(self) -> str | None:
        """Why it is not launched yet. A workflow that failed is counted in `failed`, and stops no other."""
        return self._failure

    @property
    def at_work(self) -> bool:
        """Whether it is launched: workers of several processes share the work."""
        return self._slot is not None and self._failure is None

    def start(self) -> None:
        """Launch in the background, and again while the database does not answer."""
        self._failure = "workflows are being launched"
        self._launching = threading.Thread(target=self._launch_in_the_end, name="workflows-launch", daemon=True)
        self._launching.start()

    def _launch_in_the_end(self) -> None:
        while not self._stop.is_set():
            try:
                self.launch()
            except Exception as error:  # the database is away, every slot is taken: nothing else runs less for it
                self._failure = f"workflows are not launched: {type(error).__name__}: {str(error)[:200]}"
                log.warning("workflows.launch_interrupted", reason=type(error).__name__)
                self._abandon()
                self._stop.wait(LAUNCH_AGAIN_SECONDS)
            else:
                self._failure = None
                return

    def _abandon(self) -> None:
        """Undo what a launch did before it failed."""
        DBOS.destroy()
        slot, self._slot = self._slot, None
        if slot is not None:
            slot.release()

    def launch(self) -> None:
        """Start: what this worker left behind when it last ended is taken up again.

        Raises:
            NoSlot: Too many workers.
            sqlalchemy.exc.DBAPIError: The database does not answer.
        """
        provide(*self._objects)
        self._slot = Slot(self._database, _recover)
        config: DBOSConfig = {
            "name": APPLICATION, "system_database_url": self._database.url, "dbos_system_schema": SCHEMA,
            "application_version": WORKFLOWS_VERSION, "executor_id": self._slot.name, "log_level": "ERROR",
            "sys_db_pool_size": 10, "max_executor_threads": 64, "notification_listener_polling_interval_sec": 0.5,
        }  # fmt: skip
        DBOS(config=config)
        DBOS.listen_queues([queue.name for queue in self._queues])
        DBOS.launch()
        for queue in self._queues:
            DBOS.register_queue(
                queue.name, worker_concurrency=queue.worker_concurrency, global_concurrency=queue.global_concurrency,
                polling_interval_sec=queue.polling_seconds,
            )  # fmt: skip
        if self._schedules:
            DBOS.apply_schedules(
                [{"schedule_name": s.name, "workflow_fn": s.workflow, "schedule": s.cron} for s in self._schedules]
            )
        self._slot.start()
        self._thread = threading.Thread(target=self._hand_over, name="workflow-requests", daemon=True)
        self._thread.start()
        others = self.of_other_versions()
        if others:
            log.warning("workflows.of_another_version", count=others, version=WORKFLOWS_VERSION)
        log.info("workflows.launched", worker=self._slot.name, version=WORKFLOWS_VERSION)

    def stop(self) -> None:
        """End. Workflows on their way stay where they are and go on in another worker, or here after a launch."""
        self._stop.set()
        for thread in (self._launching, self._thread):
            if thread is not None:
                thread.join(timeout=10)
        self._abandon()
        withdraw()

    def of_other_versions(self) -> int:
        """Workflows not ended that this version does not take up."""
        return self._count("status IN ('PENDING', 'ENQUEUED', 'DELAYED') AND application_version <> :version")

    def failed(self) -> int:
        """Workflows that ended with an exception: somebody has to look at them."""
        return self._count("status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED') AND :version <> ''")

    def running(self) -> int:
        """Workflows asked of DBOS and not ended, of all workers."""
        return self._count("status IN ('PENDING', 'ENQUEUED', 'DELAYED') AND :version <> ''")

    def _count(self, where: str) -> int:
        query = text(f"SELECT count(*) FROM {SCHEMA}.workflow_status WHERE {where}")  # nosec B608  # constants only
        with self._database.engine.connect() as connection:
            return int(connection.scalar(query, {"version": WORKFLOWS_VERSION}) or 0)

    def _hand_over(self) -> None:
        handover = Handover(self._database, _enqueue)
        while not self._stop.is_set():
            try:
                idle = handover.step() == 0
            except DBAPIError as error:
                log.warning("workflows.handover_interrupted", reason=type(error).__name__)
                idle = True
            if idle:
                self._stop.wait(HANDOVER_SECONDS)


def _enqueue(
    queue: str, workflow: str, workflow_id: str, arguments: Sequence[Json], carried: dict[str, Any] | None
) -> None:
    DBOS.enqueue_workflow_with_options(
        {
            "workflow_name": workflow, "queue_name": queue, "workflow_id": workflow_id,
            "app_version": WORKFLOWS_VERSION, "attributes": {CARRIED: carried} if carried else {},
        },
        *arguments,
    )  # fmt: skip


def _recover(workers: list[str]) -> None:
    DBOS._recover_pending_workflows(workers)
