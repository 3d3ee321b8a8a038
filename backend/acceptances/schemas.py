"""Acceptances in, and what became of them out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import MAX_BATCH, Input, SignatureText, View, WordText


class PermitInput(Input):
    """EIP-2612 permit for the premium; spender is the treasury."""

    value: Annotated[int, Field(ge=0, lt=1 << 256)]
    deadline: Annotated[int, Field(ge=0, lt=1 << 256)]
    v: Annotated[int, Field(ge=0, le=255)]
    r: WordText
    s: WordText


class Acceptance(Input):
    """A holder's signature over a quote."""

    quote_id: WordText
    acceptance: SignatureText
    permit: PermitInput | None = None


class AcceptanceList(Input):
    """Acceptances, all taken or none."""

    acceptances: Annotated[tuple[Acceptance, ...], Field(min_length=1, max_length=MAX_BATCH, strict=False)]


class IntentView(View):
    """An acceptance on its way to the chain."""

    intent_id: str = Field(examples=["3f0b6c1e-2a1d-4c5e-9b7a-0d1e2f3a4b5c"])
    quote_id: WordText
    status: str = Field(description="accepted, sending, bound or failed", examples=["accepted"])
    policy_id: WordText | None
    failure_code: str | None = Field(examples=[None])
    failure_detail: str | None = Field(examples=[None])


class IntentList(View):
    """Acceptances taken."""

    intents: list[IntentView]
