"""Quotes in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import (
    MAX_BATCH,
    AddressText,
    Amount,
    EventText,
    Input,
    IntakeNumber,
    SignatureText,
    TypedData,
    UnixSeconds,
    View,
    WordText,
)


class Applicant(Input):
    """Who applies. Encrypted on arrival; only a salted commitment leaves the vault."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Ada Example"])]
    contact: Annotated[
        str,
        Field(min_length=1, max_length=200, description="To reach the applicant.", examples=["ada@example.org"]),
    ]


class Application(Input):
    """What somebody wants insured."""

    insured_event: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            description="Canonical text of the event.",
            examples=["flight/UA/1545/EWR/IAH/2013-09-12T10:15Z"],
        ),
    ]
    holder: AddressText
    sum_insured: Amount
    applicant: Applicant | None = None


class QuoteRequest(Input):
    """Applications for one product: they are assessed, priced and later bound together."""

    product: AddressText
    applications: Annotated[tuple[Application, ...], Field(min_length=1, max_length=MAX_BATCH, strict=False)]
    intake: IntakeNumber = None


class QuoteView(View):
    """An offer. The holder accepts it by signing `typed_data`."""

    quote_id: WordText
    product: AddressText
    application_id: WordText
    holder: AddressText
    underwriter: AddressText
    insured_event: EventText
    event_id: WordText
    occurs_at: UnixSeconds
    sum_insured: Amount
    premium: Amount
    valid_until: UnixSeconds
    expected_share_ppb: int = Field(ge=0, description="Expected payout, parts per billion of the sum insured.")
    commitment: WordText
    model_hash: WordText
    underwriter_signature: SignatureText
    typed_data: TypedData
    status: str = Field(description="offered, or where its acceptance stands.", examples=["offered"])


class RefusalView(View):
    """An application that cannot be quoted, and why."""

    index: int = Field(ge=0, description="Position in the request.")
    insured_event: EventText
    code: str = Field(description="As of a problem.", examples=["flight_unknown"])
    detail: str = Field(examples=["The flight is in no schedule the oracle knows."])


class QuoteList(View):
    """Quotes in the order of the applications, and what was refused."""

    quotes: list[QuoteView]
    refusals: list[RefusalView]
