"""Machines' keys in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.access.roles import Role
from backend.fields import Input, View

ExpiresAt = Annotated[int, Field(ge=0, lt=1 << 40, description="Unix seconds, at most a year ahead.")]
Scope = Annotated[str, Field(min_length=3, max_length=81, examples=["policies.read", "claims.*"])]


class ApiKeyRequest(Input):
    """A key to be made."""

    label: Annotated[str, Field(min_length=1, max_length=60)]
    roles: Annotated[frozenset[Annotated[Role, Field(strict=False)]], Field(min_length=1, max_length=14, strict=False)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1, max_length=100, strict=False)]
    expires_at: ExpiresAt


class ApiKeyRotation(Input):
    """The key that follows another."""

    expires_at: ExpiresAt
    overlap_seconds: int = Field(86_400, ge=0, le=604_800, description="How long the old key still counts.")


class ApiKeyView(View):
    """A key without its secret; times in unix seconds of the wall clock."""

    key_id: str
    label: str
    prefix: str = Field(description="How the key begins.")
    roles: list[Role]
    scopes: list[str]
    made_by: str | None
    made_at: int
    expires_at: int
    last_used_at: int | None
    revoked_at: int | None
    replaces: str | None


class ApiKeyMadeView(View):
    """A key, told once."""

    key: str
    about: ApiKeyView


class ApiKeyList(View):
    """Keys by id."""

    api_keys: list[ApiKeyView]
    next: str | None = Field(description="Goes into `after` for the following page.")
