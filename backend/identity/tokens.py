"""Secrets we hand out: random, told apart by their beginning, kept as hashes only.

A token names its insurer, so that it is looked for inside that insurer's rows and nowhere else. 256 random bits need
no slow hash: SHA-256 of them cannot be guessed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from enum import StrEnum

RANDOM_BYTES = 32
_TENANT_BYTES = 16
_BODY_CHARACTERS = 64
PREFIX_CHARACTERS = 11


class TokenKind(StrEnum):
    """What a token opens; how it begins."""

    SESSION = "qs"
    API_KEY = "qk"
    TICKET = "qt"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it was handed in.

    Args:
        prefix: Its public beginning, by which people tell keys apart.
        digest: What is kept of it.
    """

    kind: TokenKind
    tenant_id: uuid.UUID
    prefix: str
    digest: bytes


def make(kind: TokenKind, tenant_id: uuid.UUID) -> str:
    """A new token: `qk_1f2e3d4c_…`, 8 hex digits to know it by and 256 random bits behind them."""
    body = base64.urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(RANDOM_BYTES)).decode("ascii")
    return f"{kind}_{secrets.token_hex(4)}_{body}"


def read(text: str) -> Token | None:
    """What a text says as a token; None when it is none of ours."""
    kind, body = text[:2], text[PREFIX_CHARACTERS + 1 :]
    if kind not in set(TokenKind) or len(body) != _BODY_CHARACTERS or text[PREFIX_CHARACTERS] != "_":
        return None
    try:
        raw = base64.b64decode(body.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    tenant_id = uuid.UUID(bytes=raw[:_TENANT_BYTES])
    return Token(TokenKind(kind), tenant_id, text[:PREFIX_CHARACTERS], digest(text.encode("ascii")))


def digest(secret: bytes) -> bytes:
    """What is kept of a secret of at least 128 random bits."""
    return hashlib.sha256(secret).digest()


def csrf_of(session_token: str) -> str:
    """What a page must send beside the cookie of this session: only who knows the cookie can work it out."""
    mark = hmac.new(session_token.encode("utf-8"), b"quittance/csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mark).decode("ascii").rstrip("=")


def same(first: str, second: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(first.encode("utf-8"), second.encode("utf-8"))
