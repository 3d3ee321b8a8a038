"""Every query about one-time codes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.identity.totp.models import RecoveryCodeRow, TotpRow


@dataclass(frozen=True, slots=True)
class TotpApp:
    """A person's app. `last_step`: the latest 30-second step whose code was taken."""

    secret_sealed: bytes
    confirmed: bool
    last_step: int


def get(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> TotpApp | None:
    """A person's app."""
    row = session.execute(
        select(TotpRow.secret_sealed, TotpRow.confirmed_at, TotpRow.last_step).where(
            TotpRow.tenant_id == tenant_id, TotpRow.person_id == person_id
        )
    ).one_or_none()
    return None if row is None else TotpApp(bytes(row.secret_sealed), row.confirmed_at is not None, row.last_step)


def put(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, secret_sealed: bytes) -> bool:
    """Keep a new secret that still has to be confirmed. False where one is confirmed."""
    values = {"person_id": person_id, "tenant_id": tenant_id, "secret_sealed": secret_sealed, "last_step": 0}
    statement = upsert(TotpRow).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"secret_sealed": statement.excluded.secret_sealed, "last_step": 0},
        where=TotpRow.confirmed_at.is_(None),
    )
    return session.scalar(statement.returning(TotpRow.person_id)) is not None


def take_step(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, step: int) -> bool:
    """Use the code of a step up. False when it, or a later one, was used: no code counts twice."""
    statement = (
        update(TotpRow)
        .where(TotpRow.tenant_id == tenant_id, TotpRow.person_id == person_id, TotpRow.last_step < step)
        .values(last_step=step)
        .returning(TotpRow.person_id)
    )
    return session.scalar(statement) is not None


def confirm(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> None:
    """Let the app count."""
    session.execute(
        update(TotpRow).where(TotpRow.tenant_id == tenant_id, TotpRow.person_id == person_id).values(confirmed_at=now)
    )


def remove(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Forget a person's app. False when there was none."""
    statement = delete(TotpRow).where(TotpRow.tenant_id == tenant_id, TotpRow.person_id == person_id)
    return session.scalar(statement.returning(TotpRow.person_id)) is not None


def replace_codes(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, lookups: Sequence[bytes]) -> None:
    """Keep these recovery codes instead of all before."""
    session.execute(
        delete(RecoveryCodeRow).where(RecoveryCodeRow.tenant_id == tenant_id, RecoveryCodeRow.person_id == person_id)
    )
    rows = [{"person_id": person_id, "tenant_id": tenant_id, "code_lookup": lookup} for lookup in lookups]
    if rows:
        session.execute(insert(RecoveryCodeRow), rows)


def take_code(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, lookup: bytes) -> bool:
    """Use a recovery code up. False when there is no such code."""
    statement = delete(RecoveryCodeRow).where(
        RecoveryCodeRow.tenant_id == tenant_id, RecoveryCodeRow.person_id == person_id,
        RecoveryCodeRow.code_lookup == lookup,
    )  # fmt: skip
    return session.scalar(statement.returning(RecoveryCodeRow.person_id)) is not None


def codes_left(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """How many recovery codes a person still has."""
    statement = select(func.count()).select_from(RecoveryCodeRow)
    where = (RecoveryCodeRow.tenant_id == tenant_id, RecoveryCodeRow.person_id == person_id)
    return int(session.scalar(statement.where(*where)) or 0)
