"""Every query about insurers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.tenants.models import TenantRow


@dataclass(frozen=True, slots=True)
class Tenant:
    """An insurer. `created_at` in unix seconds of the wall clock."""

    tenant_id: uuid.UUID
    name: str
    slug: str
    insurer_address: str | None
    created_at: int


def add(session: Session, tenant: Tenant) -> None:
    """Keep a new insurer."""
    values = {
        "tenant_id": tenant.tenant_id, "name": tenant.name, "slug": tenant.slug,
        "insurer_address": tenant.insurer_address, "created_at": tenant.created_at,
    }  # fmt: skip
    session.execute(insert(TenantRow).values(values))


def by_slug(session: Session, slug: str) -> Tenant | None:
    """The insurer of this slug."""
    row = session.scalar(select(TenantRow).where(TenantRow.slug == slug))
    return None if row is None else _tenant(row)


def get(session: Session, tenant_id: uuid.UUID) -> Tenant | None:
    """The insurer of this id."""
    row = session.get(TenantRow, tenant_id)
    return None if row is None else _tenant(row)


def every(session: Session, *, limit: int) -> Sequence[Tenant]:
    """Insurers by slug."""
    return [_tenant(row) for row in session.scalars(select(TenantRow).order_by(TenantRow.slug).limit(limit))]


def _tenant(row: TenantRow) -> Tenant:
    return Tenant(row.tenant_id, row.name, row.slug, row.insurer_address, row.created_at)
