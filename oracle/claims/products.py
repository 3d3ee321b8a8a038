"""What a product promises, from its document beside the deployment file: proven by the hash of the terms on chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from domain.clauses import Clause
from domain.diagnoses import diagnosis_codes
from domain.document import check_document
from domain.document_parts import clause_from_json, whole
from domain.errors import DocumentAltered
from domain.indemnity_terms import IndemnityTerms
from domain.product_fields import CURRENCY, INDEMNITY
from ledger.deployment import Deployment
from oracle.claims.errors import ClaimUnfit
from oracle.claims.facts import ExclusionClause, ProductFacts
from oracle.evidence.loss import LossTerms

MINOR_DIGITS: Final = 2
"""Bills are read in hundredths."""
MOST_BYTES: Final = 4 << 20


class ProductShelf:
    """Documents of a deployment's products. Terms never change, so each is read once.

    Args:
        folder: Of the deployment file; documents are named relative to it.
    """

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self._desk = deployment.contracts.get("ClaimsDesk")
        self._paths = {each.address: folder / each.document for each in deployment.products if each.kind == INDEMNITY}
        self._known: dict[tuple[str, bytes], ProductFacts] = {}

    def facts(self, product: str, terms_hash: bytes) -> ProductFacts:
        """What the document says that belongs to these terms.

        Raises:
            ClaimUnfit: `product_unknown`, `document_unreadable`, `document_altered`, `document_lacks_currency`,
                `token_too_coarse`, `other_desk`.
        """
        key = (product, terms_hash)
        if key not in self._known:
            self._known[key] = self._read(product, terms_hash)
        return self._known[key]

    def _read(self, product: str, terms_hash: bytes) -> ProductFacts:
        path = self._paths.get(product)
        if path is None:
            remedy = "Take the deployment file that names it, with its documents"
            raise ClaimUnfit("product_unknown", "product", product, "is not in the deployment file", remedy)
        document = _load(path)
        try:
            terms = check_document(document, terms_hash=terms_hash)
        except DocumentAltered as error:
            remedy = f"Fetch {path.name} again from where the product was published"
            raise ClaimUnfit("document_altered", error.field, error.value, error.problem, remedy) from error
        if not isinstance(terms, IndemnityTerms):
            remedy = "Name the document of this product"
            raise ClaimUnfit("document_altered", "kind", "parametric", "is a document of another kind", remedy)
        if terms.desk != self._desk:
            remedy = "Ask the nodes of that desk"
            raise ClaimUnfit("other_desk", "desk", terms.desk, f"is not {self._desk}, whose claims we read", remedy)
        return _facts(product, document, terms)


def _load(path: Path) -> Mapping[str, object]:
    remedy = "Copy the folder of documents beside the deployment file"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ClaimUnfit("document_unreadable", "document", str(path), "is too large to be one", remedy)
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problem = f"cannot be read ({type(error).__name__})"
        raise ClaimUnfit("document_unreadable", "document", str(path), problem, remedy) from error
    if not isinstance(document, dict):
        raise ClaimUnfit("document_unreadable", "document", str(path), "is no JSON object", remedy)
    return document


def _facts(product: str, document: Mapping[str, object], terms: IndemnityTerms) -> ProductFacts:
    perils = cast("list[Mapping[str, str]]", document["perils"])
    clauses = [clause_from_json(item) for item in cast("list[Mapping[str, object]]", document["clauses"])]
    named = [clause for clause in clauses if clause.exclusion]
    return ProductFacts(
        address=product,
        terms=terms,
        document_hash=terms.document_hash,
        quorum=terms.quorum,
        desk=terms.desk,
        min_signatures=terms.min_signatures,
        min_confidence_bps=terms.claims.min_confidence_bps,
        perils=tuple(each["id"] for each in perils),
        waiting_seconds=terms.waiting_seconds,
        exclusions=tuple(
            ExclusionClause(each.id, each.exclusion.code, each.exclusion.bit) for each in named if each.exclusion
        ),
        loss_terms=_loss_terms(cast("Mapping[str, object]", document["settlement_token"]), named),
    )


def _loss_terms(token: Mapping[str, object], exclusions: list[Clause]) -> LossTerms:
    currency, decimals = token.get("currency"), whole(token["decimals"])
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        remedy = "Sell a version of the product whose file names settlement_token.currency, as in USD"
        raise ClaimUnfit("document_lacks_currency", "settlement_token.currency", currency, "is no currency", remedy)
    if decimals < MINOR_DIGITS:
        remedy = "Settle in a token of at least two decimals"
        raise ClaimUnfit("token_too_coarse", "settlement_token.decimals", decimals, "cannot show cents", remedy)
    bits: dict[str, list[int]] = {}
    for clause in exclusions:
        if clause.exclusion is not None:
            for code in diagnosis_codes(clause.exclusion.diagnoses):
                bits.setdefault(code, []).append(clause.exclusion.bit)
    return LossTerms(currency, 10 ** (decimals - MINOR_DIGITS), {code: tuple(each) for code, each in bits.items()})
