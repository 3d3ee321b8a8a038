"""Every query about machines' keys."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity.api_keys.models import ApiKeyRow


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A machine's key; times in unix seconds of the wall clock. Without `made_by` the operator made it."""

    key_id: uuid.UUID
    tenant_id: uuid.UUID
    label: str
    prefix: str
    roles: frozenset[Role]
    scopes: frozenset[str]
    made_by: uuid.UUID | None
    made_at: int
    expires_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None
    replaces: uuid.UUID | None = None

    def in_force(self, now: int) -> bool:
        """Whether it counts at unix second `now`."""
        return self.revoked_at is None and now < self.expires_at


def add(session: Session, key: ApiKey, digest: bytes) -> None:
    """Keep a new key."""
    values = {
        "key_id": key.key_id, "tenant_id": key.tenant_id, "label": key.label, "prefix": key.prefix, "digest": digest,
        "roles": sorted(role.value for role in key.roles), "scopes": sorted(key.scopes), "made_by": key.made_by,
        "made_at": key.made_at, "expires_at": key.expires_at, "replaces": key.replaces,
    }  # fmt: skip
    session.execute(insert(ApiKeyRow).values(values))


def by_digest(session: Session, tenant_id: uuid.UUID, digest: bytes) -> ApiKey | None:
    """The key of a token."""
    row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.tenant_id == tenant_id, ApiKeyRow.digest == digest))
    return None if row is None else _key(row)


def get(session: Session, tenant_id: uuid.UUID, key_id: uuid.UUID) -> ApiKey | None:
    """One key, held until the transaction ends."""
    row = session.scalar(
        select(ApiKeyRow).where(ApiKeyRow.tenant_id == tenant_id, ApiKeyRow.key_id == key_id).with_for_update()
    )
    return None if row is None else _key(row)


def page(session: Session, tenant_id: uuid.UUID, *, after: uuid.UUID | None, limit: int) -> Sequence[ApiKey]:
    """Keys by id, revoked ones too; `after` is the keyset cursor."""
    statement = select(ApiKeyRow).where(ApiKeyRow.tenant_id == tenant_id).order_by(ApiKeyRow.key_id).limit(limit)
    if after is not None:
        statement = statement.where(ApiKeyRow.key_id > after)
    return [_key(row) for row in session.scalars(statement)]


def use(session: Session, key_id: uuid.UUID, *, now: int) -> None:
    """Remember that a key was used."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.key_id == key_id).values(last_used_at=now))


def shorten(session: Session, key_id: uuid.UUID, *, expires_at: int) -> None:
    """Let a key end earlier."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.key_id == key_id).values(expires_at=expires_at))


def revoke(session: Session, key_id: uuid.UUID, *, now: int) -> None:
    """End a key."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.key_id == key_id).values(revoked_at=now))


def revoke_made_by(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> list[uuid.UUID]:
    """End the keys of a maker that count; which."""
    statement = (
        update(ApiKeyRow)
        .where(
            ApiKeyRow.tenant_id == tenant_id, ApiKeyRow.made_by == person_id, ApiKeyRow.revoked_at.is_(None),
            ApiKeyRow.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(ApiKeyRow.key_id)
    )  # fmt: skip
    return list(session.scalars(statement))


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        row.key_id, row.tenant_id, row.label, row.prefix, frozenset(map(Role, row.roles)), frozenset(row.scopes),
        row.made_by, row.made_at, row.expires_at, row.last_used_at, row.revoked_at, row.replaces,
    )  # fmt: skip
