"""From a product file to the call that makes the product, among the contracts that will pay and handle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.product_fields import INDEMNITY, PARAMETRIC
from domain.terms import IndemnityFile, IndemnityTerms, ParametricTerms, ProductFile
from ledger.bindings import ProductFactory
from ledger.codec import Call


@dataclass(frozen=True, slots=True)
class Creation:
    """What the factory is asked for.

    Attributes:
        kind: Of the product file.
        document: What people read, with every hash it can be checked by.
    """

    kind: str
    terms: ParametricTerms | IndemnityTerms
    document: Mapping[str, object]
    call: Call[Any]

    @property
    def terms_hash(self) -> bytes:
        """What the product on chain will answer."""
        return self.terms.hash()


def creation_of(file: ProductFile | IndemnityFile, contracts: Mapping[str, str]) -> Creation:
    """The creation of a product.

    Args:
        contracts: Name → address: Treasury and OracleQuorum, for an indemnity product ClaimsDesk and Disbursement too.
    Raises:
        KeyError: One of them is missing.
        AddressInvalid
    """
    payers = {"treasury": contracts["Treasury"], "quorum": contracts["OracleQuorum"]}
    if isinstance(file, IndemnityFile):
        handlers = {"desk": contracts["ClaimsDesk"], "disbursement": contracts["Disbursement"]}
        terms = file.terms(**payers, **handlers)
        return Creation(INDEMNITY, terms, file.document(terms), ProductFactory.create_indemnity_product(terms))
    fixed = file.terms(**payers)
    return Creation(PARAMETRIC, fixed, file.document(fixed), ProductFactory.create_parametric_product(fixed))
