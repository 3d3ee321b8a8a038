"""Reviews out."""

from __future__ import annotations

from pydantic import Field

from backend.access.roles import Role
from backend.fields import View


class ReviewLineView(View):
    """One role of one person or machine; times in unix seconds of the wall clock."""

    kind: str = Field(description="person or machine.")
    subject_id: str
    name: str
    role: Role
    source: str
    granted_by: str = Field(description="Id of the administrator; empty: the operator or the provider's groups.")
    since: int
    expires_at: int | None
    last_used_at: int | None
    waits: bool = Field(description="A second administrator has to approve it.")
    second_factor: bool
    scopes: str
    expires_soon: bool
    unused: bool = Field(description="Not used for 90 days.")


class ReviewView(View):
    """Who can do what."""

    made_at: int
    lines: list[ReviewLineView]


class AlertView(View):
    """Something people should look at; time in unix seconds of the wall clock."""

    alert_id: str
    kind: str
    person_id: str | None
    raised_at: int


class AlertList(View):
    """Alarms, newest first, at most 500."""

    alerts: list[AlertView]
