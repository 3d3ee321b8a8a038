"""Product files in and out."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import Field

from backend.fields import AddressText, Input, NextCursor, View, WordText
from ledger.product_file import MAX_FILE_BYTES

_EXAMPLE = "product_id: flight-delay\nversion: '1'\n…"
Texts = Annotated[
    dict[str, str], Field(description="By language.", examples=[{"en": "Flight delay", "zh": "航班延误险"}])
]


class ProductFileIn(Input):
    """A product file."""

    content: Annotated[
        str, Field(min_length=1, max_length=MAX_FILE_BYTES, description="YAML, as it was written.", examples=[_EXAMPLE])
    ]


class ProductFileView(View):
    """A product file, and what became of it."""

    file_id: uuid.UUID
    product_id: str = Field(examples=["flight-delay"])
    version: str = Field(examples=["1"])
    kind: str = Field(examples=["parametric"])
    title: Texts
    sha256: str = Field(description="Of the file's bytes.", examples=["5a" * 32])
    document_hash: WordText
    clause_root: WordText
    uploaded_at: int = Field(description="Unix seconds.")
    state: str = Field(description="uploaded, deploying, deployed or failed", examples=["uploaded"])
    terms_hash: WordText | None = Field(description="Known once its product was asked for.")
    product: AddressText | None = Field(description="Where it stands on the chain.")
    intent: str | None = Field(description="Key of the transaction that makes it.")
    failure_code: str | None = Field(examples=[None])
    failure_detail: str | None = Field(examples=[None])


class ProductFilePage(View):
    """Product files, the latest first."""

    files: list[ProductFileView]
    next_cursor: NextCursor


class ClauseWords(View):
    """A clause with every number filled in."""

    id: str = Field(examples=["cover"])
    kind: str = Field(examples=["cover"])
    nature: Texts
    text: Texts
    says: list[str] = Field(description="Parameters whose values it states.", examples=[["min_premium"]])


class ReasonWords(View):
    """A reason that decisions may give, and the clauses it may rest on."""

    code: int = Field(ge=1)
    use: str = Field(examples=["deny"])
    text: Texts
    clauses: list[str]


class PreviewView(View):
    """What the product would say, in words, before anybody is bound by it."""

    file: ProductFileView
    clauses: list[ClauseWords]
    perils: list[Texts]
    coverages: list[Texts]
    reasons: list[ReasonWords]
    parameters: dict[str, Any] = Field(description="Of the terms.", examples=[{"loading_bps": 2500}])
    unprintable: str = Field(description="Characters the PDF's font has no sign for; empty: all can be drawn.")


class ContentView(View):
    """A product file as it was handed in."""

    content: str = Field(examples=[_EXAMPLE])
    sha256: str = Field(examples=["5a" * 32])
