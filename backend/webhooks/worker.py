"""Threads that deliver webhooks. They hold no lock: rows are shared among all threads of all processes."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from backend.webhooks.delivery import Postman

log = structlog.get_logger()
POLL_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 5.0


class DeliveryWorker:
    """One thread; several may run, here and elsewhere. An error is logged, shown in `failure`, and tried again."""

    def __init__(self, postman: Postman, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._postman = postman
        self._poll = poll_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self.name = "webhooks"
        self.failure: str | None = None
        self.at_work = True

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery at hand and end."""
        self._stop.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                idle = self._postman.step()
                self.failure = None
                self._stop.wait(self._poll if idle else 0)
            except Exception as error:
                self.failure = f"{type(error).__name__}: {str(error)[:200]}"
                if isinstance(error, DBAPIError):
                    log.warning("webhooks.interrupted", reason=self.failure)
                else:
                    log.exception("webhooks.failed")
                self._stop.wait(PAUSE_SECONDS)
