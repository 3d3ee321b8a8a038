"""Rule S6: anyone can check a product document."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import document_hash, terms_from_json
from domain.errors import DocumentAltered
from domain.hashing import keccak256
from domain.terms import ParametricTerms, ProductFile, check_document
from domain.wording import parameter_words
from tests.domain.samples import QUORUM, TREASURY, any_terms, flight_delay


@pytest.fixture
def document(product: ProductFile, flight_terms: ParametricTerms) -> dict[str, Any]:
    """The flight-delay document, as read from its JSON file."""
    read: dict[str, Any] = json.loads(json.dumps(product.document(flight_terms)))
    return read


def test_check_document__as_made__gives_back_the_terms(document: dict[str, Any], flight_terms: ParametricTerms) -> None:
    assert check_document(document) == flight_terms
    assert check_document(document, terms_hash=flight_terms.hash()) == flight_terms


def test_document__keys__are_those_people_and_screens_rely_on(document: dict[str, Any]) -> None:
    assert set(document) == {
        *("product_id", "version", "title", "unit", "settlement_token", "parameters", "clauses"),
        *("clause_root", "document_hash", "terms_hash", "terms"),
    }
    assert set(document["clauses"][0]) == {"id", "kind", "says", "text", "leaf"}
    assert document["parameters"]["thresholds"] == [60, 120, 180]
    assert document["terms"]["treasury"] == TREASURY


def test_document_hash__derived_parts__do_not_count(document: dict[str, Any]) -> None:
    core = {k: v for k, v in document.items() if k not in {"clause_root", "document_hash", "terms_hash", "terms"}}
    core["clauses"] = [{k: v for k, v in clause.items() if k != "leaf"} for clause in core["clauses"]]
    text = json.dumps(core, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert document_hash(document) == keccak256(text.encode())
    assert f"0x{document_hash(document).hex()}" == document["document_hash"]


def test_check_document__other_terms_on_chain__is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(DocumentAltered, match="terms_hash is "):
        check_document(document, terms_hash=bytes(32))


ALTERED = [
    ("clauses.3.text.en", "We pay nothing.", "clauses.C4.leaf"),
    ("clauses.3.text.zh", "不予赔付。", "clauses.C4.leaf"),
    ("clauses.3.leaf", "0x00", "clauses.C4.leaf"),
    ("clauses.3.id", "C99", "clauses.C99.leaf"),
    ("clauses.3.kind", "exclusion", "document_hash"),
    ("title.en", "Other insurance", "document_hash"),
    ("settlement_token.symbol", "EUR", "document_hash"),
    ("parameters.min_premium", 2_000_000, "document_hash"),
    ("clause_root", "0x00", "clause_root"),
    ("document_hash", "0x00", "document_hash"),
    ("terms_hash", "0x00", "terms_hash"),
    ("terms.min_premium", 2_000_000, "terms_hash"),
    ("terms.clause_root", "0x" + "00" * 32, "terms.clause_root"),
    ("terms.document_hash", "0x" + "00" * 32, "terms.document_hash"),
    ("terms.treasury", "0x12", "address"),
    ("terms.min_premium", 1.5, "document"),
    ("terms.thresholds", 60, "document"),
    ("terms.note", "paid twice", "terms"),
    ("clauses", [], "clauses"),
    ("clauses", None, "document"),
    ("clauses.3.kind", "promise", "document"),
    ("extra", 1.5, "$.extra"),
]


@pytest.mark.parametrize(("path", "value", "field"), ALTERED)
def test_check_document__altered_anywhere__is_refused_there(
    document: dict[str, Any], path: str, value: object, field: str
) -> None:
    *parents, last = path.split(".")
    node: Any = document
    for part in parents:
        node = node[int(part)] if part.isdigit() else node[part]
    node[last] = value

    with pytest.raises(DocumentAltered) as refused:
        check_document(document)

    assert refused.value.field == field


@pytest.mark.parametrize("key", ["terms", "clauses", "settlement_token", "parameters", "terms_hash", "unit"])
def test_check_document__part_missing__is_refused(document: dict[str, Any], key: str) -> None:
    del document[key]

    with pytest.raises(DocumentAltered):
        check_document(document)


def rehashed(document: dict[str, Any], terms: dict[str, Any]) -> dict[str, Any]:
    """The document with these terms put in and its own hashes made to fit, as a forger would."""
    forged = copy.deepcopy(document)
    forged["terms"] |= terms
    forged["parameters"] |= terms
    forged["document_hash"] = forged["terms"]["document_hash"] = f"0x{document_hash(forged).hex()}"
    forged["terms_hash"] = f"0x{terms_from_json(forged['terms']).hash().hex()}"
    return forged


def test_check_document__parameters_that_no_clause_says__are_refused(document: dict[str, Any]) -> None:
    forged = rehashed(document, {"cancelled_share_bps": 4_000})

    with pytest.raises(DocumentAltered) as refused:
        check_document(forged)

    assert (refused.value.field, refused.value.value) == ("parameters.cancelled_share_bps", "40 %")


def test_check_document__parameters_other_than_the_terms__are_refused(document: dict[str, Any]) -> None:
    document["parameters"]["min_premium"] = 2_000_000
    forged = rehashed(document, {})

    with pytest.raises(DocumentAltered) as refused:
        check_document(forged)

    assert refused.value.field == "parameters"


@given(any_terms())
def test_terms_from_json__what_as_json_wrote__comes_back(terms: ParametricTerms) -> None:
    assert terms_from_json(json.loads(json.dumps(terms.as_json()))) == terms


@given(st.integers(0, len(flight_delay().clauses) - 1), st.integers(0, 200), st.characters(codec="utf-8"))
def test_check_document__any_character_of_any_clause__is_bound(clause: int, place: int, letter: str) -> None:
    product = flight_delay()
    document = product.document(product.terms(treasury=TREASURY, quorum=QUORUM))
    texts: Any = document["clauses"]
    text = texts[clause]["text"]["en"]
    altered = text[:place] + letter + text[place + 1 :]
    texts[clause]["text"]["en"] = altered

    if altered == text:
        check_document(document)
        return
    with pytest.raises(DocumentAltered):
        check_document(document)


@pytest.mark.parametrize("parameter", ["curve", "cancelled_share_bps", "diverted_share_bps", "report_window_seconds"])
def test_document__parameter_an_amount_rests_on__is_said_by_one_clause(product: ProductFile, parameter: str) -> None:
    words = parameter_words(product.parameters, language="en", unit="minutes", symbol="TUSD", decimals=6)

    saying = [clause for clause in product.clauses if parameter in clause.says]

    assert len(saying) == 1
    assert words[parameter] in saying[0].text_en
