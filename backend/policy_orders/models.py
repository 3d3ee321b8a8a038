"""Table of orders about policies."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base

ENDORSEMENT, CANCELLATION = "endorsement", "cancellation"
REQUESTED, OFFERED, ACCEPTED = "requested", "offered", "accepted"
DONE, DECLINED, WITHDRAWN, EXPIRED, FAILED = "done", "declined", "withdrawn", "expired", "failed"
STATES = (REQUESTED, OFFERED, ACCEPTED, DONE, DECLINED, WITHDRAWN, EXPIRED, FAILED)
OPEN = (REQUESTED, OFFERED, ACCEPTED)
"""An order waits for the underwriter, waits for the holder, or is on its way. A policy has one open order at most."""


class PolicyOrderRow(Base):
    """A change or an end of a policy, word for word as it is signed; `digest` is what is signed."""

    __tablename__ = "policy_orders"
    __table_args__ = (
        Index(
            "uq_policy_orders_open", "product", "policy_id", unique=True,
            postgresql_where=text("state IN ('requested', 'offered', 'accepted')"),
        ),
        Index("ix_policy_orders_person", "tenant_id", "person_id"),
        Index("ix_policy_orders_queue", "tenant_id", "state", "requested_at", "order_id"),
    )  # fmt: skip
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    order: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    requested_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    requested_at: Mapped[int] = mapped_column(BigInteger)
    underwriter_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    signed_at: Mapped[int | None] = mapped_column(BigInteger)
    ground: Mapped[str | None] = mapped_column(String(24))
    acceptance: Mapped[bytes | None] = mapped_column(LargeBinary)
    accepted_at: Mapped[int | None] = mapped_column(BigInteger)
    intent_key: Mapped[str | None] = mapped_column(String(120))
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
