"""Notices in and out."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from backend.fields import Input, UnixSeconds, View, WordText
from backend.notices.states import Confirmation


class NoticeView(View):
    """A notice's way and its proof; its words are read one by one."""

    notice_id: uuid.UUID
    person_id: uuid.UUID
    kind: str
    subject: str = Field(description="What it is about, such as underwriting_case:17.")
    language: str
    channel: str
    state: str
    content_hash: WordText = Field(description="SHA-256 of what was said and where it was sent, salted.")
    attempts: int
    created_at: UnixSeconds
    sent_at: UnixSeconds | None
    delivered_at: UnixSeconds | None
    confirmed_at: UnixSeconds | None
    confirmation: str | None
    failure_code: str | None
    follows: uuid.UUID | None = Field(description="The notice whose place it took.")


class NoticePage(View):
    """Notices, newest first."""

    notices: list[NoticeView]
    next_cursor: str | None


class NoticeTextView(View):
    """A notice with its words."""

    notice: NoticeView
    title: str
    body: str


class TokenIn(Input):
    """The token of a link."""

    token: Annotated[str, Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class ReceiptIn(Input):
    """How the recipient confirmed, and where that is written down."""

    way: Annotated[Confirmation, Field(strict=False)]
    proof: Annotated[str, Field(min_length=1, max_length=2_000, examples=["Call record 5."])]


class PostingIn(Input):
    """How a notice went by hand."""

    reference: Annotated[str, Field(min_length=1, max_length=200, examples=["RR123456789CN"])]


class DeliveryIn(Input):
    """What a carrier tells of a message."""

    notice_id: Annotated[uuid.UUID, Field(strict=False)]
    delivered: bool
    code: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9._-]*$")] = ""


class PhoneIn(Input):
    """One's telephone number; null forgets it."""

    phone: Annotated[str, Field(max_length=40)] | None
