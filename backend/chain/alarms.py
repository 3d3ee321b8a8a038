"""Alarms of the bridge: they stand in the database, so that every replica shows them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.chain.models import ChainAlarmRow

log = structlog.get_logger()


class AlarmKind(StrEnum):
    """What can be wrong between database and chain."""

    REPLAY = "replay"
    SENTINEL = "sentinel"
    ENDPOINTS = "endpoints"


def raise_alarm(session: Session, kind: AlarmKind, detail: str) -> None:
    """Somebody has to look. Raised again, an alarm keeps when it was first raised."""
    row = insert(ChainAlarmRow).values(kind=kind, detail=detail)
    session.execute(row.on_conflict_do_update(index_elements=["kind"], set_={"detail": detail, "seen_at": func.now()}))
    log.error("chain.alarm", kind=kind, detail=detail)


def clear_alarm(session: Session, kind: AlarmKind) -> None:
    """What raised it is gone."""
    gone = session.scalar(delete(ChainAlarmRow).where(ChainAlarmRow.kind == kind).returning(ChainAlarmRow.kind))
    if gone:
        log.info("chain.alarm_cleared", kind=kind)


def alarms(session: Session) -> Sequence[ChainAlarmRow]:
    """Alarms that stand."""
    return session.scalars(select(ChainAlarmRow).order_by(ChainAlarmRow.kind)).all()
