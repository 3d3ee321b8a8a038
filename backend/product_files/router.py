"""HTTP for product files."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from backend.access.permit import Permit
from backend.dependencies import Asker, Services, Transaction
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.product_files import preview as words
from backend.product_files import schemas as out
from backend.product_files import service
from backend.product_files.models import ProductFileRow

router = api_router("product files", "/v1/product-files")


@router.post(
    "", status_code=201, operation_id="product_files.upload",
    dependencies=[Permit("product_files.upload"), IdempotencyKey],
)  # fmt: skip
def upload(body: out.ProductFileIn, session: Transaction, services: Services, asker: Asker) -> out.ProductFileView:
    """Hand in a product file. What is wrong with it is named: field, value and remedy."""
    return _view(session, service.upload(session, asker, body.content, services.clock()))


@router.get("", operation_id="product_files.list", dependencies=[Permit("product_files.list")])
def list_files(
    session: Transaction, page: PageAsked,
    product_id: Annotated[str | None, Query(max_length=64, description="Versions of this product only.")] = None,
) -> out.ProductFilePage:  # fmt: skip
    """Every file ever handed in, the latest first: all versions are kept."""
    after = (int(page.position[0]), uuid.UUID(str(page.position[1]))) if page.position else None
    rows = service.page(session, product_id=product_id, after=after, limit=page.limit)
    last = (rows[-1].uploaded_at, str(rows[-1].file_id)) if rows else None
    return out.ProductFilePage(
        files=[_view(session, row) for row in rows], next_cursor=page.next_cursor(len(rows), last)
    )


@router.get("/{file_id}", operation_id="product_files.read", dependencies=[Permit("product_files.read")])
def get_file(file_id: uuid.UUID, session: Transaction) -> out.ProductFileView:
    """One file, and what became of it."""
    return _view(session, service.get(session, file_id))


@router.get(
    "/{file_id}/content", operation_id="product_files.download", dependencies=[Permit("product_files.download")]
)
def get_content(file_id: uuid.UUID, session: Transaction) -> out.ContentView:
    """The file as it was handed in."""
    row = service.get(session, file_id)
    return out.ContentView(content=row.content, sha256=bytes(row.content_hash).hex())


@router.get("/{file_id}/preview", operation_id="product_files.preview", dependencies=[Permit("product_files.preview")])
def get_preview(file_id: uuid.UUID, session: Transaction) -> out.PreviewView:
    """What the product would say, in words, in both languages."""
    row = service.get(session, file_id)
    return words.preview(row, service.standing(session, row))


@router.post(
    "/{file_id}/deployment", status_code=202, operation_id="product_files.deploy",
    dependencies=[Permit("product_files.deploy"), IdempotencyKey],
)  # fmt: skip
def deploy(file_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.ProductFileView:
    """Have the product made on the chain. It can be sold once its state is `deployed`, and never changes again."""
    yard = service.Yard(services.rpc, services.deployment, services.sender, services.clock())
    return _view(session, service.deploy(session, asker, yard, file_id))


def _view(session: Session, row: ProductFileRow) -> out.ProductFileView:
    return words.file_view(row, service.standing(session, row))
