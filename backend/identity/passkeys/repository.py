"""Every query about passkeys."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.identity.passkeys.models import PasskeyRow


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey; times in unix seconds of the wall clock. `backed_up`: its maker copies it to other devices."""

    credential_id: bytes
    tenant_id: uuid.UUID
    person_id: uuid.UUID
    public_key: bytes
    sign_count: int
    label: str
    backed_up: bool
    created_at: int
    last_used_at: int | None = None


def add(session: Session, passkey: Passkey) -> bool:
    """Keep a new passkey. False when it is known already."""
    values = {
        "credential_id": passkey.credential_id, "tenant_id": passkey.tenant_id, "person_id": passkey.person_id,
        "public_key": passkey.public_key, "sign_count": passkey.sign_count, "label": passkey.label,
        "backed_up": passkey.backed_up, "created_at": passkey.created_at,
    }  # fmt: skip
    statement = upsert(PasskeyRow).values(values).on_conflict_do_nothing().returning(PasskeyRow.credential_id)
    return session.scalar(statement) is not None


def get(session: Session, tenant_id: uuid.UUID, credential_id: bytes) -> Passkey | None:
    """One passkey, held until the transaction ends."""
    row = session.scalar(
        select(PasskeyRow)
        .where(PasskeyRow.tenant_id == tenant_id, PasskeyRow.credential_id == credential_id)
        .with_for_update()
    )
    return None if row is None else _passkey(row)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Passkey]:
    """A person's passkeys, oldest first."""
    statement = select(PasskeyRow).where(PasskeyRow.tenant_id == tenant_id, PasskeyRow.person_id == person_id)
    return [_passkey(row) for row in session.scalars(statement.order_by(PasskeyRow.created_at))]


def use(session: Session, passkey: Passkey, sign_count: int, *, now: int) -> None:
    """Remember the counter of the last signature."""
    session.execute(
        update(PasskeyRow)
        .where(PasskeyRow.tenant_id == passkey.tenant_id, PasskeyRow.credential_id == passkey.credential_id)
        .values(sign_count=sign_count, last_used_at=now)
    )


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, credential_id: bytes) -> bool:
    """Forget a person's passkey. False when there is no such one."""
    statement = delete(PasskeyRow).where(
        PasskeyRow.tenant_id == tenant_id, PasskeyRow.person_id == person_id,
        PasskeyRow.credential_id == credential_id,
    )  # fmt: skip
    return session.scalar(statement.returning(PasskeyRow.credential_id)) is not None


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        bytes(row.credential_id), row.tenant_id, row.person_id, bytes(row.public_key), row.sign_count, row.label,
        row.backed_up, row.created_at, row.last_used_at,
    )  # fmt: skip
