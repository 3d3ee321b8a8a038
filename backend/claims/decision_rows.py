"""Every query about decisions that are being made."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from backend.claims.models import CaseDecisionRow
from backend.claims.states import DecisionState

_MOST_SENT = 200
"""Of one adjuster's, in whichever state; what is still to be mined is among the newest."""
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


def open_ones(session: Session, *, after: tuple[int, uuid.UUID] | None, limit: int) -> Sequence[CaseDecisionRow]:
    """Decisions that may come to stand on the chain yet, oldest first, locked; those another process holds are passed
    over. `after`: when the last one seen was prepared, and its id.
    """
    place = (CaseDecisionRow.created_at, CaseDecisionRow.decision_id)
    query = select(CaseDecisionRow).where(CaseDecisionRow.state.in_(OPEN)).order_by(*place)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*after))
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def lock_sender(session: Session, address: str) -> None:
    """Let one transaction of an address be put together at a time, until this database transaction ends."""
    key = "SELECT pg_advisory_xact_lock(hashtextextended('quittance/decisions/' || :address, 0))"
    session.execute(text(key), {"address": address})


def last_sent(session: Session, address: str) -> Sequence[CaseDecisionRow]:
    """The newest decisions whose transactions this address signed."""
    query = select(CaseDecisionRow).where(CaseDecisionRow.adjuster_address == address, CaseDecisionRow.raw.is_not(None))
    return session.scalars(query.order_by(CaseDecisionRow.created_at.desc()).limit(_MOST_SENT)).all()
