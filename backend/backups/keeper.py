"""Makes a back-up when the newest is old enough, and lets old ones go."""

from __future__ import annotations

from typing import Final

import structlog

from backend.backups import store
from backend.backups.making import Maker

log = structlog.get_logger()
POLL_SECONDS: Final = 60.0
AGAIN_SECONDS: Final = 600
"""After one that failed."""


class Keeper:
    """One look a step.

    Args:
        hours: Time between two.
        keep_days: How long each is kept.
    """

    def __init__(self, maker: Maker, *, hours: int, keep_days: int) -> None:
        self._maker = maker
        self._seconds = hours * 3_600
        self._keep_days = keep_days
        self._not_before = 0

    def step(self) -> bool:
        """Back up if it is time. Returns whether it was not.

        Raises:
            BackupFailed: Next tried after `AGAIN_SECONDS`.
        """
        now = self._maker.clock()
        found = store.until(store.kept(self._maker.folder), now)
        due_at = found[-1].manifest.made_at + self._seconds if found else 0
        if now < max(due_at, self._not_before):
            return True
        self._not_before = now + AGAIN_SECONDS
        made = self._maker.make()
        gone = store.prune(self._maker.folder, now, self._keep_days)
        log.info("backup.made", backup=made.name, pruned=len(gone))
        return False
