"""Policies as they go out."""

from __future__ import annotations

from pydantic import Field

from backend.fields import AddressText, Amount, EventText, NextCursor, UnixSeconds, View, WordText


class PolicyView(View):
    """A policy, its event, and what came of it."""

    policy_id: WordText
    product: AddressText
    event_id: WordText
    ordinal: int = Field(ge=0)
    application_id: WordText
    holder: AddressText
    underwriter: AddressText
    insured_event: EventText
    occurs_at: UnixSeconds
    sum_insured: Amount
    premium: Amount
    bound_at: UnixSeconds
    block_number: int = Field(ge=0)
    transaction_hash: WordText
    status: str = Field(
        description="in_force, closed (outcome known, not yet settled) or settled", examples=["in_force"]
    )
    outcome: str = Field(description="open, measured, cancelled, diverted or not_reported", examples=["open"])
    value: int | None = Field(description="Measured value; null where nothing was measured.", examples=[None])
    share_bps: int | None = Field(
        description="Share of the sum insured owed, basis points; null while open.", examples=[None]
    )
    paid: Amount
    held: bool = Field(description="The transfer was refused and the money waits for its payee.")
    paid_at: UnixSeconds | None
    payment_transaction_hash: WordText | None


class PolicyPage(View):
    """Policies by id, then product."""

    policies: list[PolicyView]
    next_cursor: NextCursor
