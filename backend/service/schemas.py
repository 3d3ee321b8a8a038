"""Service in and out."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from backend.fields import Input, NextCursor, UnixSeconds, View

Words = Annotated[str, Field(min_length=1, max_length=4_000, description="Sealed in the vault.")]
About = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z-]{1,30}/[A-Za-z0-9-]{1,66}$", description="A policy, claim or case.", examples=["claims/7"]
    ),
]


class Topic(StrEnum):
    """What it is about."""

    COVER = "cover"
    PREMIUM = "premium"
    UNDERWRITING = "underwriting"
    CLAIM = "claim"
    PAYMENT = "payment"
    DATA_PROTECTION = "data_protection"
    SERVICE = "service"
    OTHER = "other"


class Way(StrEnum):
    """How it came."""

    WEB = "web"
    CHAT = "chat"
    PHONE = "phone"
    MAIL = "mail"
    EMAIL = "email"
    BRANCH = "branch"


class MatterIn(Input):
    """An enquiry: of one's own, or one that staff take down for somebody."""

    topic: Annotated[Topic, Field(strict=False, examples=["claim"])]
    words: Words
    channel: Annotated[Way, Field(strict=False, examples=["web"])] = Way.WEB
    language: Annotated[
        Literal["en", "zh"] | None, Field(description="Spoken or written; left out: the person's own.", examples=["zh"])
    ] = None
    about: About | None = None
    person_id: Annotated[uuid.UUID | None, Field(strict=False, description="Whose it is; oneself when left out.")] = (
        None
    )


class ComplaintIn(MatterIn):
    """A complaint."""

    against: Annotated[
        uuid.UUID | None, Field(strict=False, description="Somebody of the staff it is about: they do not handle it.")
    ] = None


class AnswerIn(Input):
    """An answer to an enquiry."""

    words: Words


class DecisionIn(Input):
    """An answer to a complaint."""

    outcome: Literal["upheld", "partly_upheld", "not_upheld"]
    words: Words


class ReasonIn(Input):
    """Why, in words the customer gets."""

    words: Words


class MatterView(View):
    """Where an enquiry or a complaint stands."""

    matter_id: int
    person_id: uuid.UUID
    topic: str
    channel: str
    language: str | None = Field(description="en or zh; null: from before it was noted.", examples=["zh"])
    about: str | None
    state: str = Field(description="received, acknowledged, answered, escalated, closed, withdrawn")
    outcome: str
    due_at: UnixSeconds | None = Field(description="When the office's next step is due; wall clock.")
    overdue: bool
    opened_at: UnixSeconds
    acknowledged_at: UnixSeconds | None
    answered_at: UnixSeconds | None
    closed_at: UnixSeconds | None
    extended: bool
    escalated: bool


class MatterPage(View):
    """Matters, newest first."""

    matters: list[MatterView]
    next_cursor: NextCursor


class StepView(View):
    """One step."""

    step: str
    at: UnixSeconds
    by_customer: bool
    words: str | None = Field(description="Null where nothing was written, or it was erased.")


class MatterFileView(View):
    """A matter with everything that was written."""

    matter: MatterView
    steps: list[StepView]


class SurveyView(View):
    """One question about satisfaction."""

    survey_id: uuid.UUID
    subject: str = Field(examples=["complaints/17"])
    asked_at: UnixSeconds
    closes_at: UnixSeconds


class SurveyList(View):
    """What one is asked."""

    surveys: list[SurveyView]


class SurveyAnswerIn(Input):
    """An answer; it counts once."""

    score: Annotated[int, Field(ge=1, le=5, description="1, not at all content, to 5, very.", examples=[4])]
    words: Annotated[str, Field(max_length=2_000, description="Anything else; sealed, and in no figure.")] = ""


class SurveyAnswerView(View):
    """That it was taken."""

    survey_id: uuid.UUID
    answered_at: UnixSeconds


class ReplyView(View):
    """What a customer answered."""

    survey_id: uuid.UUID
    subject: str = Field(description="What was asked about.", examples=["complaints/17"])
    score: int = Field(description="1, not at all content, to 5, very.", examples=[4])
    words: str | None = Field(
        description="Null where nothing was written, it was erased, or is kept for legal claims only."
    )
    answered_at: UnixSeconds


class ReplyPage(View):
    """Answers, the latest first."""

    replies: list[ReplyView]
    next_cursor: NextCursor


class KindFiguresView(View):
    """Figures of enquiries, or of complaints."""

    opened: int
    answered: int
    in_time_bps: int | None
    escalated: int
    outcomes: dict[str, int]


class SurveyFiguresView(View):
    """Figures of surveys."""

    asked: int
    replies: int
    score_hundredths: int | None
    content_bps: int | None


class ServiceFiguresView(View):
    """A quarter's figures, and what each of them means."""

    year: int
    quarter: int
    since: UnixSeconds
    until: UnixSeconds
    enquiries: KindFiguresView
    complaints: KindFiguresView
    surveys: SurveyFiguresView
    definitions: dict[str, str] = Field(description="By the figure's name, in the language asked for.")


class ArticleHead(View):
    """A text that was found."""

    topic: str = Field(examples=["how-to-complain"])
    title: str


class ArticleList(View):
    """Texts, the most fitting first."""

    language: str
    articles: list[ArticleHead]


class ArticleView(View):
    """A text."""

    topic: str
    language: str
    title: str
    text: str = Field(description="Markdown.")
    version: str | None = Field(description="Of a text with editions: the one in force.", examples=["2026-11"])
    sha256: str | None = Field(description="Of the text's file, where it has editions.", examples=["5a" * 32])
