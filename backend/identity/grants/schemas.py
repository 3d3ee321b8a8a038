"""Grants in and out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.access.roles import Role
from backend.fields import Input, View


class GrantRequest(Input):
    """A role somebody is to have."""

    person_id: Annotated[UUID, Field(strict=False)]
    role: Annotated[Role, Field(strict=False)]
    expires_at: int | None = Field(None, ge=0, lt=1 << 40, description="Unix seconds; none: until it is revoked.")


class GrantView(View):
    """One role of one person; times in unix seconds of the wall clock."""

    grant_id: str
    person_id: str
    role: Role
    source: str = Field(description="person, operator, or oidc: the person's groups at the insurer's provider.")
    granted_by: str | None
    granted_at: int
    waits: bool = Field(description="A second administrator has to approve it.")
    approved_by: str | None
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None


class GrantList(View):
    """Grants by id."""

    grants: list[GrantView]
    next: str | None = Field(description="Goes into `after` for the following page.")
