"""Products as they go out."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backend.fields import AddressText, View, WordText


class ProductView(View):
    """A product: its terms as the chain has them, and its document as people read it."""

    address: AddressText
    treasury: AddressText
    terms_hash: WordText
    product_id: str | None = Field(
        description="Name in the document; null when the document is not here.", examples=["flight-delay"]
    )
    title: dict[str, str] | None = Field(
        description="Title by language.", examples=[{"en": "Flight delay", "zh": "航班延误险"}]
    )
    document: str | None = Field(
        description="Path of the document on this server.", examples=["/documents/0x" + "5a" * 32 + ".json"]
    )
    sales_suspended: bool
    policies: int = Field(ge=0)
    terms: dict[str, Any] = Field(
        description="ParametricTerms in snake case.", examples=[{"loading_bps": 2500, "min_premium": 1_000_000}]
    )
    block_number: int = Field(ge=0)


class ProductPage(View):
    """All products, in the order they were made."""

    products: list[ProductView]
