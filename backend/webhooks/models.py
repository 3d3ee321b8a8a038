"""Tables of webhooks. Times are unix seconds of the wall clock; what is signed or secret is sealed."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base

_ENDPOINT = "webhook_endpoints.endpoint_id"


class WebhookEndpointRow(Base):
    """Where a tenant wants to be told. `failing_since` is set while no delivery to it succeeds."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_tenant_id", "tenant_id", "endpoint_id"),)
    endpoint_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(200))
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(Integer)
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[int] = mapped_column(BigInteger)


class WebhookSecretRow(Base):
    """A signing secret, sealed. Several are good at once while they are exchanged."""

    __tablename__ = "webhook_secrets"
    secret_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ENDPOINT, ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    good_until: Mapped[int | None] = mapped_column(BigInteger)


class WebhookMessageRow(Base):
    """Something that happened, written with it in one transaction. `spread_at`: when deliveries were made of it."""

    __tablename__ = "webhook_messages"
    __table_args__ = (Index("ix_webhook_messages_unspread", "created_at", postgresql_where="spread_at IS NULL"),)
    message_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    event_type: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    only_endpoint: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    created_at: Mapped[int] = mapped_column(BigInteger)
    spread_at: Mapped[int | None] = mapped_column(BigInteger)


class WebhookDeliveryRow(Base):
    """A message on its way to one endpoint. waiting -> delivered | given_up; redelivery puts it back to waiting."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("uq_webhook_deliveries_message", "message_id", "endpoint_id", unique=True),
        Index("ix_webhook_deliveries_due", "next_attempt_at", postgresql_where="state = 'waiting'"),
        Index("ix_webhook_deliveries_endpoint", "endpoint_id", "created_at", "delivery_id"),
    )
    delivery_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_messages.message_id", ondelete="CASCADE"))
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ENDPOINT, ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    next_attempt_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class WebhookAttemptRow(Base):
    """One try: the delivery log. `status` is the receiver's, `failure` says why there is none."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_delivery_id", "delivery_id", "attempted_at"),)
    attempt_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_deliveries.delivery_id", ondelete="CASCADE"))
    attempted_at: Mapped[int] = mapped_column(BigInteger)
    milliseconds: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    failure: Mapped[str | None] = mapped_column(String(200))
