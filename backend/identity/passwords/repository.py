"""Every query about passwords."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.identity.passwords.models import PasswordRow


def get(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> str | None:
    """A person's hash, None without a password."""
    return session.scalar(
        select(PasswordRow.hashed).where(PasswordRow.tenant_id == tenant_id, PasswordRow.person_id == person_id)
    )


def put(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, hashed: str, *, now: int) -> None:
    """Keep a person's hash instead of any before."""
    values = {"person_id": person_id, "tenant_id": tenant_id, "hashed": hashed, "changed_at": now}
    statement = upsert(PasswordRow).values(values)
    changes = {"hashed": statement.excluded.hashed, "changed_at": statement.excluded.changed_at}
    session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=changes))


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget a person's hash."""
    mine = (PasswordRow.tenant_id == tenant_id) & (PasswordRow.person_id == person_id)
    session.execute(delete(PasswordRow).where(mine))
