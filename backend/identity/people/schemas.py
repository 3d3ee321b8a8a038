"""People in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.fields import Input, View


class Invitation(Input):
    """Somebody who is to join."""

    email: Annotated[str, Field(min_length=3, max_length=254, examples=["name@example.org"])]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    language: Literal["en", "zh"] = "en"


class InvitedView(View):
    """A token for one use, told once: hand it to the person and to nobody else."""

    person_id: str
    token: str
    link: str
    expires_at: int = Field(description="Unix seconds.")


class PersonView(View):
    """A person of the insurer; times in unix seconds of the wall clock."""

    person_id: str
    email: str
    name: str
    language: str
    created_at: int
    disabled_at: int | None


class PersonList(View):
    """People by id."""

    people: list[PersonView]
    next: str | None = Field(description="Goes into `after` for the following page.")
