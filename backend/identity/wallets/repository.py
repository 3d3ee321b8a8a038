"""Every query about wallets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.identity.wallets.models import WalletRow


@dataclass(frozen=True, slots=True)
class Wallet:
    """A person's address; `linked_at` in unix seconds of the wall clock."""

    address: str
    person_id: uuid.UUID
    linked_at: int


def add(session: Session, tenant_id: uuid.UUID, wallet: Wallet) -> uuid.UUID:
    """Keep an address. Returns whose it is: somebody else's when that person was first."""
    values = {
        "tenant_id": tenant_id, "address": wallet.address, "person_id": wallet.person_id, "linked_at": wallet.linked_at
    }  # fmt: skip
    session.execute(upsert(WalletRow).values(values).on_conflict_do_nothing())
    owner = person_of(session, tenant_id, wallet.address)
    return wallet.person_id if owner is None else owner


def person_of(session: Session, tenant_id: uuid.UUID, address: str) -> uuid.UUID | None:
    """Whose address it is."""
    statement = select(WalletRow.person_id)
    return session.scalar(statement.where(WalletRow.tenant_id == tenant_id, WalletRow.address == address))


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Wallet]:
    """A person's addresses, latest first."""
    statement = (
        select(WalletRow)
        .where(WalletRow.tenant_id == tenant_id, WalletRow.person_id == person_id)
        .order_by(WalletRow.linked_at.desc(), WalletRow.address)
    )
    return [Wallet(row.address, row.person_id, row.linked_at) for row in session.scalars(statement)]


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str) -> bool:
    """Forget a person's address. False when it is none of theirs."""
    statement = delete(WalletRow).where(
        WalletRow.tenant_id == tenant_id, WalletRow.person_id == person_id, WalletRow.address == address
    )
    return session.scalar(statement.returning(WalletRow.person_id)) is not None
