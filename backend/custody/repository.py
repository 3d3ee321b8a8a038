"""Every query about custodial keys."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.custody.kinds import KeyKind
from backend.custody.models import CustodialKeyRow


def add(session: Session, row: dict[str, object]) -> bool:
    """Keep a key. False: the person has one of this kind."""
    statement = (
        insert(CustodialKeyRow).values(**row).on_conflict_do_nothing(index_elements=["tenant_id", "person_id", "kind"])
    )
    return session.scalar(statement.returning(CustodialKeyRow.key_id)) is not None


def find(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, kind: KeyKind, *, lock: bool = False
) -> CustodialKeyRow | None:
    """A person's key of a kind, ended or not."""
    query = select(CustodialKeyRow).where(
        CustodialKeyRow.tenant_id == tenant_id, CustodialKeyRow.person_id == person_id, CustodialKeyRow.kind == kind
    )
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def page(session: Session, tenant_id: uuid.UUID, *, after: uuid.UUID, limit: int) -> Sequence[CustodialKeyRow]:
    """An insurer's keys by id; `after` is the keyset cursor."""
    query = select(CustodialKeyRow).where(CustodialKeyRow.tenant_id == tenant_id, CustodialKeyRow.key_id > after)
    return session.scalars(query.order_by(CustodialKeyRow.key_id).limit(limit)).all()
