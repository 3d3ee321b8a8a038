"""Every query about decisions that are being made."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.claims.models import CaseDecisionRow
from backend.claims.states import DecisionState

OPEN = (DecisionState.PREPARED, DecisionState.SENT)


def add(session: Session, row: CaseDecisionRow) -> None:
    """Keep a new decision."""
    session.add(row)
    session.flush()


def find(session: Session, decision_id: uuid.UUID, *, lock: bool = False) -> CaseDecisionRow | None:
    """A decision this transaction may see."""
    query = select(CaseDecisionRow).where(CaseDecisionRow.decision_id == decision_id)
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def of_case(session: Session, case_id: uuid.UUID) -> Sequence[CaseDecisionRow]:
    """Decisions on a case, oldest first."""
    query = select(CaseDecisionRow).where(CaseDecisionRow.case_id == case_id)
    return session.scalars(query.order_by(CaseDecisionRow.created_at, CaseDecisionRow.decision_id).limit(500)).all()


def open_ones(session: Session, limit: int) -> Sequence[CaseDecisionRow]:
    """Decisions that may come to stand on the chain yet, locked; those another process holds are passed over."""
    query = select(CaseDecisionRow).where(CaseDecisionRow.state.in_(OPEN)).order_by(CaseDecisionRow.created_at)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
