"""Indemnity products the factory made, with their documents, proven by the hash of the terms on chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from backend.chain.quorum import SignerSet
from backend.problems import Problem
from backend.products.service import Documents
from backend.underwriting.ports import SoldProduct
from domain.document import check_document
from domain.document_parts import clause_from_json, whole
from domain.errors import DocumentAltered
from domain.indemnity_terms import IndemnityTerms
from ledger.bindings import IndemnityPolicy, IndemnityProduct, OracleQuorum, ProductFactory
from ledger.deployment import Deployment
from ledger.rpc import Rpc

MINOR_DIGITS = 2


class ChainShelf:
    """Implements `Shelf`. Terms never change, so each document is read once; signers and time are asked each time."""

    def __init__(self, rpc: Rpc, deployment: Deployment, documents: Documents) -> None:
        self._rpc = rpc
        self._deployment = deployment
        self._documents = documents
        self._known: dict[str, SoldProduct] = {}

    def product(self, address: str) -> SoldProduct:
        """See `Shelf`."""
        if address not in self._known:
            factory = self._deployment.contracts["ProductFactory"]
            if not self._rpc.eth_call(factory, ProductFactory.is_product(address), "latest"):
                raise Problem("product_unknown", f"product {address} is not sold here. See GET /v1/products.")
            self._known[address] = self._read(address)
        return self._known[address]

    def signers(self, product: SoldProduct) -> SignerSet:
        """See `Shelf`."""
        quorum, latest = product.terms.quorum, "latest"
        epoch = self._rpc.eth_call(quorum, OracleQuorum.current_epoch(), latest)
        signers, _, threshold = self._rpc.eth_call(quorum, OracleQuorum.signer_set(epoch), latest)
        return SignerSet(int(epoch), frozenset(signers), max(int(threshold), product.terms.min_signatures))

    def chain_time(self) -> int:
        """See `Shelf`."""
        return int(self._rpc.block("latest")["timestamp"], 16)

    def policy(self, product: SoldProduct, policy_id: int) -> IndemnityPolicy | None:
        """See `Shelf`."""
        found = self._rpc.eth_call(product.address, IndemnityProduct.policy(policy_id), "latest")
        return None if int(found.holder, 16) == 0 else found

    def _read(self, address: str) -> SoldProduct:
        terms_hash = self._rpc.eth_call(address, IndemnityProduct.terms_hash(), "latest")
        found = self._documents.find(terms_hash)
        try:
            if found is None:
                raise DocumentAltered("document", f"0x{terms_hash.hex()}", "is not here", "Publish it again")
            terms = check_document(found[1], terms_hash=terms_hash)
        except DocumentAltered as error:
            detail = f"the document of product {address} cannot be used ({error.problem}). Publish it again."
            raise Problem("document_unknown", detail) from error
        if not isinstance(terms, IndemnityTerms):
            raise Problem("product_unknown", f"product {address} is parametric. Ask for its quotes directly.")
        return sold_product(address, found[1], terms)


def sold_product(address: str, document: Mapping[str, Any], terms: IndemnityTerms) -> SoldProduct:
    """What of a document underwriting needs."""
    token = cast("Mapping[str, Any]", document["settlement_token"])
    clauses = [clause_from_json(each) for each in document["clauses"]]
    exclusions = {
        each.exclusion.code: {language: each.text(language) for language in ("en", "zh")}
        for each in clauses
        if each.exclusion
    }
    units = 10 ** (whole(token["decimals"]) - MINOR_DIGITS)
    return SoldProduct(address, terms, str(token.get("currency", "")), units, exclusions)
