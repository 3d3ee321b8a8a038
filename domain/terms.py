"""Product file → typed terms → clause tree → hashes. The front door of the modules that do it."""

from collections.abc import Mapping

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root, verify_clause
from domain.document import check_document
from domain.indemnity_file import IndemnityFile, parse_indemnity_product
from domain.indemnity_ranges import check_indemnity_terms
from domain.indemnity_terms import IndemnityTerms
from domain.parametric_terms import ParametricTerms, check_terms
from domain.product import ProductFile, parse_product
from domain.product_fields import INDEMNITY, kind_of

__all__ = [
    "Clause",
    "ClauseKind",
    "IndemnityFile",
    "IndemnityTerms",
    "ParametricTerms",
    "ProductFile",
    "check_document",
    "check_indemnity_terms",
    "check_terms",
    "clause_proof",
    "clause_root",
    "parse_indemnity_product",
    "parse_product",
    "parse_product_file",
    "verify_clause",
]


def parse_product_file(data: Mapping[str, object]) -> ProductFile | IndemnityFile:
    """A product file of whichever kind it names, as its YAML was read, checked in full.

    Raises:
        TermsInvalid: Names the field, its value and the remedy.
    """
    return parse_indemnity_product(data) if kind_of(data) == INDEMNITY else parse_product(data)
