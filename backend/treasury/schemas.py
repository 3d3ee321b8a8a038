"""The treasury as it goes out. Amounts in token units."""

from __future__ import annotations

from pydantic import Field

from backend.fields import AddressText, View


class ProductTotalsView(View):
    """What one product took and cost."""

    product: AddressText
    premiums: int
    exposure: int
    paid: int
    held: int = Field(description="Refused transfers, also those taken later.")


class TreasuryView(View):
    """The insurer's money as its events tell it, up to `indexed_block`."""

    treasury: AddressText
    token: AddressText
    capital_in: int
    capital_out: int
    premiums: int
    unearned: int = Field(description="Of the premiums, what is not the capital's yet: its risk has not passed.")
    paid: int
    held: int
    exposure: int
    required_ratio_bps: int
    assets: int
    free_capital: int
    products: list[ProductTotalsView]
    indexed_block: int
