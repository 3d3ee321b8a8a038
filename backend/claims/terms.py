"""What an indemnity product promises, in words and figures: its document, proven by the hash of the terms on chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.orm import Session

from backend.chain.projections import policies_read
from backend.problems import Problem
from domain.clauses import Clause
from domain.document import check_document
from domain.document_parts import clause_from_json, whole
from domain.errors import DocumentAltered
from domain.indemnity_terms import IndemnityTerms

MINOR_DIGITS = 2
FindDocument = Callable[[bytes], tuple[str, dict[str, Any]] | None]
"""A document by the hash of its terms, as `backend.products.service.Documents.find` has it."""
Names = Mapping[str, str]
"""A text by language, "en" and "zh"."""


@dataclass(frozen=True, slots=True)
class CoveredProduct:
    """An indemnity product as claims are handled under it.

    Attributes:
        coverages, perils: Names by their places in the terms.
        reasons: Code of a decision's reason -> clauses it may rest on.
        symbol, decimals: Of the settlement token.
    """

    address: str
    terms: IndemnityTerms
    clauses: Sequence[Clause]
    coverages: Sequence[Names]
    perils: Sequence[Names]
    reasons: Mapping[int, Sequence[str]]
    currency: str
    symbol: str
    decimals: int

    @property
    def units_per_minor(self) -> int:
        """Token units of one minor unit of the currency."""
        return int(10 ** max(self.decimals - MINOR_DIGITS, 0))

    def clause(self, clause_id: str) -> Clause:
        """A clause of the terms.

        Raises:
            Problem: `clause_unknown`.
        """
        for each in self.clauses:
            if each.id == clause_id:
                return each
        known = ", ".join(each.id for each in self.clauses)
        raise Problem("clause_unknown", f"clause {clause_id!r} does not stand in these terms. Choose one of {known}.")

    def clause_by_hash(self, found: bytes) -> Clause | None:
        """The clause a decision on the chain (by the hash of its words) or an award (by its leaf) rests on, or None."""
        return next((each for each in self.clauses if found in (each.words_hash(), each.leaf())), None)


class TermsShelf:
    """Products whose claims are handled here. Terms never change, so each document is read once."""

    def __init__(self, find: FindDocument) -> None:
        self._find = find
        self._known: dict[str, CoveredProduct] = {}

    def product(self, session: Session, address: str) -> CoveredProduct:
        """One product.

        Raises:
            Problem: `product_unknown`, `document_unknown`.
        """
        if address not in self._known:
            rows = {row.address: row.terms_hash for row in policies_read.products(session)}
            if address not in rows:
                raise Problem("product_unknown", f"product {address} is no indemnity product of ours, or not yet seen.")
            self._known[address] = self._read(address, bytes(rows[address]))
        return self._known[address]

    def _read(self, address: str, terms_hash: bytes) -> CoveredProduct:
        found = self._find(terms_hash)
        if found is None:
            raise Problem("document_unknown", f"the document of product {address} is not here. Publish it again.")
        document = found[1]
        try:
            terms = check_document(document, terms_hash=terms_hash)
        except DocumentAltered as error:
            detail = f"the document of product {address} was changed ({error.field}). Publish it again."
            raise Problem("document_unknown", detail) from error
        if not isinstance(terms, IndemnityTerms):
            raise Problem("product_unknown", f"product {address} is parametric: it pays without a notice of loss.")
        return _covered(address, document, terms)


def _covered(address: str, document: Mapping[str, Any], terms: IndemnityTerms) -> CoveredProduct:
    token = cast("Mapping[str, Any]", document["settlement_token"])
    return CoveredProduct(
        address=address, terms=terms, clauses=[clause_from_json(each) for each in document["clauses"]],
        coverages=[dict(each["name"]) for each in document["coverages"]],
        perils=[dict(each["name"]) for each in document["perils"]],
        reasons={whole(each["code"]): tuple(each["clauses"]) for each in document["reasons"]},
        currency=str(token.get("currency", "")), symbol=str(token["symbol"]), decimals=whole(token["decimals"]),
    )  # fmt: skip
