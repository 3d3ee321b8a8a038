"""Cases that cannot be followed: put aside with why, tried again later and later, and seen meanwhile."""

from __future__ import annotations

import uuid
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.claims import repository
from backend.claims.models import CaseRow

log = structlog.get_logger()
FIRST_SECONDS: Final = 30
LONGEST_SECONDS: Final = 6 * 3_600
"""A case is tried again after 30 seconds, then after twice as long each time, at most after six hours."""
_MOST_DOUBLINGS: Final = 10


def put_aside(session: Session, case_id: uuid.UUID, code: str, now: int) -> None:
    """Let a case wait. `now`: wall clock, unix seconds."""
    row = repository.case(session, case_id, lock=True)
    if row is None:
        return
    pause = min(FIRST_SECONDS << min(row.stuck_tries, _MOST_DOUBLINGS), LONGEST_SECONDS)
    if row.stuck_since is None:
        log.error("case.stuck", case_id=str(case_id), code=code)
        row.stuck_since = now
    row.stuck_code, row.stuck_tries, row.stuck_until = code, row.stuck_tries + 1, now + pause


def let_go(row: CaseRow) -> None:
    """A case that was stuck gets on."""
    if row.stuck_since is not None:
        log.info("case.unstuck", case_id=str(row.case_id), tries=row.stuck_tries)
    row.stuck_code = row.stuck_since = row.stuck_until = None
    row.stuck_tries = 0
