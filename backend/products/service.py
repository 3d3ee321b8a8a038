"""Use cases of products."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from backend.chain.quorum import SignerSet
from backend.database import Database
from backend.problems import Problem
from backend.products import repository
from backend.products.repository import Made, Product
from domain.document import check_document
from domain.errors import DocumentAltered
from ledger.deployment import DeployedProduct, Deployment


@dataclass(frozen=True, slots=True)
class Documents:
    """Where product documents lie: the `documents` folder beside the deployment file, named by terms hash; and the
    database, for products that were asked for here."""

    folder: Path
    database: Database | None = None

    def text(self, terms_hash: bytes) -> str | None:
        """A product's document as it was written."""
        try:
            return (self.folder / f"0x{terms_hash.hex()}.json").read_text("utf-8")
        except OSError:
            pass
        if self.database is None:
            return None
        with self.database.transaction() as session:
            return repository.document(session, terms_hash)

    def find(self, terms_hash: bytes) -> tuple[str, dict[str, Any]] | None:
        """Path on the server and content of a product's document."""
        written = self.text(terms_hash)
        if written is None:
            return None
        try:
            found = json.loads(written)
        except ValueError:
            return None
        return f"/documents/0x{terms_hash.hex()}.json", found if isinstance(found, dict) else {}


def published(session: Session, deployment: Deployment) -> list[DeployedProduct]:
    """Products made since the deployment was written, in the order they were made, as its record lists products."""
    listed = {product.address for product in deployment.products}
    found = []
    for address, terms_hash, kind, content in repository.published(session, deployment.contracts["Treasury"]):
        if address not in listed:
            hashed, name = f"0x{terms_hash.hex()}", json.loads(content)["product_id"]
            found.append(DeployedProduct(address, hashed, name, f"documents/{hashed}.json", kind))
    return found


def checked_document(session: Session, documents: Documents, address: str) -> dict[str, Any]:
    """The document of a product of either kind, every hash of it checked against the terms on chain.

    Raises:
        Problem: `product_unknown`, `document_unknown`.
    """
    made = repository.made_at(session, address)
    if made is None:
        raise _unknown(address)
    found = documents.find(made.terms_hash)
    try:
        if found is None:
            raise Problem("document_unknown", f"the document of product {address} is not here. Publish it again.")
        check_document(found[1], terms_hash=made.terms_hash)
    except DocumentAltered as error:
        detail = f"the document of product {address} was altered ({error}). Publish it again."
        raise Problem("document_unknown", detail) from error
    return found[1]


def list_products(session: Session) -> Sequence[Product]:
    """Every product."""
    return repository.every(session)


def get_product(session: Session, address: str) -> Product:
    """One product.

    Raises:
        Problem: `product_unknown`.
    """
    product = repository.get(session, address)
    if product is None:
        raise _unknown(address)
    return product


def _unknown(address: str) -> Problem:
    detail = f"product {address} is not one of ours, or not indexed yet. See GET /v1/products."
    return Problem("product_unknown", detail)


def signers_of(session: Session, product: Product) -> SignerSet:
    """The signer set that speaks for a product now.

    Raises:
        Problem: `not_ready` while the set is not indexed.
    """
    found = repository.signer_set(session, product.terms.quorum)
    if found is None:
        raise Problem("not_ready", "The oracle's signer set is not indexed yet. Try again in some seconds.")
    epoch, signers, threshold = found
    return SignerSet(epoch, signers, max(threshold, product.terms.min_signatures))


def find_made(session: Session, terms_hash: bytes) -> Made | None:
    """The product of either kind with these terms, as far as blocks are taken in."""
    return repository.made(session, terms_hash)


def keep_document(session: Session, terms_hash: bytes, kind: str, content: str, now: int) -> None:
    """Keep the document of a product that was asked for; `now` in unix seconds."""
    repository.keep_document(session, terms_hash, kind, content, now)
