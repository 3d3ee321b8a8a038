"""Which worker is which: numbered slots, each held by an advisory lock, and the dead found by their free locks.

DBOS takes up a crashed worker's workflows when a worker with its name starts again. Slots give that name back to the
next process that starts, and let a living one notice a slot whose worker is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from backend.database import Database
from backend.locks import Lock

log = structlog.get_logger()

MAX_WORKERS = 64
KEEP_SECONDS = 1.0
LOOK_SECONDS = 5.0


class NoSlot(RuntimeError):
    """Every slot is taken."""


class Slot:
    """A worker's name, held while this process lives. `name` is DBOS's executor id.

    Args:
        recover: Called with the names of workers that are gone.
    """

    def __init__(self, database: Database, recover: Callable[[list[str]], None]) -> None:
        self._database = database
        self._recover = recover
        self._stop = threading.Event()
        self._connection: Connection | None = None
        self._number = self._take_any()
        self._known = {self._number}
        self.name = _name(self._number)
        self._thread = threading.Thread(target=self._keep, name="worker-slot", daemon=True)

    def start(self) -> None:
        """Begin to hold the slot through faults of the database, and to look for dead workers."""
        self._thread.start()

    def release(self) -> None:
        """Give the slot back."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._drop()

    def _take_any(self) -> int:
        for number in range(MAX_WORKERS):
            if self._take(number):
                return number
        raise NoSlot(f"{MAX_WORKERS} workers run on this database already. Stop one of them.")

    def _take(self, number: int) -> bool:
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            held = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": Lock.WORKFLOW_SLOTS + number}))
        except DBAPIError:
            connection.invalidate()
            connection.close()
            raise
        if held:
            self._connection = connection
        else:
            connection.close()
        return held

    def _keep(self) -> None:
        turns = 0
        while not self._stop.wait(KEEP_SECONDS):
            turns += 1
            try:
                if self._connection is None:
                    self._take(self._number)
                else:
                    self._connection.execute(text("SELECT 1"))
                if turns * KEEP_SECONDS >= LOOK_SECONDS:
                    turns = 0
                    self._look_for_dead()
            except DBAPIError as error:
                log.warning("worker.slot_lost", worker=self.name, reason=type(error).__name__)
                self._drop()

    def _look_for_dead(self) -> None:
        """Recover workers whose slot is free although they left work behind."""
        for name in self._left_behind():
            if name == self.name:
                continue
            with self._free(int(name.removeprefix("worker-"))) as free:
                if free:
                    log.warning("worker.gone", worker=name)
                    self._recover([name])

    def _left_behind(self) -> list[str]:
        query = text("SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'")
        with self._database.engine.connect() as connection:
            names = connection.scalars(query).all()
        return [n for n in names if n and n.removeprefix("worker-").isdecimal() and n.startswith("worker-")]

    @contextmanager
    def _free(self, number: int) -> Iterator[bool]:
        with self._database.try_lock(Lock.WORKFLOW_SLOTS + number) as held:
            yield held

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _name(number: int) -> str:
    return f"worker-{number}"
