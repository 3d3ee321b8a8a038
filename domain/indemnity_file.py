"""An indemnity product as its insurer writes it: parsed, checked, and turned into terms and a document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.clauses import LANGUAGES, Clause
from domain.document import parameters_of
from domain.errors import AmountInvalid, TermOutOfRange, TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_fields import (
    ClauseReason,
    read_coverages,
    read_indemnity_parameters,
    read_perils,
    read_reasons,
)
from domain.indemnity_ranges import check_indemnity_terms
from domain.indemnity_terms import IndemnityTerms
from domain.indemnity_wording import AMOUNTS, IndemnityLanguage, Named
from domain.money import format_amount
from domain.product_clauses import Words, read_clauses
from domain.product_fields import INDEMNITY, read_product
from domain.written_product import Head, WrittenProduct, read_head

_KEYS = (
    *("product_id", "version", "title", "settlement_token", "parameters", "perils", "coverages", "clauses", "reasons"),
)


@dataclass(frozen=True)
class IndemnityFile(WrittenProduct):
    """A checked product file of the indemnity kind.

    Attributes:
        perils, coverages: In the order of their numbers.
        reasons: That decisions may give.
        parameters: The terms, with zero addresses and zero hashes in place of what is not known yet.
    """

    perils: tuple[Named, ...]
    coverages: tuple[Named, ...]
    reasons: tuple[ClauseReason, ...]
    parameters: IndemnityTerms

    def terms(self, *, treasury: str, quorum: str, desk: str, disbursement: str = ZERO_ADDRESS) -> IndemnityTerms:
        """The terms to deploy: what the file says, paid by this treasury, handled by these contracts.

        Args:
            disbursement: For payment institutions; left out: none.
        Raises:
            AddressInvalid
        """
        return replace(
            self.parameters,
            treasury=treasury,
            quorum=quorum,
            desk=desk,
            disbursement=disbursement,
            clause_root=self.clause_root,
            document_hash=self.document_hash,
        )

    def document(self, terms: IndemnityTerms) -> dict[str, object]:
        """The product document: what people read, and every hash it can be checked by (`check_document`).

        Raises:
            TermsInvalid: `terms` were not made from this file.
        """
        names = ("treasury", "quorum", "desk", "disbursement")
        if terms != self.terms(**{name: getattr(terms, name) for name in names}):
            raise TermsInvalid("terms", terms, "were not made from this product file", "Use IndemnityFile.terms")
        return self._document(terms.as_json(), terms.hash())

    @property
    def exclusions(self) -> tuple[Clause, ...]:
        """Clauses that hold only for policies that name them, by their bits."""
        named = [(clause.exclusion.bit, clause) for clause in self.clauses if clause.exclusion]
        return tuple(clause for _, clause in sorted(named, key=lambda pair: pair[0]))

    def exclusion_bitmap(self, codes: Iterable[str]) -> int:
        """Bitmap of exclusions, as reports, quotes and policies carry it.

        Raises:
            TermsInvalid: The product has no exclusion of this code.
        """
        bits = {clause.exclusion.code: clause.exclusion.bit for clause in self.clauses if clause.exclusion}
        bitmap = 0
        for code in codes:
            if code not in bits:
                remedy = f"Choose from {', '.join(bits) or 'none: this product has no such clause'}"
                raise TermsInvalid("exclusions", code, f"is no exclusion of {self.product_id}", remedy)
            bitmap |= 1 << bits[code]
        return bitmap

    def excluded(self, bitmap: int) -> tuple[Clause, ...]:
        """Clauses a policy with this bitmap names."""
        return tuple(clause for clause in self.exclusions if clause.exclusion and bitmap >> clause.exclusion.bit & 1)

    def _core(self) -> dict[str, object]:
        return {
            **self._head(),
            "kind": INDEMNITY,
            "parameters": parameters_of(self.parameters.as_json()),
            "perils": [peril.as_json() for peril in self.perils],
            "coverages": [coverage.as_json() for coverage in self.coverages],
            "reasons": [each.as_json() for each in self.reasons],
        }


def parse_indemnity_product(data: Mapping[str, object]) -> IndemnityFile:
    """A product file of the indemnity kind, as its YAML was read, checked in full.

    Amounts are decimal text ("500.00") and become token units exactly. Ranges are those of `ProductFactory`; perils and
    coverages have a name in both languages, and their numbers by their places; every clause is in both languages, uses
    the same placeholders in both and types no number, and every parameter is said in some clause.

    Raises:
        TermsInvalid: Names the field, its value and the remedy.
    """
    product = read_product(data, INDEMNITY, _KEYS)
    head = read_head(product)
    try:
        perils, coverages, terms = _read_terms(product, head["decimals"])
        check_indemnity_terms(terms)
    except TermOutOfRange as error:
        raise _as_written(error, head["decimals"]) from error
    except AmountInvalid as error:
        raise TermsInvalid(error.field, error.value, error.problem, error.remedy) from error
    words = _words(head, terms, perils, coverages)
    clauses = read_clauses(product["clauses"], words, list(words["en"]), indemnity=True)
    reasons = read_reasons(product["reasons"], [clause.id for clause in clauses])
    parts = {"perils": perils, "coverages": coverages}
    return IndemnityFile(**head, **parts, clauses=clauses, reasons=reasons, parameters=terms)


def _read_terms(
    product: Mapping[str, object], decimals: int
) -> tuple[tuple[Named, ...], tuple[Named, ...], IndemnityTerms]:
    perils, waiting_seconds = read_perils(product["perils"])
    names, coverages = read_coverages(product["coverages"], perils, decimals)
    terms = IndemnityTerms(
        treasury=ZERO_ADDRESS,
        quorum=ZERO_ADDRESS,
        desk=ZERO_ADDRESS,
        disbursement=ZERO_ADDRESS,
        clause_root=bytes(32),
        document_hash=bytes(32),
        coverages=coverages,
        waiting_seconds=waiting_seconds,
        **read_indemnity_parameters(product["parameters"], decimals),
    )
    return perils, names, terms


def _words(head: Head, terms: IndemnityTerms, perils: Sequence[Named], coverages: Sequence[Named]) -> Words:
    """Placeholders and what they stand for, in each language."""
    words: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        speech = IndemnityLanguage(language, head["symbol"], head["decimals"])
        words[language] = {}
        for name, said in speech.words(terms, perils, coverages):
            if name in words[language]:
                remedy = "Give perils and coverages ids that share no placeholder"
                raise TermsInvalid("perils, coverages", f"{{{name}}}", "stands for two things", remedy)
            words[language][name] = said
    return words


def _as_written(error: TermOutOfRange, decimals: int) -> TermsInvalid:
    """The same refusal, under the file's own path, its amounts written as in the file."""

    def written(number: int) -> str:
        return f'"{format_amount(number, decimals)}"' if error.field.rpartition(".")[2] in AMOUNTS else str(number)

    field = f"parameters.{error.field}"
    if error.field.startswith("waiting_seconds"):
        field = f"perils{error.field.removeprefix('waiting_seconds')}.waiting_seconds"
    elif error.field.startswith(("perils", "coverages")):
        field = error.field
    if not isinstance(error.value, int) or error.least > error.most:
        return TermsInvalid(field, error.value, error.problem, error.remedy)
    least, most = written(error.least), written(error.most)
    return TermsInvalid(field, written(error.value), f"must be {least} to {most}", f"Set it to {least} to {most}")
