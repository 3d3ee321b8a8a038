"""Every query about OpenID providers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity.oidc.models import OidcGroupRow, OidcLinkRow, OidcProviderRow


@dataclass(frozen=True, slots=True)
class Provider:
    """An insurer's provider.

    Args:
        group_claim: Claim of the ID token that lists groups.
        trusts_second_factor: Whether `amr` of the ID token counts as a second factor.
    """

    tenant_id: uuid.UUID
    issuer: str
    client_id: str
    client_secret_sealed: bytes | None
    group_claim: str
    trusts_second_factor: bool


def put(session: Session, provider: Provider, *, now: int) -> None:
    """Keep an insurer's provider instead of the one before."""
    values = {
        "tenant_id": provider.tenant_id, "issuer": provider.issuer, "client_id": provider.client_id,
        "client_secret_sealed": provider.client_secret_sealed, "group_claim": provider.group_claim,
        "trusts_second_factor": provider.trusts_second_factor, "changed_at": now,
    }  # fmt: skip
    statement = upsert(OidcProviderRow).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


def get(session: Session, tenant_id: uuid.UUID) -> Provider | None:
    """An insurer's provider."""
    row = session.get(OidcProviderRow, tenant_id)
    if row is None:
        return None
    return Provider(
        row.tenant_id, row.issuer, row.client_id, row.client_secret_sealed, row.group_claim, row.trusts_second_factor
    )


def put_groups(session: Session, tenant_id: uuid.UUID, pairs: Iterable[tuple[str, Role]]) -> None:
    """Keep these groups instead of all before."""
    session.execute(delete(OidcGroupRow).where(OidcGroupRow.tenant_id == tenant_id))
    rows = [{"tenant_id": tenant_id, "group_name": group, "role": role.value} for group, role in sorted(set(pairs))]
    if rows:
        session.execute(insert(OidcGroupRow), rows)


def roles_of_groups(session: Session, tenant_id: uuid.UUID, groups: Iterable[str]) -> frozenset[Role]:
    """Roles that groups give."""
    statement = select(OidcGroupRow.role)
    where = (OidcGroupRow.tenant_id == tenant_id, OidcGroupRow.group_name.in_(sorted(set(groups))))
    return frozenset(Role(role) for role in session.scalars(statement.where(*where)))


def person_of(session: Session, tenant_id: uuid.UUID, issuer: str, subject: str) -> uuid.UUID | None:
    """Who a subject is here."""
    return session.scalar(
        select(OidcLinkRow.person_id).where(
            OidcLinkRow.tenant_id == tenant_id, OidcLinkRow.issuer == issuer, OidcLinkRow.subject == subject
        )
    )


def has_link(session: Session, tenant_id: uuid.UUID, issuer: str, person_id: uuid.UUID) -> bool:
    """Whether a person is linked to a subject of this provider; nobody links it before the transaction ends."""
    key = "SELECT pg_advisory_xact_lock(hashtextextended('quittance/oidc-links/' || :person, 0))"
    session.execute(text(key), {"person": str(person_id)})
    statement = select(OidcLinkRow.subject).where(
        OidcLinkRow.tenant_id == tenant_id, OidcLinkRow.issuer == issuer, OidcLinkRow.person_id == person_id
    )
    return session.scalar(statement.limit(1)) is not None


def link(session: Session, tenant_id: uuid.UUID, issuer: str, subject: str, person_id: uuid.UUID, *, now: int) -> None:
    """Remember who a subject is."""
    values = {
        "tenant_id": tenant_id, "issuer": issuer, "subject": subject, "person_id": person_id, "linked_at": now
    }  # fmt: skip
    session.execute(insert(OidcLinkRow).values(values))


def unlink(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget who a person is at the provider."""
    mine = (OidcLinkRow.tenant_id == tenant_id) & (OidcLinkRow.person_id == person_id)
    session.execute(delete(OidcLinkRow).where(mine))
