"""Policies out, acceptances in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import MAX_BATCH, AddressText, Amount, Input, SignatureText, UnixSeconds, View, WordText


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

    intent_id: str
    quote_id: WordText
    status: str = Field(description="accepted, sending, bound or failed")
    policy_id: WordText | None
    failure_code: str | None
    failure_detail: str | None


class IntentList(View):
    """Acceptances taken."""

    intents: list[IntentView]


class PolicyView(View):
    """A policy, its event, and what came of it."""

    policy_id: WordText
    product: AddressText
    event_id: WordText
    ordinal: int = Field(ge=0)
    application_id: WordText
    holder: AddressText
    underwriter: AddressText
    insured_event: str
    occurs_at: UnixSeconds
    sum_insured: Amount
    premium: Amount
    bound_at: UnixSeconds
    block_number: int = Field(ge=0)
    transaction_hash: WordText
    status: str = Field(description="in_force, closed (outcome known, not yet settled) or settled")
    outcome: str = Field(description="open, measured, cancelled, diverted or not_reported")
    value: int | None = Field(description="Measured value; null where nothing was measured.")
    share_bps: int | None = Field(description="Share of the sum insured owed, basis points; null while open.")
    paid: Amount
    held: bool = Field(description="The transfer was refused and the money waits for its payee.")
    paid_at: UnixSeconds | None
    payment_transaction_hash: WordText | None


class PolicyPage(View):
    """Policies by id. `next_after_id` is the cursor of the next page, null on the last."""

    policies: list[PolicyView]
    next_after_id: WordText | None
