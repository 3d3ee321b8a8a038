"""Signing in and stepping up, in and out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.fields import Input, SignatureText, View

Slug = Annotated[str, Field(min_length=1, max_length=40, description="The insurer's short name.", examples=["acme"])]
Email = Annotated[str, Field(min_length=1, max_length=320, examples=["name@example.org"])]
Password = Annotated[str, Field(min_length=1, max_length=512)]
Credential = Annotated[dict[str, Any], Field(description="PublicKeyCredential as `toJSON()` gives it.")]


class Carrier(StrEnum):
    """How the page or program carries its session."""

    COOKIE = "cookie"
    BEARER = "bearer"


CarrierField = Annotated[
    Carrier, Field(strict=False, description="cookie: for pages; bearer: the token is in the answer.")
]


class TenantInput(Input):
    """At which insurer."""

    tenant: Slug


class PasswordSignIn(TenantInput):
    """E-mail and password."""

    email: Email
    password: Password
    carrier: CarrierField = Carrier.COOKIE


class PasskeySignIn(TenantInput):
    """A device's answer to the challenge."""

    credential: Credential
    carrier: CarrierField = Carrier.COOKIE


class WalletSignIn(TenantInput):
    """An EIP-4361 message and its signature."""

    message: Annotated[str, Field(min_length=1, max_length=4_096)]
    signature: SignatureText
    carrier: CarrierField = Carrier.COOKIE


class OidcSignIn(Input):
    """What the provider sent the browser back with."""

    state: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(min_length=1, max_length=2_048)]
    carrier: CarrierField = Carrier.COOKIE


class CodeStepUp(Input):
    """A code of the app, or a recovery code."""

    method: Literal["totp", "recovery_code"]
    code: Annotated[str, Field(min_length=6, max_length=40)]


class PasskeyStepUp(Input):
    """A device's answer to the challenge."""

    method: Literal["passkey"]
    credential: Credential


StepUp = Annotated[CodeStepUp | PasskeyStepUp, Field(discriminator="method")]


class OpenedView(View):
    """A session that was opened or made stronger."""

    session_id: str
    pending: bool = Field(description="A second factor is to be shown before anything else.")
    expires_at: int = Field(description="Unix seconds.")
    idle_seconds: int
    strong_at: int | None = Field(description="When a second factor was last shown, unix seconds.")
    csrf_token: str = Field(description="Goes into X-CSRF-Token beside the cookie.")
    token: str | None = Field(description="With `bearer` only. It is told once.")


class ChallengeView(View):
    """What `navigator.credentials` takes."""

    options: dict[str, Any]


class NonceView(View):
    """A nonce for one EIP-4361 message within five minutes."""

    nonce: str
    domain: str
    uri: str
    chain_id: int


class OidcStartView(View):
    """Where the sign-in goes on."""

    url: str
