"""Every query about intakes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.intake.models import IntakeApplicationRow, IntakeRow


def add(session: Session, row: IntakeRow) -> None:
    """Keep an intake."""
    session.add(row)
    session.flush()


def intake(session: Session, intake_id: int) -> IntakeRow | None:
    """One intake, as far as this transaction may see it."""
    return session.get(IntakeRow, intake_id)


def page(session: Session, *, after: int | None, limit: int, only_of: uuid.UUID | None) -> Sequence[IntakeRow]:
    """Intakes, newest first; `after` is the keyset cursor."""
    query = select(IntakeRow).order_by(IntakeRow.intake_id.desc()).limit(limit)
    if after is not None:
        query = query.where(IntakeRow.intake_id < after)
    if only_of is not None:
        query = query.where(IntakeRow.person_id == only_of)
    return session.scalars(query).all()


def add_application(session: Session, row: Mapping[str, object]) -> None:
    """Note what came of an intake; once."""
    session.execute(insert(IntakeApplicationRow).values(row).on_conflict_do_nothing())


def applications(session: Session, intake_ids: Collection[int]) -> Mapping[int, list[str]]:
    """What came of intakes, in the order it came."""
    query = select(IntakeApplicationRow).where(IntakeApplicationRow.intake_id.in_(intake_ids))
    found: dict[int, list[str]] = {intake_id: [] for intake_id in intake_ids}
    for row in session.scalars(query.order_by(IntakeApplicationRow.applied_at, IntakeApplicationRow.application)):
        found[row.intake_id].append(row.application)
    return found
