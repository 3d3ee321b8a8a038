"""One-time codes in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import Input, View


class TotpConfirmation(Input):
    """A code of the app that was just set up."""

    code: Annotated[str, Field(min_length=6, max_length=6)]


class EnrolmentView(View):
    """What an app needs, told once."""

    secret: str
    uri: str = Field(description="For a QR code.")


class RecoveryCodesView(View):
    """Codes for when the app is lost, each good once, told once."""

    recovery_codes: list[str]


class FactorsView(View):
    """Whether there is an app, and how many recovery codes are left."""

    app: bool
    recovery_codes_left: int
