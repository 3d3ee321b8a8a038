"""HTTP for products."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Literal

from fastapi import Response

from backend.access.permit import Public
from backend.dependencies import Services, Transaction
from backend.fields import AddressText, bytes_hex
from backend.http.routes import api_router
from backend.problems import LANGUAGES, Problem
from backend.products import service
from backend.products.repository import Product
from backend.products.schemas import ProductPage, ProductView, WordingList, WordingView
from backend.products.wording import TextUnprintable, WordingFormat, WrittenWording, write

Language = Literal["en", "zh"]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The wording.",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.3…"},
            "text/plain": {"schema": {"type": "string"}, "example": "Flight delay…"},
        },
    }
}
router = api_router("products", "/v1/products")


@router.get("", operation_id="products.list", dependencies=[Public("products.list")])
def list_products(session: Transaction, services: Services) -> ProductPage:
    """Every product of this insurer."""
    return ProductPage(products=[_view(p, services.documents) for p in service.list_products(session)])


@router.get("/{address}", operation_id="products.read", dependencies=[Public("products.read")])
def get_product(address: AddressText, session: Transaction, services: Services) -> ProductView:
    """One product."""
    return _view(service.get_product(session, address), services.documents)


@router.get("/{address}/wordings", operation_id="products.wordings", dependencies=[Public("products.wordings")])
def list_wordings(address: AddressText, session: Transaction, services: Services) -> WordingList:
    """The wording in both languages, as PDF and as text, each with its hash."""
    document = service.checked_document(session, services.documents, address)
    return WordingList(
        product=address, terms_hash=document["terms_hash"], document_hash=document["document_hash"],
        wordings=[_wording_view(address, document, language, form) for language in LANGUAGES for form in WordingFormat],
    )  # fmt: skip


@router.get(
    "/{address}/wordings/{language}/{form}", operation_id="products.read_wording",
    dependencies=[Public("products.read_wording")], response_class=Response, responses=_FILE,
)  # fmt: skip
def get_wording(
    address: AddressText, language: Language, form: WordingFormat, session: Transaction, services: Services
) -> Response:
    """One wording. Its headers carry the hash of the file (RFC 9530) and the terms hash the chain has."""
    document = service.checked_document(session, services.documents, address)
    found = _written(document, language, form)
    return Response(
        found.content, media_type=found.media_type,
        headers={
            "Content-Disposition": f'inline; filename="{found.name}"', "Content-Language": language,
            "Repr-Digest": f"sha-256=:{b64encode(found.sha256).decode()}:",
            "Quittance-Terms-Hash": document["terms_hash"],
        },
    )  # fmt: skip


def _wording_view(address: str, document: dict[str, Any], language: str, form: WordingFormat) -> WordingView:
    found = _written(document, language, form)
    return WordingView(
        language=language, format=form.value, media_type=found.media_type, size=len(found.content),
        sha256=found.sha256.hex(), href=f"/v1/products/{address}/wordings/{language}/{form.value}",
    )  # fmt: skip


def _written(document: dict[str, Any], language: str, form: WordingFormat) -> WrittenWording:
    try:
        return write(document, language, form)
    except TextUnprintable as error:
        raise Problem("wording_unprintable", str(error), characters=error.characters) from error


def _view(product: Product, documents: service.Documents) -> ProductView:
    path, document = documents.find(product.terms_hash) or (None, {})
    return ProductView(
        address=product.address, treasury=product.terms.treasury, terms_hash=bytes_hex(product.terms_hash),
        product_id=document.get("product_id"), title=document.get("title"), document=path,
        sales_suspended=product.sales_suspended, policies=product.policies, terms=product.terms.as_json(),
        block_number=product.block_number,
    )  # fmt: skip
