"""A forgotten password, in."""

from __future__ import annotations

from backend.identity.sign_in.schemas import Email, TenantInput


class ResetAsked(TenantInput):
    """Whose password is to be set anew."""

    email: Email
