"""Principals that tests ask as: two insurers, people of every role."""

from __future__ import annotations

from uuid import UUID

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role

ACME, OTHER = UUID(int=1), UUID(int=2)
ADA, BEN = UUID(int=11), UUID(int=12)
NOW = 1_800_000_000


def person(
    *roles: Role,
    person_id: UUID = ADA,
    tenant: UUID = ACME,
    strong_at: int | None = NOW,
) -> Principal:
    """Somebody of a tenant, with a second factor just shown."""
    return Principal(PrincipalKind.PERSON, person_id, tenant, frozenset(roles), None, strong_at)


def machine(*roles: Role, scopes: frozenset[str]) -> Principal:
    """A machine of the first tenant."""
    return Principal(PrincipalKind.MACHINE, UUID(int=99), ACME, frozenset(roles), scopes)
