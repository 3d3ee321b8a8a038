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


class WordingView(View):
    """A wording that can be downloaded, and the hashes it is known by."""

    language: str = Field(examples=["zh"])
    format: str = Field(examples=["pdf"])
    media_type: str = Field(examples=["application/pdf"])
    href: str = Field(description="Path on this server.", examples=["/v1/products/0x…/wordings/zh/pdf"])
    size: int = Field(ge=1, description="Bytes.")
    sha256: str = Field(description="Of the file.", examples=["5a" * 32])


class WordingList(View):
    """All wordings of a product, and what binds them to the chain."""

    product: AddressText
    terms_hash: WordText
    document_hash: WordText
    wordings: list[WordingView]
