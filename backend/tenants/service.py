"""Use cases of insurers: the operator adds them on the host, everybody else only finds them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from backend.problems import Problem
from backend.tenants import repository
from backend.tenants.repository import Tenant
from domain.hashing import checksum_address

log = structlog.get_logger()
MAX_TENANTS = 1_000
MAX_NAME = 120
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")


class TenantRefused(Exception):
    """An insurer cannot be added as asked. The text says why and what to do."""


def add(session: Session, *, name: str, slug: str, insurer_address: str | None, now: int) -> Tenant:
    """Add an insurer.

    Args:
        slug: What people name it by when they sign in: 3–40 of a–z, 0–9 and -.
        insurer_address: Its address in the registry of insurers, once it stands there.
        now: Unix seconds, wall clock.
    Raises:
        TenantRefused, AddressInvalid
    """
    if not _SLUG.fullmatch(slug):
        raise TenantRefused(f"slug {slug!r} is not 3 to 40 of a-z, 0-9 and -, beginning with a letter. Choose another.")
    if not 1 <= len(name.strip()) <= MAX_NAME:
        raise TenantRefused(f"name has {len(name.strip())} characters. Give it 1 to {MAX_NAME}.")
    if repository.by_slug(session, slug) is not None:
        raise TenantRefused(f"slug {slug!r} is taken. Choose another, or see `quittance tenant list`.")
    address = None if insurer_address is None else checksum_address(insurer_address)
    tenant = Tenant(uuid.uuid4(), name.strip(), slug, address, now)
    repository.add(session, tenant)
    log.info("tenant.added", tenant_id=str(tenant.tenant_id), slug=slug)
    return tenant


def find(session: Session, slug: str) -> Tenant:
    """The insurer people mean by `slug`.

    Raises:
        Problem: `tenant_unknown`.
    """
    found = repository.by_slug(session, slug)
    if found is None:
        raise Problem("tenant_unknown", f"tenant {slug[:40]!r} is not here. Take the insurer's name from its page.")
    return found


def get(session: Session, tenant_id: uuid.UUID) -> Tenant:
    """The insurer of this id.

    Raises:
        Problem: `tenant_unknown`.
    """
    found = repository.get(session, tenant_id)
    if found is None:
        raise Problem("tenant_unknown", f"tenant {tenant_id} is not here. See `quittance tenant list`.")
    return found


def is_known(session: Session, tenant_id: uuid.UUID) -> bool:
    """Whether there is such an insurer: a token says which it is for, and anybody can write one."""
    return repository.get(session, tenant_id) is not None


def insurer_address(session: Session, tenant_id: uuid.UUID) -> str | None:
    """Its address in the registry of insurers; None where it has none, or works without being added."""
    found = repository.get(session, tenant_id)
    return None if found is None else found.insurer_address


def every(session: Session) -> Sequence[Tenant]:
    """All insurers, by slug."""
    return repository.every(session, limit=MAX_TENANTS)
