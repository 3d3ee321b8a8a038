"""Tables of OpenID providers."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class OidcProviderRow(Base):
    """The provider of one insurer."""

    __tablename__ = "oidc_providers"
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    group_claim: Mapped[str] = mapped_column(String(60))
    trusts_second_factor: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[int] = mapped_column(BigInteger)


class OidcGroupRow(Base):
    """What a group at the provider may be here. A group without a row gives nothing."""

    __tablename__ = "oidc_group_roles"
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(200), primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)


class OidcLinkRow(Base):
    """Who somebody at the provider is here."""

    __tablename__ = "oidc_links"
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.person_id", ondelete="CASCADE"))
    linked_at: Mapped[int] = mapped_column(BigInteger)
