"""A product as its insurer writes it: parsed, checked, and turned into terms and a document."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from domain.clauses import LANGUAGES, Clause, ClauseKind, clause_root
from domain.document import document_hash, parameters_of
from domain.errors import AmountInvalid, CurveInvalid, TermOutOfRange, TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.money import format_amount
from domain.parametric_terms import ParametricTerms, check_terms
from domain.product_fields import (
    PRODUCT_ID,
    read_decimals,
    read_mapping,
    read_parameters,
    read_sequence,
    read_symbol,
    read_text,
    read_unit,
)
from domain.ranges import MAX_UINT40
from domain.wording import AMOUNTS, PARAMETERS, TIMES, fill, moment, parameter_words, placeholders

_KEYS = ("product_id", "version", "title", "unit", "settlement_token", "parameters", "clauses")


@dataclass(frozen=True)
class ProductFile:
    """A checked product file.

    Attributes:
        product_id: As in `flight-delay`.
        version: As in "1".
        title_en, title_zh: What it is called.
        unit: What the thresholds count.
        symbol, decimals: Of the settlement token.
        clauses: In order, their numbers filled in.
        parameters: The terms, with zero addresses and zero hashes in place of what is not known yet.
    """

    product_id: str
    version: str
    title_en: str
    title_zh: str
    unit: str
    symbol: str
    decimals: int
    clauses: tuple[Clause, ...]
    parameters: ParametricTerms

    @cached_property
    def clause_root(self) -> bytes:
        """Root of the clause tree."""
        return clause_root(self.clauses)

    @cached_property
    def document_hash(self) -> bytes:
        """Hash of the product document."""
        return document_hash(self._core())

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
        document = self._core()
        document["clauses"] = [{**clause.as_json(), "leaf": f"0x{clause.leaf().hex()}"} for clause in self.clauses]
        document["clause_root"] = f"0x{self.clause_root.hex()}"
        document["document_hash"] = f"0x{self.document_hash.hex()}"
        document["terms_hash"] = f"0x{terms.hash().hex()}"
        document["terms"] = terms.as_json()
        return document

    def _core(self) -> dict[str, object]:
        return {
            "product_id": self.product_id,
            "version": self.version,
            "title": {"en": self.title_en, "zh": self.title_zh},
            "unit": self.unit,
            "settlement_token": {"symbol": self.symbol, "decimals": self.decimals},
            "parameters": parameters_of(self.parameters),
            "clauses": [clause.as_json() for clause in self.clauses],
        }


def parse_product(data: Mapping[str, object]) -> ProductFile:
    """A product file, as its YAML was read, checked in full.

    Amounts are decimal text ("500.00") and become token units exactly; times are text in UTC
    ("2013-01-01T00:00:00Z"). Ranges are those of `ProductFactory`; every clause is in both languages, uses the same
    placeholders in both, and every parameter is said in some clause.

    Raises:
        TermsInvalid: Names the field, its value and the remedy.
    """
    product = read_mapping(data, "product file", _KEYS)
    token = read_mapping(product["settlement_token"], "settlement_token", ("symbol", "decimals"))
    symbol, decimals = read_symbol(token["symbol"]), read_decimals(token["decimals"])
    unit = read_unit(product["unit"])
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
    title = read_mapping(product["title"], "title", LANGUAGES)
    words = {
        language: parameter_words(terms, language=language, unit=unit, symbol=symbol, decimals=decimals)
        for language in LANGUAGES
    }
    return ProductFile(
        product_id=read_text(product["product_id"], "product_id", PRODUCT_ID),
        version=read_text(product["version"], "version"),
        title_en=read_text(title["en"], "title.en"),
        title_zh=read_text(title["zh"], "title.zh"),
        unit=unit,
        symbol=symbol,
        decimals=decimals,
        clauses=_clauses(product["clauses"], words),
        parameters=terms,
    )


def _clauses(value: object, words: Mapping[str, Mapping[str, str]]) -> tuple[Clause, ...]:
    clauses: list[Clause] = []
    said: set[str] = set()
    for index, item in enumerate(read_sequence(value, "clauses")):
        field = f"clauses[{index}]"
        entry = read_mapping(item, field, ("id", "kind", "text"))
        texts = read_mapping(entry["text"], f"{field}.text", LANGUAGES)
        en, zh = (read_text(texts[language], f"{field}.text.{language}") for language in LANGUAGES)
        _check_same_placeholders(field, en, zh)
        said |= placeholders(en)
        clause = Clause(
            id=read_text(entry["id"], f"{field}.id"),
            kind=_kind(entry["kind"], f"{field}.kind"),
            text_en=fill(" ".join(en.split()), words["en"], f"{field}.text.en"),
            text_zh=fill("".join(line.strip() for line in zh.splitlines()), words["zh"], f"{field}.text.zh"),
            says=tuple(sorted(placeholders(en))),
        )
        if any(clause.id == other.id for other in clauses):
            raise TermsInvalid(f"{field}.id", clause.id, "is used twice", "Give every clause its own id")
        clauses.append(clause)
    unsaid = [name for name in PARAMETERS if name not in said]
    if unsaid:
        problem = "is a parameter that no clause says"
        raise TermsInvalid("clauses", unsaid[0], problem, f"Write {{{unsaid[0]}}} into the clause it belongs to")
    return tuple(clauses)


def _check_same_placeholders(field: str, en: str, zh: str) -> None:
    differing = sorted(placeholders(en) ^ placeholders(zh))
    if differing:
        problem = "is in one language only"
        raise TermsInvalid(f"{field}.text", f"{{{differing[0]}}}", problem, "Say the same in both languages")


def _kind(value: object, field: str) -> ClauseKind:
    kinds = [kind.value for kind in ClauseKind]
    if value not in kinds:
        raise TermsInvalid(field, value, "is no kind of clause", f"Choose one of {', '.join(kinds)}")
    return ClauseKind(value)


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
