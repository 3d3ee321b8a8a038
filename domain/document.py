"""The product document: what people read, and how anyone checks that it is what the chain is bound to."""

from collections.abc import Mapping
from dataclasses import fields
from typing import cast

from domain.clauses import LANGUAGES, Clause, clause_root
from domain.document_parts import check_equal, clause_from_json, whole
from domain.errors import DocumentAltered, DomainError
from domain.hashing import canonical_json, keccak256
from domain.indemnity_document import check_indemnity_words, indemnity_terms_from_json
from domain.indemnity_terms import IndemnityTerms
from domain.parametric_terms import ParametricTerms
from domain.product_fields import INDEMNITY, kind_of
from domain.wording import parameter_words

DERIVED = frozenset({"clause_root", "document_hash", "terms_hash", "terms"})
"""Parts of a document that follow from the rest, or are known only once it is deployed."""
NOT_PARAMETERS = frozenset({"treasury", "quorum", "desk", "disbursement", "clause_root", "document_hash"})
"""Terms that the product file does not set."""


def document_hash(document: Mapping[str, object]) -> bytes:
    """Keccak of the document's canonical JSON, without what is derived from it and without the clauses' leaves.

    Raises:
        AmountInvalid: There is a float in it.
    """
    clauses = cast("list[Mapping[str, object]]", document["clauses"])
    core = {key: value for key, value in document.items() if key not in DERIVED}
    core["clauses"] = [{key: value for key, value in clause.items() if key != "leaf"} for clause in clauses]
    return keccak256(canonical_json(core))


def parameters_of(terms: Mapping[str, object]) -> dict[str, object]:
    """The terms that a product file sets, as a document lists them; `terms` as their `as_json` writes them."""
    return {name: value for name, value in terms.items() if name not in NOT_PARAMETERS}


def check_document(
    document: Mapping[str, object], *, terms_hash: bytes | None = None
) -> ParametricTerms | IndemnityTerms:
    """Recompute every hash of a product document, and compare its words with its parameters. Rule S6.

    Args:
        document: As read from JSON.
        terms_hash: What the product on chain answers; the document must carry exactly these terms.
    Returns:
        The terms the document is bound to.
    Raises:
        DocumentAltered: A part is missing or malformed, a hash differs, parameters and terms differ, or a parameter
            is not said in some clause of each language.
    """
    try:
        terms = _terms(document)
        clauses = [clause_from_json(item) for item in cast("list[Mapping[str, object]]", document["clauses"])]
        leaves = [item["leaf"] for item in cast("list[Mapping[str, object]]", document["clauses"])]
        _check_hashes(document, terms, clauses, leaves)
        if isinstance(terms, IndemnityTerms):
            check_indemnity_words(document, terms, clauses)
        else:
            _check_words(document, terms, clauses)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentAltered("document", str(error), "is malformed", "Fetch the document again") from error
    except DocumentAltered:
        raise
    except DomainError as error:
        raise DocumentAltered(error.field, error.value, error.problem, "Fetch the document again") from error
    if terms_hash is not None:
        check_equal("terms_hash", f"0x{terms.hash().hex()}", f"0x{terms_hash.hex()}")
    return terms


def _terms(document: Mapping[str, object]) -> ParametricTerms | IndemnityTerms:
    values = cast("Mapping[str, object]", document["terms"])
    return indemnity_terms_from_json(values) if kind_of(document) == INDEMNITY else terms_from_json(values)


def terms_from_json(values: Mapping[str, object]) -> ParametricTerms:
    """Terms as `ParametricTerms.as_json` wrote them.

    Raises:
        KeyError, TypeError, ValueError: A field is missing or malformed.
        AddressInvalid, AmountInvalid
    """
    read: dict[str, object] = {}
    for field in fields(ParametricTerms):
        value = values[field.name]
        if field.name in ("clause_root", "document_hash"):
            value = bytes.fromhex(cast(str, value).removeprefix("0x"))
        elif field.name in ("thresholds", "shares_bps"):
            value = tuple(whole(item) for item in cast("list[object]", value))
        elif field.name not in ("treasury", "quorum"):
            value = whole(value)
        read[field.name] = value
    return ParametricTerms(**read)  # type: ignore[arg-type]  # each field was converted above, by name


def _check_hashes(
    document: Mapping[str, object], terms: ParametricTerms | IndemnityTerms, clauses: list[Clause], leaves: list[object]
) -> None:
    root, hash_ = f"0x{clause_root(clauses).hex()}", f"0x{document_hash(document).hex()}"
    for clause, leaf in zip(clauses, leaves, strict=True):
        check_equal(f"clauses.{clause.id}.leaf", leaf, f"0x{clause.leaf().hex()}")
    check_equal("clause_root", document["clause_root"], root)
    check_equal("terms.clause_root", f"0x{terms.clause_root.hex()}", root)
    check_equal("document_hash", document["document_hash"], hash_)
    check_equal("terms.document_hash", f"0x{terms.document_hash.hex()}", hash_)
    check_equal("terms_hash", document["terms_hash"], f"0x{terms.hash().hex()}")
    check_equal("parameters", document["parameters"], parameters_of(terms.as_json()))
    if document["terms"] != terms.as_json():
        problem = "is in the terms, or is written in another way than they are"
        raise DocumentAltered("terms", "what is not hashed", problem, "Fetch the document again, or do not trust it")


def _check_words(document: Mapping[str, object], terms: ParametricTerms, clauses: list[Clause]) -> None:
    token = cast("Mapping[str, object]", document["settlement_token"])
    for language in LANGUAGES:
        words = parameter_words(
            terms,
            language=language,
            unit=cast(str, document["unit"]),
            symbol=cast(str, token["symbol"]),
            decimals=whole(token["decimals"]),
        )
        text = "\n".join(clause.text(language) for clause in clauses)
        for name, said in words.items():
            if said not in text:
                raise DocumentAltered(f"parameters.{name}", said, f"is in no clause ({language})", "Do not trust it")
