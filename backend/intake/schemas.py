"""Intake in and out."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field, model_validator

from backend.fields import AddressText, Amount, Input, NextCursor, NoticeVersion, UnixSeconds, View, WordText
from backend.problems import Language
from backend.service.schemas import Way

Need = Annotated[
    str, Field(max_length=40, description="Of GET /v1/intakes/needs.", examples=["flight_delay"])
]  # fmt: skip


class ContactIn(Input):
    """Where somebody is reached: one way at least. Sealed in the vault."""

    email: Annotated[str | None, Field(min_length=3, max_length=254, examples=["ada@example.org"])] = None
    phone: Annotated[str | None, Field(min_length=3, max_length=32, examples=["+8613800138000"])] = None
    address: Annotated[str | None, Field(min_length=3, max_length=300, description="For letters.")] = None

    @model_validator(mode="after")
    def _some(self) -> ContactIn:
        if self.email is None and self.phone is None and self.address is None:
            raise ValueError("contact is empty. Give an email, a phone or an address")
        return self


class IntakeIn(Input):
    """Who somebody is, what they need, and what they can spend."""

    name: Annotated[str, Field(min_length=1, max_length=120, description="Sealed.", examples=["Ada Example"])]
    contact: ContactIn
    need: Need
    sum_insured: Annotated[Amount, Field(ge=1, description="Wanted; token units.")]
    budget: Annotated[
        int, Field(ge=0, lt=1 << 96, description="Most to be paid as premium; token units.", examples=[9_000_000])
    ]  # fmt: skip
    starts_at: Annotated[
        UnixSeconds | None, Field(description="When cover is to begin, or the insured event takes place.")
    ] = None
    words: Annotated[str, Field(max_length=4_000, description="The need in one's own words; sealed.")] = ""
    channel: Annotated[Way, Field(strict=False, examples=["web"])] = Way.WEB
    language: Annotated[Literal["en", "zh"], Field(description="Spoken with this person.")] = "en"
    person_id: Annotated[
        uuid.UUID | None,
        Field(strict=False, description="Left out: oneself; where staff takes it down, somebody new."),
    ] = None
    privacy_notice: NoticeVersion = None


class NeedView(View):
    """A kind of need that can be chosen."""

    need: str = Field(examples=["flight_delay"])
    name: str = Field(examples=["delay of a flight"])


class NeedList(View):
    """What can be needed, in one language."""

    language: Language
    needs: list[NeedView]


class IntakeView(View):
    """That somebody came. Who it is, and what is recommended: GET /v1/intakes/{intake_id}."""

    intake_id: int
    person_id: uuid.UUID
    channel: str
    language: str
    opened_at: UnixSeconds
    privacy_notice: str = Field(examples=["2026-11"])
    applications: list[str] = Field(
        description="What came of it, below /v1.", examples=[["underwriting-cases/7"]]
    )  # fmt: skip


class IntakePage(View):
    """Intakes, newest first."""

    intakes: list[IntakeView]
    next_cursor: NextCursor


class ReasonView(View):
    """One reason for or against a product."""

    code: str = Field(examples=["need_covered"])
    speaks_for: bool
    text: str = Field(examples=["It covers delay of a flight."])


class AdviceView(View):
    """One product, held against the need."""

    product: AddressText
    terms_hash: WordText
    product_id: str
    version: str
    title: str
    suits: bool
    reasons: list[ReasonView]
    least_premium: Amount
    estimated_premium: Amount | None = Field(description="By what others pay; null: too few do. Never a price.")
    decimals: int = Field(ge=0, le=36, description="Of the settlement token.")
    symbol: str
    line: str | None = Field(description="For the application form; null: no underwriting.", examples=["health"])
    apply_at: str | None = Field(
        description="Where to apply, with `intake` set to this one's number; null: it does not suit.",
        examples=["/v1/underwriting-cases"],
    )


class ContactView(View):
    """Where somebody is reached."""

    email: str | None
    phone: str | None
    address: str | None


class IntakeFileView(View):
    """An intake with who it is, what is needed and what was recommended then, the suitable products first."""

    intake: IntakeView
    name: str
    contact: ContactView
    need: str
    need_name: str
    sum_insured: Amount
    budget: Annotated[int, Field(ge=0, description="Token units.")]
    starts_at: UnixSeconds | None
    words: str
    rules: str = Field(description="Version of the rules.", examples=["1"])
    rules_hash: WordText
    products: list[AdviceView]
