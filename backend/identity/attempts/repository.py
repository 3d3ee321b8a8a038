"""Every query about failed attempts and alarms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.identity.attempts.models import AlertRow, AttemptRow


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of one bucket. Times in unix seconds."""

    failures: int
    last_at: int
    succeeded_at: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm."""

    alert_id: uuid.UUID
    kind: str
    person_id: uuid.UUID | None
    raised_at: int


def lock(session: Session, tenant_id: uuid.UUID, buckets: Sequence[bytes]) -> dict[bytes, Attempts]:
    """Buckets as they are, held until the transaction ends; in one order, so that two requests never wait in a ring."""
    ordered = sorted(set(buckets))
    rows = [{"tenant_id": tenant_id, "bucket": bucket, "failures": 0, "last_at": 0} for bucket in ordered]
    session.execute(upsert(AttemptRow).on_conflict_do_nothing(), rows)
    found = session.scalars(
        select(AttemptRow)
        .where(AttemptRow.tenant_id == tenant_id, AttemptRow.bucket.in_(ordered))
        .order_by(AttemptRow.bucket)
        .with_for_update()
    )
    return {bytes(row.bucket): Attempts(row.failures, row.last_at, row.succeeded_at) for row in found}


def count(session: Session, tenant_id: uuid.UUID, bucket: bytes, *, failures: int, now: int) -> None:
    """Set a bucket's failures."""
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.tenant_id == tenant_id, AttemptRow.bucket == bucket)
        .values(failures=failures, last_at=now)
    )


def take_back(session: Session, tenant_id: uuid.UUID, bucket: bytes) -> None:
    """Uncount the attempt that succeeded."""
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.tenant_id == tenant_id, AttemptRow.bucket == bucket)
        .values(failures=func.greatest(AttemptRow.failures - 1, 0))
    )


def clear(session: Session, tenant_id: uuid.UUID, bucket: bytes, *, now: int) -> None:
    """Forget a bucket's failures and remember the success."""
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.tenant_id == tenant_id, AttemptRow.bucket == bucket)
        .values(failures=0, succeeded_at=now)
    )


def add_alert(session: Session, tenant_id: uuid.UUID, alert: Alert) -> None:
    """Keep an alarm."""
    values = {
        "alert_id": alert.alert_id, "tenant_id": tenant_id, "kind": alert.kind, "person_id": alert.person_id,
        "raised_at": alert.raised_at,
    }  # fmt: skip
    session.execute(insert(AlertRow).values(values))


def alerts(session: Session, tenant_id: uuid.UUID, *, since: int, limit: int) -> list[Alert]:
    """Alarms since a unix second, newest first."""
    statement = (
        select(AlertRow)
        .where(AlertRow.tenant_id == tenant_id, AlertRow.raised_at >= since)
        .order_by(AlertRow.raised_at.desc(), AlertRow.alert_id)
        .limit(limit)
    )
    return [Alert(row.alert_id, row.kind, row.person_id, row.raised_at) for row in session.scalars(statement)]
