"""HTTP for products."""

from __future__ import annotations

from backend.access.permit import Public
from backend.dependencies import Services, Transaction
from backend.fields import AddressText, bytes_hex
from backend.http.routes import api_router
from backend.products import service
from backend.products.repository import Product
from backend.products.schemas import ProductPage, ProductView

router = api_router("products", "/v1/products")


@router.get("", operation_id="products.list", dependencies=[Public("products.list")])
def list_products(session: Transaction, services: Services) -> ProductPage:
    """Every product of this insurer."""
    return ProductPage(products=[_view(p, services.documents) for p in service.list_products(session)])


@router.get("/{address}", operation_id="products.read", dependencies=[Public("products.read")])
def get_product(address: AddressText, session: Transaction, services: Services) -> ProductView:
    """One product."""
    return _view(service.get_product(session, address), services.documents)


def _view(product: Product, documents: service.Documents) -> ProductView:
    path, document = documents.find(product.terms_hash) or (None, {})
    return ProductView(
        address=product.address, treasury=product.terms.treasury, terms_hash=bytes_hex(product.terms_hash),
        product_id=document.get("product_id"), title=document.get("title"), document=path,
        sales_suspended=product.sales_suspended, policies=product.policies, terms=product.terms.as_json(),
        block_number=product.block_number,
    )  # fmt: skip
