"""What a `product` intent is about: terms that shall become a product."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.chain.intents.kinds import IntentKind
from backend.products import service as products

KIND = "product"


def key_of(terms_hash: bytes) -> str:
    """Stem of an intent's key: tries are counted behind it."""
    return f"{KIND}:{terms_hash.hex()}"


class ProductKind(IntentKind):
    """Makes a product. Terms are unique in a factory, so whoever made it, it is there."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the factory has made a product with these terms."""
        return products.find_made(session, bytes.fromhex(key.split(":")[1])) is not None
