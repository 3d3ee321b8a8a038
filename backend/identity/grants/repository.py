"""Every query about grants."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, insert, or_, select, text, update
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity.grants.models import GrantRow
from backend.identity.people.models import PersonRow


class Source(StrEnum):
    """Where a grant comes from."""

    PERSON = "person"
    OPERATOR = "operator"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person; times in unix seconds of the wall clock."""

    grant_id: uuid.UUID
    tenant_id: uuid.UUID
    person_id: uuid.UUID
    role: Role
    source: Source
    granted_by: uuid.UUID | None
    granted_at: int
    approved_by: uuid.UUID | None = None
    approved_at: int | None = None
    expires_at: int | None = None
    last_used_at: int | None = None
    revoked_by: uuid.UUID | None = None
    revoked_at: int | None = None

    def in_force(self, now: int) -> bool:
        """Whether it counts at unix second `now`."""
        approved = self.approved_at is not None and self.revoked_at is None
        return approved and (self.expires_at is None or now < self.expires_at)


def add(session: Session, grant: Grant) -> None:
    """Keep a new grant."""
    values = {
        "grant_id": grant.grant_id, "tenant_id": grant.tenant_id, "person_id": grant.person_id,
        "role": grant.role.value, "source": grant.source.value, "granted_by": grant.granted_by,
        "granted_at": grant.granted_at, "approved_by": grant.approved_by, "approved_at": grant.approved_at,
        "expires_at": grant.expires_at,
    }  # fmt: skip
    session.execute(insert(GrantRow).values(values))


def get(session: Session, tenant_id: uuid.UUID, grant_id: uuid.UUID) -> Grant | None:
    """One grant, held until the transaction ends."""
    row = session.scalar(
        select(GrantRow).where(GrantRow.tenant_id == tenant_id, GrantRow.grant_id == grant_id).with_for_update()
    )
    return None if row is None else _grant(row)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Grant]:
    """All grants of a person, oldest first."""
    statement = select(GrantRow).where(GrantRow.tenant_id == tenant_id, GrantRow.person_id == person_id)
    return [_grant(row) for row in session.scalars(statement.order_by(GrantRow.granted_at, GrantRow.grant_id))]


def page(session: Session, tenant_id: uuid.UUID, *, now: int, after: uuid.UUID | None, limit: int) -> Sequence[Grant]:
    """Grants that count or wait for approval, by id; `after` is the keyset cursor."""
    statement = (
        select(GrantRow)
        .where(GrantRow.tenant_id == tenant_id, GrantRow.revoked_at.is_(None), _not_expired(now))
        .order_by(GrantRow.grant_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(GrantRow.grant_id > after)
    return [_grant(row) for row in session.scalars(statement)]


def holders(session: Session, tenant_id: uuid.UUID, role: Role, *, now: int) -> set[uuid.UUID]:
    """People who have a role now and are not shut out."""
    statement = (
        select(GrantRow.person_id)
        .join(PersonRow, PersonRow.person_id == GrantRow.person_id)
        .where(
            GrantRow.tenant_id == tenant_id, GrantRow.role == role.value, GrantRow.revoked_at.is_(None),
            GrantRow.approved_at.is_not(None), _not_expired(now), PersonRow.disabled_at.is_(None),
        )
    )  # fmt: skip
    return set(session.scalars(statement))


def hold_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether there is such a person and is not shut out; nobody shuts it out before the transaction ends."""
    query = select(PersonRow.disabled_at.is_(None)).where(
        PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id
    )
    return bool(session.scalar(query.with_for_update(read=True)))


def lock_roles(session: Session, tenant_id: uuid.UUID) -> None:
    """Let one change of a tenant's grants happen at a time, so that rules about others' grants hold."""
    key = "SELECT pg_advisory_xact_lock(hashtextextended('quittance/grants/' || :tenant, 0))"
    session.execute(text(key), {"tenant": str(tenant_id)})


def approve(session: Session, grant_id: uuid.UUID, by: uuid.UUID, *, now: int) -> None:
    """Let a grant count."""
    change = {"approved_by": by, "approved_at": now}
    session.execute(update(GrantRow).where(GrantRow.grant_id == grant_id).values(change))


def revoke(session: Session, grant_id: uuid.UUID, by: uuid.UUID | None, *, now: int) -> None:
    """End a grant."""
    change = {"revoked_by": by, "revoked_at": now}
    session.execute(update(GrantRow).where(GrantRow.grant_id == grant_id).values(change))


def extend(session: Session, grant_id: uuid.UUID, *, expires_at: int) -> None:
    """Let a grant end later."""
    session.execute(update(GrantRow).where(GrantRow.grant_id == grant_id).values(expires_at=expires_at))


def touch(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int, not_since: int) -> None:
    """Remember that a person acted with the roles it has, unless that is written since `not_since`."""
    session.execute(
        update(GrantRow)
        .where(
            GrantRow.tenant_id == tenant_id, GrantRow.person_id == person_id, GrantRow.revoked_at.is_(None),
            GrantRow.approved_at.is_not(None), _not_expired(now),
            or_(GrantRow.last_used_at.is_(None), GrantRow.last_used_at < not_since),
        )
        .values(last_used_at=now)
    )  # fmt: skip


def _not_expired(now: int) -> ColumnElement[bool]:
    return or_(GrantRow.expires_at.is_(None), GrantRow.expires_at > now)


def _grant(row: GrantRow) -> Grant:
    return Grant(
        row.grant_id, row.tenant_id, row.person_id, Role(row.role), Source(row.source), row.granted_by, row.granted_at,
        row.approved_by, row.approved_at, row.expires_at, row.last_used_at, row.revoked_by, row.revoked_at,
    )  # fmt: skip
