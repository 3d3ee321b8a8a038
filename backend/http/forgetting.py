"""Forgets answers kept under idempotency keys once they are 30 days old."""

from __future__ import annotations

from typing import Final

from backend.database import Database
from backend.http import repository

POLL_SECONDS: Final = 3600.0
_BATCH: Final = 1000


class Forgetting:
    """One batch a step, so that no transaction is long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def step(self) -> bool:
        """Forget a batch. Returns whether nothing old is left."""
        with self._database.every_tenant() as session:
            return repository.forget_old(session, _BATCH) < _BATCH
