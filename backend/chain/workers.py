"""Threads that keep going. Each holds a lock in the database: however many replicas, one indexes and one relays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from backend.chain.endpoints import EndpointsDisagree
from backend.chain.indexer import ChainMoved
from backend.database import Database
from ledger.rpc import RpcError, RpcUnavailable
from ledger.sender import FeeTooHigh

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
STANDBY_SECONDS = 1.0
IDLE_SECONDS = 0.4
"""Longest pause of a worker that looks more often than this while there is something to do."""


class Background(Protocol):
    """Something that runs beside requests. `failure` says why it does not get on, None while it does.

    `at_work` is whether this process is the one that does the work: of one kind, no more than one does.
    """

    @property
    def name(self) -> str:
        """What it is called in logs, metrics and health."""

    @property
    def failure(self) -> str | None:
        """Why it does not get on."""

    @property
    def at_work(self) -> bool:
        """Whether it works here; False while another process does, or nobody."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


class Worker:
    """Calls `step` again and again in a thread of its own while it holds a lock.

    A step that fails because chain or database do not answer is tried again after a growing pause. Any other error
    is a fault of ours: it is logged, the worker pauses longest, and `failure` shows it to the health check.

    Args:
        step: Returns whether there was nothing to do.
        poll_seconds: Pause after a step with nothing to do. While there goes on to be nothing it doubles, up to
            `IDLE_SECONDS` or itself, whichever is longer: idle workers leave the processor to requests.
    """

    def __init__(
        self, name: str, database: Database, lock: int, step: Callable[[], bool], *, poll_seconds: float
    ) -> None:
        self.name = name
        self._database = database
        self._lock = lock
        self._step = step
        self._poll = poll_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.failure: str | None = None
        self.at_work = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                with self._database.try_lock(self._lock) as held:
                    if held:
                        self._work_alone()
                        pause = FIRST_PAUSE_SECONDS
                self._stop.wait(STANDBY_SECONDS)
            except (ChainMoved, EndpointsDisagree, RpcError, RpcUnavailable, DBAPIError, FeeTooHigh) as error:
                self._note(error)
                self._stop.wait(0 if isinstance(error, ChainMoved) else pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            except Exception as error:
                self._note(error)
                log.exception("worker.failed", worker=self.name)
                self._stop.wait(LONGEST_PAUSE_SECONDS)

    def _work_alone(self) -> None:
        self.at_work = True
        try:
            self._work()
        finally:
            self.at_work = False

    def _work(self) -> None:
        pause = self._poll
        while not self._stop.is_set():
            idle = self._step()
            self.failure = None
            if idle:
                self._stop.wait(pause)
            pause = min(pause * 2, max(self._poll, IDLE_SECONDS)) if idle else self._poll

    def _note(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {str(error)[:200]}"
        log.warning("worker.interrupted", worker=self.name, reason=self.failure)
