"""What every product file has, whatever it insures: a name, a token, clauses, and the document made of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypedDict

from domain.clauses import LANGUAGES, Clause, clause_root
from domain.document import document_hash
from domain.product_fields import CURRENCY, PRODUCT_ID, read_decimals, read_mapping, read_symbol, read_text


@dataclass(frozen=True)
class WrittenProduct(ABC):
    """What a checked product file says, but for its parameters.

    Attributes:
        product_id: As in `flight-delay`.
        version: As in "1".
        title_en, title_zh: What it is called.
        symbol, decimals: Of the settlement token.
        clauses: In order, their numbers filled in.
        currency: That the token stands for, ISO 4217, where bills are held against it; empty: none is named.
    """

    product_id: str
    version: str
    title_en: str
    title_zh: str
    symbol: str
    decimals: int
    clauses: tuple[Clause, ...]
    currency: str = field(default="", kw_only=True)

    @cached_property
    def clause_root(self) -> bytes:
        """Root of the clause tree."""
        return clause_root(self.clauses)

    @cached_property
    def document_hash(self) -> bytes:
        """Hash of the product document."""
        return document_hash(self._core())

    @abstractmethod
    def _core(self) -> dict[str, object]:
        """The document without what is derived from it."""

    def _head(self) -> dict[str, object]:
        currency = {"currency": self.currency} if self.currency else {}
        return {
            "product_id": self.product_id,
            "version": self.version,
            "title": {"en": self.title_en, "zh": self.title_zh},
            "settlement_token": {"symbol": self.symbol, "decimals": self.decimals, **currency},
            "clauses": [clause.as_json() for clause in self.clauses],
        }

    def _document(self, terms: Mapping[str, object], terms_hash: bytes) -> dict[str, object]:
        document = self._core()
        document["clauses"] = [{**clause.as_json(), "leaf": f"0x{clause.leaf().hex()}"} for clause in self.clauses]
        document["clause_root"] = f"0x{self.clause_root.hex()}"
        document["document_hash"] = f"0x{self.document_hash.hex()}"
        document["terms_hash"] = f"0x{terms_hash.hex()}"
        document["terms"] = terms
        return document


class Head(TypedDict):
    """What a product file says of itself, typed as `WrittenProduct` has it."""

    product_id: str
    version: str
    title_en: str
    title_zh: str
    symbol: str
    decimals: int
    currency: str


def read_head(product: Mapping[str, object]) -> Head:
    """Name, version, title and token of a product file.

    Raises:
        TermsInvalid: One is missing or of the wrong kind.
    """
    token = read_mapping(
        product["settlement_token"], "settlement_token", ("symbol", "decimals"), optional=("currency",)
    )
    title = read_mapping(product["title"], "title", LANGUAGES)
    return Head(
        product_id=read_text(product["product_id"], "product_id", PRODUCT_ID),
        version=read_text(product["version"], "version"),
        title_en=read_text(title["en"], "title.en"),
        title_zh=read_text(title["zh"], "title.zh"),
        symbol=read_symbol(token["symbol"]),
        decimals=read_decimals(token["decimals"]),
        currency=read_text(token["currency"], "settlement_token.currency", CURRENCY) if "currency" in token else "",
    )
