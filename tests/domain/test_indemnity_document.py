"""Rule S6 for indemnity products: anyone can check their documents."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clauses import clause_root
from domain.document import document_hash
from domain.document_parts import clause_from_json
from domain.errors import DocumentAltered
from domain.indemnity_document import indemnity_terms_from_json
from domain.terms import IndemnityTerms, check_document
from tests.domain.samples import DESK, DISBURSEMENT, QUORUM, TREASURY, hospital_care, put

TERMS = hospital_care().terms(treasury=TREASURY, quorum=QUORUM, desk=DESK, disbursement=DISBURSEMENT)
DOCUMENT: dict[str, Any] = json.loads(json.dumps(hospital_care().document(TERMS)))


def refused(document: dict[str, Any]) -> DocumentAltered:
    """How a document is refused."""
    with pytest.raises(DocumentAltered) as refusal:
        check_document(document)
    return refusal.value


def forged(*changes: Any) -> dict[str, Any]:
    """The document after some changes, every hash made to fit, as a forger would."""
    document = copy.deepcopy(DOCUMENT)
    for change in changes:
        change(document)
    document["document_hash"] = document["terms"]["document_hash"] = f"0x{document_hash(document).hex()}"
    document["terms_hash"] = f"0x{indemnity_terms_from_json(document['terms']).hash().hex()}"
    return document


def test_check_document__as_made__gives_back_the_terms() -> None:
    assert check_document(DOCUMENT, terms_hash=TERMS.hash()) == TERMS
    assert check_document(forged()) == TERMS


def test_document__keys__are_those_people_and_screens_rely_on() -> None:
    assert set(DOCUMENT) == {
        *("kind", "product_id", "version", "title", "settlement_token", "parameters", "perils", "coverages"),
        *("reasons", "clauses", "clause_root", "document_hash", "terms_hash", "terms"),
    }
    assert DOCUMENT["kind"] == "indemnity"
    assert DOCUMENT["perils"][1] == {"id": "accident", "name": {"en": "accident", "zh": "意外伤害"}}
    told = {"code": "stroke-from-hypertension", "bit": 0, "diagnoses": ["I60-I64"]}
    assert DOCUMENT["clauses"][15]["exclusion"] == told
    assert DOCUMENT["settlement_token"] == {"symbol": "TUSD", "decimals": 6, "currency": "USD"}
    assert "exclusion" not in DOCUMENT["clauses"][0]
    assert DOCUMENT["parameters"]["tiers"]["bounds"]["medium_from_score"] == 6_000
    assert DOCUMENT["parameters"]["claims"]["auto_tier"] == 0
    assert DOCUMENT["reasons"][0]["text"]["en"] == "The loss is insured and proven as claimed."
    assert DOCUMENT["terms"]["desk"] == DESK


def test_check_document__other_terms_on_chain__is_refused() -> None:
    with pytest.raises(DocumentAltered, match="terms_hash is "):
        check_document(DOCUMENT, terms_hash=bytes(32))


ALTERED = [
    ("clauses.3.text.en", "We pay nothing.", "clauses.C4.leaf"),
    ("clauses.15.exclusion.bit", 30, "document_hash"),
    ("clauses.15.exclusion.diagnoses", ["I60"], "document_hash"),
    ("clauses.15.exclusion.diagnoses", ["stroke"], "exclusion.diagnoses[0]"),
    ("settlement_token.currency", "EUR", "document_hash"),
    ("clauses.15.exclusion.code", "stroke", "document_hash"),
    ("perils.0.name.en", "sickness", "document_hash"),
    ("coverages.0.id", "ward", "document_hash"),
    ("reasons.0.text.zh", "不予赔付。", "document_hash"),
    ("reasons.0.clauses", [], "document_hash"),
    ("parameters.claims.interest_bps", 0, "document_hash"),
    ("parameters.coverages.0.share_bps", 10_000, "document_hash"),
    ("terms.claims.interest_bps", 0, "terms_hash"),
    ("terms.tiers.bounds.high_above_score", 9_000, "terms_hash"),
    ("terms.coverages.0.deductible", 0, "terms_hash"),
    ("terms.desk", TREASURY, "terms_hash"),
    ("terms.disbursement", "0x12", "address"),
    ("terms.min_premium", 1.5, "document"),
    ("terms.tiers.high_accepted", 1, "document"),
    ("terms.claims.auto_tier", 3, "document"),
    ("terms.waiting_seconds", [True, 0, 0, 0], "document"),
    ("terms.note", "paid twice", "terms"),
    ("terms.coverages.0.note", "paid twice", "terms"),
    ("kind", "parametric", "document"),
    ("kind", "life", "kind"),
]


@pytest.mark.parametrize(("path", "value", "field"), ALTERED)
def test_check_document__altered_anywhere__is_refused_there(path: str, value: object, field: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    put(path, value)(document)

    assert refused(document).field == field


@pytest.mark.parametrize("part", ["terms", "perils", "coverages", "reasons", "settlement_token", "clauses", "kind"])
def test_check_document__part_missing__is_refused(part: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    del document[part]

    with pytest.raises(DocumentAltered):
        check_document(document)


@pytest.mark.parametrize(
    ("path", "value", "clause"),
    [
        ("claims.interest_bps", 0, "C21"),
        ("claims.decide_days_low", 9, "C18"),
        ("coverages.0.share_bps", 7_000, "C4"),
        ("waiting_seconds.3", 0, "C10"),
        ("tiers.capped_sum_insured", 400_000_000_000, "C12"),
        ("coverages.2.perils", 0b0001, "C6"),
    ],
)
def test_check_document__terms_the_words_do_not_say__are_refused(path: str, value: int, clause: str) -> None:
    both = (put(f"{part}.{path}", value) for part in ("terms", "parameters"))

    assert refused(forged(*both)).field == f"clauses.{clause}.text.en"


@pytest.mark.parametrize(
    ("path", "value", "field", "problem"),
    [
        ("clauses.17.exclusion.bit", 0, "clauses.X1.exclusion", "is no bit of its own"),
        ("clauses.17.exclusion.bit", 32, "clauses.X3.exclusion", "is no bit of its own"),
        ("clauses.17.kind", "cover", "clauses.X3.exclusion", "is no bit of its own"),
        ("clauses.0.says", [], "clauses.C1.says", "should be ('period_seconds',)"),
        ("clauses.0.template", None, "clauses.C1.template", "is missing"),
        ("clauses.0.template.en", "We pay {period}.", "clauses.C1.template", "is in one language only"),
        ("reasons.0.clauses", ["C99"], "reasons.1.clauses", "is no clause of these terms"),
        ("perils", DOCUMENT["perils"][:3], "perils", "are 4 in the terms"),
        ("coverages", DOCUMENT["coverages"][:3], "coverages", "are 4 in the terms"),
    ],
)
def test_check_document__words_that_do_not_hold_together__are_refused(
    path: str, value: object, field: str, problem: str
) -> None:
    refusal = refused(forged(put(path, value)))

    assert (refusal.field, refusal.problem) == (field, problem)


def test_check_document__a_parameter_left_out_of_words_and_templates__is_refused() -> None:
    words = {"en": "We insure you.", "zh": "本公司承担保险责任。"}
    silent = [put("clauses.0.text", words), put("clauses.0.template", words), put("clauses.0.says", [])]

    document = forged(*silent, _rebind)

    refusal = refused(document)
    assert (refusal.field, refusal.problem) == ("parameters.period_seconds", "is in no clause (en)")


def test_check_document__a_number_typed_into_words_and_template__is_refused() -> None:
    words = {"en": "We insure you {period_seconds}, or 9 days.", "zh": "保险期间{period_seconds}，或9天。"}
    filled = {language: text.replace("{period_seconds}", "365") for language, text in words.items()}
    typed = [put("clauses.0.text", filled), put("clauses.0.template", words)]

    refusal = refused(forged(*typed, _rebind))

    assert (refusal.field, refusal.problem) == ("clauses.C1.template.en", "has a number typed in")


def _rebind(document: dict[str, Any]) -> None:
    """Make leaves and root fit the clauses."""
    clauses = [clause_from_json(item) for item in document["clauses"]]
    for item, clause in zip(document["clauses"], clauses, strict=True):
        item["leaf"] = f"0x{clause.leaf().hex()}"
    document["clause_root"] = document["terms"]["clause_root"] = f"0x{clause_root(clauses).hex()}"


@given(st.integers(0, len(DOCUMENT["clauses"]) - 1), st.integers(0), st.sampled_from("xX9。"))
def test_check_document__any_character_of_any_clause__is_bound(clause: int, place: int, letter: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    text = document["clauses"][clause]["text"]
    for language in ("en", "zh"):
        words = text[language]
        at = place % len(words)
        if words[at] == letter:
            continue
        text[language] = words[:at] + letter + words[at + 1 :]
        with pytest.raises(DocumentAltered):
            check_document(document)
        text[language] = words


def test_indemnity_terms_from_json__what_as_json_wrote__comes_back() -> None:
    back = indemnity_terms_from_json(json.loads(json.dumps(TERMS.as_json())))

    assert isinstance(back, IndemnityTerms)
    assert (back, back.hash()) == (TERMS, TERMS.hash())
