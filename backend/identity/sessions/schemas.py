"""Sessions out."""

from __future__ import annotations

from pydantic import Field

from backend.fields import View


class SessionView(View):
    """One session of the asker; times in unix seconds of the wall clock."""

    session_id: str
    method: str = Field(description="password, passkey, wallet or oidc.")
    current: bool
    created_at: int
    last_seen_at: int
    expires_at: int
    strong_at: int | None


class SessionList(View):
    """Sessions that hold, newest first."""

    sessions: list[SessionView]


class CurrentSessionView(View):
    """The session a request shows."""

    session: SessionView
    person_id: str
    tenant_id: str
    roles: list[str]
    second_factors: list[str]
    address: str | None
    csrf_token: str = Field(description="Goes into X-CSRF-Token beside the cookie.")


class EndedView(View):
    """How many sessions were ended."""

    ended: int
