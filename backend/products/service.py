"""Use cases of products."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from backend.chain.quorum import SignerSet
from backend.problems import Problem
from backend.products import repository
from backend.products.repository import Product


@dataclass(frozen=True, slots=True)
class Documents:
    """Where product documents lie: the `documents` folder beside the deployment file, named by terms hash."""

    folder: Path

    def find(self, terms_hash: bytes) -> tuple[str, dict[str, Any]] | None:
        """Path on the server and content of a product's document."""
        path = self.folder / f"0x{terms_hash.hex()}.json"
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return f"/documents/{path.name}", found if isinstance(found, dict) else {}


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
        raise Problem(
            "product_unknown", f"product {address} is not one of ours, or not indexed yet. See GET /v1/products."
        )
    return product


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
