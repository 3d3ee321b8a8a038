"""Use cases of secrets for one use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from backend.identity import tokens
from backend.identity.tickets import repository
from backend.identity.tickets.repository import Purpose, Ticket
from backend.identity.tokens import TokenKind

__all__ = ["Purpose", "Ticket", "forget", "issue", "issue_token", "redeem", "redeem_token"]
KEPT_SECONDS = 86_400


def issue(
    session: Session, tenant_id: uuid.UUID, purpose: Purpose, secret: bytes, *,
    now: int, valid_seconds: int, person_id: uuid.UUID | None = None, body: Mapping[str, str] | None = None,
) -> int:  # fmt: skip
    """Keep the hash of a secret that can be used once.

    Args:
        secret: At least 128 random bits.
    Returns:
        When it expires, unix seconds.
    """
    repository.remove_expired(session, tenant_id, now - KEPT_SECONDS)
    expires_at = now + valid_seconds
    ticket = Ticket(tokens.digest(secret), tenant_id, purpose, expires_at, person_id, body or {})
    repository.add(session, ticket)
    return expires_at


def issue_token(
    session: Session, tenant_id: uuid.UUID, purpose: Purpose, *, now: int, valid_seconds: int, person_id: uuid.UUID
) -> str:
    """A new token for one use by a person, which replaces those it had for the same."""
    repository.remove_of_person(session, tenant_id, person_id, purpose=purpose)
    token = tokens.make(TokenKind.TICKET, tenant_id)
    secret = token.encode("ascii")
    issue(session, tenant_id, purpose, secret, now=now, valid_seconds=valid_seconds, person_id=person_id)
    return token


def redeem(session: Session, tenant_id: uuid.UUID, purpose: Purpose, secret: bytes, *, now: int) -> Ticket | None:
    """Use a ticket up; None when there is none, or it was used, or its time is past."""
    return repository.redeem(session, tenant_id, purpose, tokens.digest(secret), now)


def redeem_token(session: Session, token: str, purposes: tuple[Purpose, ...], *, now: int) -> Ticket | None:
    """Use a token up for the first of `purposes` it is for."""
    parsed = tokens.read(token)
    if parsed is None or parsed.kind is not TokenKind.TICKET:
        return None
    for purpose in purposes:
        ticket = repository.redeem(session, parsed.tenant_id, purpose, parsed.digest, now)
        if ticket is not None:
            return ticket
    return None


def forget(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Make every ticket of a person worthless."""
    repository.remove_of_person(session, tenant_id, person_id)
