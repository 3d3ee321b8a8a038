"""Passwords in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import Input

NewPassword = Annotated[str, Field(min_length=1, max_length=512, description="12 to 128 characters.")]


class PasswordByToken(Input):
    """The first password, or another one, by a token for one use."""

    token: Annotated[str, Field(min_length=1, max_length=200)]
    password: NewPassword


class PasswordChange(Input):
    """Another password, by whoever knows the one before."""

    current_password: Annotated[str, Field(min_length=1, max_length=512)]
    password: NewPassword
