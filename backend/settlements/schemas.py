"""Settlements as they go out."""

from __future__ import annotations

from pydantic import Field

from backend.fields import AddressText, Amount, EventText, NextCursor, UnixSeconds, View, WordText


class ReportView(View):
    """The quorum's report an outcome rests on."""

    digest: WordText
    signer_epoch: int
    signers: list[AddressText] = Field(description="Recovered from the signatures.")
    observed_at: UnixSeconds
    source_hash: WordText


class SettlementView(View):
    """How an event ended, and what was paid for it."""

    product: AddressText
    event_id: WordText
    insured_event: EventText
    occurs_at: UnixSeconds
    outcome: str = Field(examples=["measured"])
    value: int | None = Field(examples=[133])
    share_bps: int
    closed_at: UnixSeconds
    block_number: int
    transaction_hash: WordText
    policies: int
    settled: int
    paid: Amount = Field(description="Owed and paid or held, token units.")
    held: Amount = Field(description="Part of `paid` whose transfer was refused.")
    report: ReportView | None = Field(description="Null when no quorum reported in time.")


class SettlementPage(View):
    """Closed events in the order the chain closed them."""

    settlements: list[SettlementView]
    next_cursor: NextCursor
