"""A parametric product as its insurer writes it: parsed, checked, and turned into terms and a document."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.clauses import LANGUAGES
from domain.document import parameters_of
from domain.errors import AmountInvalid, CurveInvalid, TermOutOfRange, TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.money import format_amount
from domain.parametric_terms import ParametricTerms, check_terms
from domain.product_clauses import read_clauses
from domain.product_fields import PARAMETRIC, read_parameters, read_product, read_unit
from domain.ranges import MAX_UINT40
from domain.wording import AMOUNTS, PARAMETERS, TIMES, moment, parameter_words
from domain.written_product import WrittenProduct, read_head

_KEYS = ("product_id", "version", "title", "unit", "settlement_token", "parameters", "clauses")


@dataclass(frozen=True)
class ProductFile(WrittenProduct):
    """A checked product file of the parametric kind.

    Attributes:
        unit: What the thresholds count.
        parameters: The terms, with zero addresses and zero hashes in place of what is not known yet.
    """

    unit: str
    parameters: ParametricTerms

    def terms(self, *, treasury: str, quorum: str) -> ParametricTerms:
        """The terms to deploy: what the file says, paid by this treasury, on the word of this quorum.

        Raises:
            AddressInvalid
        """
        return replace(
            self.parameters,
            treasury=treasury,
            quorum=quorum,
            clause_root=self.clause_root,
            document_hash=self.document_hash,
        )

    def document(self, terms: ParametricTerms) -> dict[str, object]:
        """The product document: what people read, and every hash it can be checked by (`check_document`).

        Raises:
            TermsInvalid: `terms` were not made from this file.
        """
        if terms != self.terms(treasury=terms.treasury, quorum=terms.quorum):
            raise TermsInvalid("terms", terms, "were not made from this product file", "Use ProductFile.terms")
        return self._document(terms.as_json(), terms.hash())

    def _core(self) -> dict[str, object]:
        return {**self._head(), "unit": self.unit, "parameters": parameters_of(self.parameters.as_json())}


def parse_product(data: Mapping[str, object]) -> ProductFile:
    """A product file of the parametric kind, as its YAML was read, checked in full.

    Amounts are decimal text ("500.00") and become token units exactly; times are text in UTC
    ("2013-01-01T00:00:00Z"). Ranges are those of `ProductFactory`; every clause is in both languages, uses the same
    placeholders in both, and every parameter is said in some clause.

    Raises:
        TermsInvalid: Names the field, its value and the remedy.
    """
    product = read_product(data, PARAMETRIC, _KEYS)
    head, unit = read_head(product), read_unit(product["unit"])
    symbol, decimals = head["symbol"], head["decimals"]
    try:
        terms = ParametricTerms(
            treasury=ZERO_ADDRESS,
            quorum=ZERO_ADDRESS,
            clause_root=bytes(32),
            document_hash=bytes(32),
            **read_parameters(product["parameters"], decimals),
        )
        check_terms(terms)
    except TermOutOfRange as error:
        raise _as_written(error, decimals) from error
    except (AmountInvalid, CurveInvalid) as error:
        raise TermsInvalid(error.field, error.value, error.problem, error.remedy) from error
    words = {
        language: parameter_words(terms, language=language, unit=unit, symbol=symbol, decimals=decimals)
        for language in LANGUAGES
    }
    clauses = read_clauses(product["clauses"], words, PARAMETERS)
    return ProductFile(**head, unit=unit, clauses=clauses, parameters=terms)


def _as_written(error: TermOutOfRange, decimals: int) -> TermsInvalid:
    """The same refusal, its numbers written as in the file."""

    def written(number: int) -> str:
        if error.field in AMOUNTS:
            return f'"{format_amount(number, decimals)}"'
        return moment(number) if error.field in TIMES and number < MAX_UINT40 else str(number)

    field = f"parameters.{error.field}"
    if not isinstance(error.value, int) or error.least > error.most:
        return TermsInvalid(field, error.value, error.problem, error.remedy)
    least, most = written(error.least), written(error.most)
    return TermsInvalid(field, written(error.value), f"must be {least} to {most}", f"Set it to {least} to {most}")
