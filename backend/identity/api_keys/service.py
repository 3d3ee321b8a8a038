"""Use cases of machines' keys: told once, scoped, ending, replaced with an overlap, revoked at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity import tokens
from backend.identity.api_keys import repository
from backend.identity.api_keys.repository import ApiKey
from backend.identity.grants.service import TWO_ADMINISTRATORS
from backend.identity.tokens import TokenKind
from backend.problems import Problem

log = structlog.get_logger()
MAX_VALID_SECONDS = 366 * 86_400
MAX_OVERLAP_SECONDS = 7 * 86_400
MAX_SCOPES = 100
USED_EVERY_SECONDS = 60
_SCOPE = re.compile(r"[a-z][a-z0-9_]{0,39}\.(\*|[a-z][a-z0-9_]{0,39})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key to be made. `scopes`: operations, or `subject.*`; `expires_at` in unix seconds."""

    label: str
    roles: frozenset[Role]
    scopes: frozenset[str]
    expires_at: int


@dataclass(frozen=True, slots=True)
class Made:
    """A key with its text, told once."""

    key: ApiKey
    text: str


def make(session: Session, tenant_id: uuid.UUID, wanted: Wanted, *, by: uuid.UUID | None, now: int) -> Made:
    """Make a key.

    Args:
        by: The administrator; None: the operator, on the host.
    Raises:
        Problem: `key_refused`.
    """
    _require_sensible(wanted, now)
    key = ApiKey(
        uuid.uuid4(), tenant_id, wanted.label.strip(), "", wanted.roles, wanted.scopes, by, now, wanted.expires_at
    )
    return _keep(session, key)


def rotate(
    session: Session, tenant_id: uuid.UUID, key_id: uuid.UUID, *,
    expires_at: int, overlap_seconds: int, by: uuid.UUID | None, now: int,
) -> Made:  # fmt: skip
    """Make the key that follows another; that one ends after the overlap.

    Raises:
        Problem: `key_unknown`, `key_refused`.
    """
    old = _existing(session, tenant_id, key_id, now)
    if not 0 <= overlap_seconds <= MAX_OVERLAP_SECONDS:
        raise Problem("key_refused", f"overlap_seconds {overlap_seconds} is not in 0 to {MAX_OVERLAP_SECONDS}.")
    _require_sensible(Wanted(old.label, old.roles, old.scopes, expires_at), now)
    fresh = replace(
        old, key_id=uuid.uuid4(), made_by=by, made_at=now, expires_at=expires_at, last_used_at=None, replaces=key_id
    )
    repository.shorten(session, key_id, expires_at=min(old.expires_at, now + overlap_seconds))
    return _keep(session, fresh)


def revoke(session: Session, tenant_id: uuid.UUID, key_id: uuid.UUID, *, now: int) -> None:
    """End a key at once.

    Raises:
        Problem: `key_unknown`.
    """
    _existing(session, tenant_id, key_id, now)
    repository.revoke(session, key_id, now=now)
    log.info("api_key.revoked", key_id=str(key_id))


def revoke_made_by(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> int:
    """End at once every key that was told to a person, who may have kept it; how many."""
    ended = repository.revoke_made_by(session, tenant_id, person_id, now=now)
    for key_id in ended:
        log.info("api_key.revoked", key_id=str(key_id))
    return len(ended)


def page(
    session: Session, tenant_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int = 500
) -> Sequence[ApiKey]:
    """Keys by id, those that ended too."""
    return repository.page(session, tenant_id, after=after, limit=limit)


def find(session: Session, text: str, *, now: int) -> ApiKey:
    """The key a machine shows.

    Raises:
        Problem: `key_invalid`.
    """
    token = tokens.read(text)
    key = None
    if token is not None and token.kind is TokenKind.API_KEY:
        key = repository.by_digest(session, token.tenant_id, token.digest)
    if key is None or not key.in_force(now):
        raise Problem("key_invalid", "The API key is unknown, revoked or has ended. Ask the insurer for another.")
    if key.last_used_at is None or now - key.last_used_at >= USED_EVERY_SECONDS:
        repository.use(session, key.key_id, now=now)
    return key


def _keep(session: Session, key: ApiKey) -> Made:
    text = tokens.make(TokenKind.API_KEY, key.tenant_id)
    named = replace(key, prefix=text[: tokens.PREFIX_CHARACTERS])
    repository.add(session, named, tokens.digest(text.encode("ascii")))
    log.info("api_key.made", key_id=str(named.key_id), prefix=named.prefix)
    return Made(named, text)


def _existing(session: Session, tenant_id: uuid.UUID, key_id: uuid.UUID, now: int) -> ApiKey:
    key = repository.get(session, tenant_id, key_id)
    if key is None or not key.in_force(now):
        raise Problem("key_unknown", f"key_id {key_id} is not in force here. See GET /v1/api-keys.")
    return key


def _require_sensible(wanted: Wanted, now: int) -> None:
    wrong = sorted(scope for scope in wanted.scopes if not _SCOPE.fullmatch(scope))
    if wrong:
        raise Problem("key_refused", f"scope {wrong[0][:80]!r} is not an operation such as claims.decide or claims.*.")
    if not 1 <= len(wanted.scopes) <= MAX_SCOPES:
        raise Problem("key_refused", f"scopes has {len(wanted.scopes)} entries. Give 1 to {MAX_SCOPES}.")
    ruling = sorted(wanted.roles & TWO_ADMINISTRATORS)
    if ruling:
        raise Problem("key_refused", f"role {ruling[0]} is for people who show a second factor. Leave it out.")
    if not wanted.roles:
        raise Problem("key_refused", "roles is empty, so the key could do nothing. Give at least one.")
    if not now < wanted.expires_at <= now + MAX_VALID_SECONDS:
        raise Problem("key_refused", f"expires_at {wanted.expires_at} is past or over a year away. Give a nearer time.")
