"""Product files of the indemnity kind: what is accepted, and what is refused in which words."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.clauses import ClauseKind
from domain.errors import TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.terms import IndemnityFile, check_indemnity_terms, parse_indemnity_product
from domain.tiers import RiskTier
from tests.domain.samples import (
    DESK,
    DISBURSEMENT,
    HOSPITAL_CARE,
    QUORUM,
    TREASURY,
    drop,
    flight_delay_data,
    hospital_care,
    hospital_care_data,
    put,
)

Change = Callable[[dict[str, Any]], None]
TUSD = 1_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def product() -> IndemnityFile:
    """The hospital-care product."""
    return hospital_care()


def changed(*changes: Change) -> IndemnityFile:
    """The hospital-care product after some changes to its file."""
    data = hospital_care_data()
    for change in changes:
        change(data)
    return parse_indemnity_product(data)


def refusal(*changes: Change) -> TermsInvalid:
    """How the hospital-care file is refused after some changes."""
    with pytest.raises(TermsInvalid) as refused:
        changed(*changes)
    return refused.value


def test_parse__hospital_care__gives_its_terms(product: IndemnityFile) -> None:
    terms = product.terms(treasury=TREASURY, quorum=QUORUM, desk=DESK, disbursement=DISBURSEMENT)

    check_indemnity_terms(terms, threshold=3, signers=4)
    assert (terms.treasury, terms.quorum, terms.desk, terms.disbursement) == (TREASURY, QUORUM, DESK, DISBURSEMENT)
    assert (terms.clause_root, terms.document_hash) == (product.clause_root, product.document_hash)
    assert (terms.min_sum_insured, terms.max_sum_insured) == (10_000 * TUSD, 2_000_000 * TUSD)
    assert terms.tiers.capped_sum_insured == 500_000 * TUSD
    assert (terms.tiers.loaded_factor_bps, terms.tiers.high_accepted) == (12_000, True)
    assert (terms.claims.decide_days_low, terms.claims.decide_days, terms.claims.auto_tier) == (2, 10, RiskTier.LOW)
    assert terms.waiting_seconds == (30 * DAY, 0, 90 * DAY, 280 * DAY)
    assert [coverage.perils for coverage in terms.coverages] == [0b1011, 0b0100, 0b0011, 0b1111]
    assert terms.coverages[0].deductible == 500 * TUSD


def test_terms__without_institutions__name_none(product: IndemnityFile) -> None:
    assert product.terms(treasury=TREASURY, quorum=QUORUM, desk=DESK).disbursement == ZERO_ADDRESS


def test_parse__hospital_care__says_what_an_insured_must_know(product: IndemnityFile) -> None:
    english = " ".join(clause.text_en for clause in product.clauses)

    for promise in (
        "From each loss you bear 500.00 TUSD. Of the rest we pay 80 %",
        "30 days for illness, 0 days for accident, 90 days for critical illness and 280 days for childbirth",
        "at 100 % with a sum insured of at most 500,000.00 TUSD",
        "A high risk is accepted only with exclusions",
        "We decide within 2 working days after your notice if your risk is low",
        "what is granted bears interest of 8 % a year",
        "A machine never denies",
        "one of them a consumer advocate",
        "we return the premium for the time that is left",
        "We cannot cancel it",
        "only as far as you have consented in writing",
        "a stroke caused by hypertension",
    ):
        assert promise in english
    assert {clause.kind for clause in product.clauses} == set(ClauseKind)
    assert all("{" not in clause.text_en + clause.text_zh for clause in product.clauses)


def test_hospital_care__file__types_no_number_in_a_clause() -> None:
    texts = [text for clause in hospital_care_data()["clauses"] for text in clause["text"].values()]

    assert len(texts) == 2 * len(hospital_care().clauses)
    assert not any(re.search(r"\d", text) for text in texts)


def test_hospital_care__file__is_kept_as_text_where_money_is_meant() -> None:
    assert re.search(r"(deductible|sum_insured|premium|limit|cap|above): [0-9]", HOSPITAL_CARE.read_text()) is None


@pytest.mark.parametrize(
    ("change", "clause", "en", "zh"),
    [
        (put("coverages.0.share_bps", 7_550), "C4", "we pay 75.5 %", "本公司赔付75.5%"),
        (put("coverages.1.deductible", "0.000001"), "C5", "you bear 0.000001 TUSD", "免赔额0.000001 TUSD"),
        (put("coverages.1.perils", ["illness", "critical_illness"]), "C5", "illness and critical", "疾病、重大疾病"),
        (put("perils.1.waiting_seconds", 36 * 3_600), "C10", "36 hours for accident", "意外伤害36小时"),
        (
            put("perils.0.name.en", "sickness"),
            "C4",
            "for sickness, accident and childbirth",
            "承保疾病、意外伤害、生育",
        ),
        (put("parameters.tiers.high_accepted", False), "C12", "A high risk is refused", "高风险不予承保"),
        (put("parameters.tiers.bounds.medium_from_score", 5_050), "C11", "below 50.5 ", "评分低于50.5"),
        (put("parameters.claims.acknowledge_days", 2), "C18", "within 2 working days. We decide", "在2个工作日内确认"),
        (put("parameters.claims.auto_tier", "medium"), "C17", "no higher than medium", "不高于“中”"),
        (put("parameters.min_signatures", 5), "C11", "at least 5 nodes", "至少5个节点"),
    ],
)
def test_parse__a_parameter_changed__changes_words_and_hashes_together(
    product: IndemnityFile, change: Change, clause: str, en: str, zh: str
) -> None:
    other = changed(change)

    said = next(each for each in other.clauses if each.id == clause)
    assert en in said.text_en
    assert zh in said.text_zh
    assert other.clause_root != product.clause_root
    assert other.document_hash != product.document_hash


@pytest.mark.parametrize(
    "change",
    [
        put("clauses.15.exclusion.bit", 31),
        put("clauses.15.exclusion.code", "stroke"),
        put("perils.0.id", "sickness"),
        put("reasons.0.clauses", ["C4"]),
    ],
)
def test_parse__what_no_clause_says_changed__changes_the_document_hash(product: IndemnityFile, change: Change) -> None:
    data = hospital_care_data()
    change(data)
    if data["perils"][0]["id"] == "sickness":
        rename(data, "illness", "sickness")

    other = parse_indemnity_product(data)

    assert other.clause_root == product.clause_root
    assert other.document_hash != product.document_hash


def rename(data: dict[str, Any], old: str, new: str) -> None:
    """Give a peril another id wherever it is meant."""
    for coverage in data["coverages"]:
        coverage["perils"] = [new if peril == old else peril for peril in coverage["perils"]]
    for clause in data["clauses"]:
        for language, text in clause["text"].items():
            clause["text"][language] = text.replace(f"{{{old}_", f"{{{new}_")


COVERAGE = {
    "id": "dental",
    "name": {"en": "teeth", "zh": "牙科"},
    "perils": ["accident"],
    "limit_bps": 1,
    "claim_limit_bps": 1,
    "share_bps": 1,
    "deductible": "0.00",
}
BROKEN = [
    # shape
    (put("kind", "parametric"), "kind", "parametric", "is not indemnity, which is needed here"),
    (put("kind", "life"), "kind", "life", "is no kind of product"),
    (drop("perils"), "product file.perils", None, "is missing"),
    (put("unit", "minutes"), "product file", "unit", "is an unknown key"),
    (drop("parameters.claims.auto_limit"), "parameters.claims.auto_limit", None, "is missing"),
    (put("parameters.tiers.factor", 1), "parameters.tiers", "factor", "is an unknown key"),
    (put("parameters.tiers.bounds", 6_000), "parameters.tiers.bounds", 6_000, "is not a mapping"),
    (put("parameters.tiers.high_accepted", 1), "parameters.tiers.high_accepted", 1, "is not true or false"),
    (put("parameters.claims.auto_tier", 0), "parameters.claims.auto_tier", 0, "is no tier"),
    (put("parameters.claims.auto_tier", "LOW"), "parameters.claims.auto_tier", "LOW", "is no tier"),
    (put("parameters.claims.decide_days", "10"), "parameters.claims.decide_days", "10", "is not a whole number"),
    # amounts
    (put("parameters.min_premium", 50.0), "parameters.min_premium", 50.0, "is a float, and money must be exact"),
    (
        put("coverages.0.deductible", "0.0000001"),
        "coverages[0].deductible",
        "0.0000001",
        "is finer than the token's 6 decimals",
    ),
    (put("parameters.claims.auto_limit", "5,000"), "parameters.claims.auto_limit", "5,000", "is not a decimal amount"),
    # ranges, in the words and under the paths of the file
    (
        put("parameters.min_sum_insured", "2000000.01"),
        "parameters.min_sum_insured",
        '"2000000.01"',
        'must be "0.000001" to "2000000.00"',
    ),
    (
        put("parameters.tiers.capped_sum_insured", "9999.99"),
        "parameters.tiers.capped_sum_insured",
        '"9999.99"',
        'must be "10000.00" to "2000000.00"',
    ),
    (
        put("parameters.tiers.bounds.high_above_score", 5_999),
        "parameters.tiers.bounds.high_above_score",
        "5999",
        "must be 6000 to 10000",
    ),
    (
        put("parameters.tiers.bounds.medium_from_score", 65_536),
        "parameters.tiers.bounds.medium_from_score",
        65_536,
        "is not a whole number from 0 to 65535",
    ),
    (
        put("parameters.claims.decide_days_low", 11),
        "parameters.claims.decide_days_low",
        "11",
        "must be 1 to 10",
    ),
    (
        put("coverages.0.claim_limit_bps", 10_001),
        "coverages[0].claim_limit_bps",
        "10001",
        "must be 1 to 10000",
    ),
    (put("coverages.0.deductible", "2000000.01"), "coverages[0].deductible", '"2000000.01"', 'must be "0.00" to'),
    (put("perils.3.waiting_seconds", 366 * DAY), "perils[3].waiting_seconds", "31622400", "must be 0 to 31536000"),
    # perils and coverages
    (put("perils", []), "perils", [], "is not a list with entries"),
    (put("perils.1.id", "illness"), "perils[1].id", "illness", "is used twice"),
    (put("perils.0.id", "Illness"), "perils[0].id", "Illness", "does not match [a-z]+(_[a-z]+)*"),
    (drop("perils.0.name.zh"), "perils[0].name.zh", None, "is missing"),
    (put("coverages.1.id", "hospital"), "coverages[1].id", "hospital", "is used twice"),
    (put("coverages.0.perils", []), "coverages[0].perils", [], "is not a list with entries"),
    (put("coverages.0.perils.1", "flood"), "coverages[0].perils[1]", "flood", "is no peril"),
    (put("coverages.0.perils.1", ["illness"]), "coverages[0].perils[1]", ["illness"], "is no peril"),
    (put("coverages.0.perils.1", "illness"), "coverages[0].perils[1]", "illness", "is named twice"),
    (put("coverages.1.id", "accident"), "perils, coverages", "{accident_name}", "stands for two things"),
    # clauses
    (put("settlement_token.currency", "dollar"), "settlement_token.currency", "dollar", "does not match"),
    (put("clauses.15.exclusion.diagnoses", []), "clauses[15].exclusion.diagnoses", [], "is not a list with entries"),
    (put("clauses.15.exclusion.diagnoses", ["I60", "x"]), "clauses[15].exclusion.diagnoses[1]", "x", "is no code"),
    (put("clauses.15.exclusion.bit", 32), "clauses[15].exclusion.bit", 32, "must be 0 to 31"),
    (put("clauses.15.exclusion.bit", -1), "clauses[15].exclusion.bit", -1, "must be 0 to 31"),
    (put("clauses.16.exclusion.bit", 0), "clauses[16].exclusion.bit", 0, "is used twice"),
    (
        put("clauses.16.exclusion.code", "stroke-from-hypertension"),
        "clauses[16].exclusion.code",
        "stroke-from-hypertension",
        "is used twice",
    ),
    (
        put("clauses.15.exclusion.code", "Stroke"),
        "clauses[15].exclusion.code",
        "Stroke",
        "does not match [a-z][a-z0-9-]{0,63}",
    ),
    (
        put("clauses.15.kind", "procedure"),
        "clauses[15].exclusion",
        "stroke-from-hypertension",
        "stands in a clause of kind procedure",
    ),
    (
        put("clauses.15.text.zh", "等待期为３０天。"),
        "clauses[15].text.zh",
        "等待期为３０天。",
        "has a number typed in",
    ),
    (
        put("clauses.6.text", {"en": "We pay for an ambulance.", "zh": "本公司赔付救护车费用。"}),
        "clauses",
        "ambulance_name",
        "is a parameter that no clause says",
    ),
    # reasons
    (put("reasons.0.code", 4), "reasons[0].code", 4, "is no reason of the table"),
    (put("reasons.0.code", 900), "reasons[0].code", 900, "is the panel's own"),
    (put("reasons.1.code", 1), "reasons[1].code", 1, "is used twice"),
    (put("reasons.0.clauses", []), "reasons[0].clauses", [], "is not a list with entries"),
    (put("reasons.0.clauses", ["C99"]), "reasons[0].clauses", "C99", "is no clause of this file"),
    (put("reasons", [{"code": 1, "clauses": ["C4"]}]), "reasons", [1], "hold none to deny with"),
    (put("reasons", [{"code": 40, "clauses": ["C4"]}]), "reasons", [40], "hold none to grant with"),
]


@pytest.mark.parametrize(("change", "field", "value", "problem"), BROKEN, ids=[f"{b[1]}: {b[3]}" for b in BROKEN])
def test_parse__malformed_file__names_field_value_and_remedy(
    change: Change, field: str, value: object, problem: str
) -> None:
    refused = refusal(change)

    assert (refused.field, refused.value) == (field, value)
    assert refused.problem.startswith(problem)
    assert refused.remedy
    assert str(refused) == f"{field} is {value!r}: {refused.problem}. {refused.remedy}."


def test_parse__more_coverages_than_a_policy_has_room_for__counts_them() -> None:
    refused = refusal(lambda data: data["coverages"].append(COVERAGE))

    assert (refused.field, refused.value, refused.problem) == ("coverages", "5", "must be 1 to 4")


def test_parse__a_coverage_no_clause_speaks_of__is_refused() -> None:
    refused = refusal(lambda data: data.update(coverages=[*data["coverages"][:3], COVERAGE]))

    assert (refused.field, refused.value) == ("clauses[6].text.en", "{ambulance_claim_limit_bps}")


def test_parse__a_parametric_file__says_which_kind_is_needed() -> None:
    with pytest.raises(TermsInvalid, match="kind is 'parametric': is not indemnity"):
        parse_indemnity_product(flight_delay_data())


def test_exclusion_bitmap__codes__are_bits_of_clauses_and_back(product: IndemnityFile) -> None:
    bitmap = product.exclusion_bitmap(["cancer", "stroke-from-hypertension", "cancer"])

    assert bitmap == 0b10001
    assert [clause.id for clause in product.excluded(bitmap)] == ["X1", "X5"]
    assert product.exclusion_bitmap([]) == 0
    assert product.excluded(0) == ()
    assert [clause.exclusion.bit for clause in product.exclusions if clause.exclusion] == list(range(8))


def test_exclusion_bitmap__unknown_code__names_those_there_are(product: IndemnityFile) -> None:
    with pytest.raises(TermsInvalid, match=r"'flood': is no exclusion of hospital-care\. Choose from stroke-from"):
        product.exclusion_bitmap(["flood"])


def test_document__terms_of_another_product__are_refused(product: IndemnityFile) -> None:
    terms = product.terms(treasury=TREASURY, quorum=QUORUM, desk=DESK)

    with pytest.raises(TermsInvalid, match="were not made from this product file"):
        product.document(replace(terms, period_seconds=1))
