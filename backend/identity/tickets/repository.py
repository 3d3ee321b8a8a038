"""Every query about secrets for one use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from backend.identity.tickets.models import TicketRow


class Purpose(StrEnum):
    """What a ticket is for. It is good for nothing else."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    PASSKEY_REGISTRATION = "passkey_registration"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_STEP_UP = "passkey_step_up"
    WALLET = "wallet"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A secret for one use. `expires_at` in unix seconds of the wall clock."""

    digest: bytes
    tenant_id: uuid.UUID
    purpose: Purpose
    expires_at: int
    person_id: uuid.UUID | None = None
    body: Mapping[str, str] = field(default_factory=dict)


def add(session: Session, ticket: Ticket) -> None:
    """Keep a new ticket."""
    values = {
        "digest": ticket.digest, "tenant_id": ticket.tenant_id, "person_id": ticket.person_id,
        "purpose": ticket.purpose.value, "body": dict(ticket.body), "expires_at": ticket.expires_at,
    }  # fmt: skip
    session.execute(insert(TicketRow).values(values))


def redeem(session: Session, tenant_id: uuid.UUID, purpose: Purpose, digest: bytes, now: int) -> Ticket | None:
    """Use a ticket up; None when there is none, or it was used, or its time is past."""
    statement = (
        update(TicketRow)
        .where(
            TicketRow.digest == digest, TicketRow.tenant_id == tenant_id, TicketRow.purpose == purpose.value,
            TicketRow.used_at.is_(None), TicketRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(TicketRow.person_id, TicketRow.body, TicketRow.expires_at)
    )  # fmt: skip
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return Ticket(digest, tenant_id, purpose, row.expires_at, row.person_id, row.body)


def remove_of_person(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, purpose: Purpose | None = None
) -> None:
    """Forget the tickets of a person for a purpose; without one, every ticket."""
    statement = delete(TicketRow).where(TicketRow.tenant_id == tenant_id, TicketRow.person_id == person_id)
    session.execute(statement if purpose is None else statement.where(TicketRow.purpose == purpose.value))


def remove_expired(session: Session, tenant_id: uuid.UUID, before: int) -> None:
    """Forget tickets whose time was past before `before`."""
    session.execute(delete(TicketRow).where(TicketRow.tenant_id == tenant_id, TicketRow.expires_at < before))
