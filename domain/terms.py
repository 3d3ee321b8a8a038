"""Product file → typed terms → clause tree → hashes. The front door of the modules that do it."""

from domain.clauses import Clause, ClauseKind, clause_proof, clause_root, verify_clause
from domain.document import check_document
from domain.parametric_terms import ParametricTerms, check_terms
from domain.product import ProductFile, parse_product

__all__ = [
    "Clause",
    "ClauseKind",
    "ParametricTerms",
    "ProductFile",
    "check_document",
    "check_terms",
    "clause_proof",
    "clause_root",
    "parse_product",
    "verify_clause",
]
