"""Passkeys in and out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from backend.fields import Input, View


class PasskeyRegistration(Input):
    """What a device made."""

    credential: Annotated[dict[str, Any], Field(description="PublicKeyCredential as `toJSON()` gives it.")]
    label: Annotated[str, Field(min_length=1, max_length=60, examples=["Work laptop"])]


class PasskeyOptionsView(View):
    """What `navigator.credentials.create` takes."""

    options: dict[str, Any]


class PasskeyView(View):
    """One passkey; times in unix seconds of the wall clock."""

    credential_id: str
    label: str
    backed_up: bool = Field(description="Its maker copies it to other devices of the person.")
    created_at: int
    last_used_at: int | None


class PasskeyList(View):
    """Passkeys, oldest first."""

    passkeys: list[PasskeyView]
