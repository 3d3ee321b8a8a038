from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from domain.errors import AmountInvalid, TermsInvalid
from domain.hashing import ZERO_ADDRESS
from domain.indemnity import premium_due
from domain.indemnity_file import IndemnityFile, parse_indemnity_product
from domain.indemnity_reports import IndemnityQuote, Measure, RiskAssessment
from domain.indemnity_underwriting import check_risk
from domain.money import Bps, TokenUnits
from domain.tiers import RiskTier
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Assessment
from oracle.risk.indicators import Line, Value
from oracle.risk.report import application_commitment, risk_assessment, underwriting_report
from tests.oracle.risk.applications import document
from tests.oracle.risk.subjects import engine, priced_for, subject

SALT = bytes(range(32))
UNITS = 10_000
PRODUCT = Path(__file__).parents[3] / "products" / "hospital-care.yaml"
HYPERTENSION = 1
MANY_ILLNESSES = sum(1 << bit for bit in (0, 1, 3, 7, 18, 35))


def product() -> IndemnityFile:
    return parse_indemnity_product(yaml.safe_load(PRODUCT.read_text("utf-8")))


def reported(found: Assessment) -> RiskAssessment:
    bitmap = product().exclusion_bitmap
    return risk_assessment(found, commitment=bytes(32), exclusion_bitmap=bitmap, units_per_minor=UNITS)


def assessed(**changes: Value) -> Assessment:
    return assess(subject(Line.HEALTH, **changes), engine())


@pytest.mark.parametrize(
    ("tier", "changes", "measure"),
    [
        (RiskTier.LOW, {}, Measure.NONE),
        (RiskTier.MEDIUM, {}, Measure.LOADING),
        (RiskTier.MEDIUM, {"sum_insured_minor": 60_000_000}, Measure.CAP),
        (RiskTier.MEDIUM, {"history_mask": HYPERTENSION}, Measure.EXCLUSION),
        (RiskTier.HIGH, {"history_mask": HYPERTENSION}, Measure.EXCLUSION),
        (RiskTier.HIGH, {"history_mask": MANY_ILLNESSES}, Measure.EXCLUSION),
    ],
)
def test_risk_assessment__every_measure__is_what_the_contract_binds(
    tier: RiskTier, changes: dict[str, Value], measure: Measure
) -> None:
    found = priced_for(tier, Line.HEALTH, **changes)
    report = reported(found)
    assert (found.tier, found.decided.measure) == (tier, measure)
    terms = product().terms(**dict.fromkeys(("treasury", "quorum", "desk", "disbursement"), ZERO_ADDRESS))
    # The product's own least sum and premium are of no concern here.
    terms = replace(terms, min_sum_insured=TokenUnits(1), min_premium=TokenUnits(0))
    assert found.factor_bps is not None
    exclusions = report.exclusions if measure is Measure.EXCLUSION else 0
    premium = premium_due(report.sum_insured_cap, report.rate_ppb, Bps(found.factor_bps), terms.min_premium)
    quote = IndemnityQuote(
        report.application_id, "", "", "", "", bytes(32), report.sum_insured_cap, premium, exclusions, measure, 0, 0
    )

    check_risk(terms, report, quote)


def test_risk_assessment__numbers__are_those_of_the_assessment() -> None:
    found = assessed(premium_minor=200_000, sum_insured_minor=60_000_000)
    report = reported(found)

    assert (report.score, report.tier) == (found.score, found.tier)
    assert report.loss_ratio_bps == found.measured.loss_ratio_bps
    assert report.rate_ppb == 3_333_334
    assert report.sum_insured_cap == found.cap_minor * UNITS


def test_risk_assessment__exclusions__are_the_bits_of_the_products_clauses() -> None:
    report = reported(priced_for(RiskTier.HIGH, Line.HEALTH, history_mask=MANY_ILLNESSES))

    named = [clause.exclusion.code for clause in product().excluded(report.exclusions) if clause.exclusion]
    assert named == [
        "hypertension-complications", "diabetes-complications", "heart-disease", "cancer", "back-and-joints",
        "respiratory-disease",
    ]  # fmt: skip


def test_risk_assessment__exclusion_the_product_has_no_clause_for__is_refused() -> None:
    found = priced_for(RiskTier.MEDIUM, Line.HEALTH, history_mask=HYPERTENSION)

    def none(codes: Iterable[str]) -> int:
        raise TermsInvalid("exclusions", next(iter(codes)), "is no exclusion of this product", "Choose another")

    with pytest.raises(TermsInvalid, match="stroke-from-hypertension"):
        risk_assessment(found, commitment=bytes(32), exclusion_bitmap=none, units_per_minor=UNITS)


def test_commitment__another_salt_or_answer__is_another() -> None:
    one = parse_application(document(Line.LIFE))
    other = parse_application(document(Line.LIFE, bmi_tenths=225))
    commitments = {
        application_commitment(one, SALT),
        application_commitment(one, SALT[::-1]),
        application_commitment(other, SALT),
    }

    assert len(commitments) == 3
    assert application_commitment(parse_application(document(Line.LIFE)), SALT) in commitments


def test_commitment__salt_of_another_length__is_refused() -> None:
    with pytest.raises(AmountInvalid):
        application_commitment(parse_application(document(Line.LIFE)), SALT[:31])


def test_underwriting_report__batch__is_ordered_and_carries_the_model() -> None:
    found = assess(subject_of(parse_application(document(Line.HEALTH))), engine())
    one = reported(found)
    another = replace(one, application_id=3)
    report = underwriting_report(
        [one, another], chain_id=1, product=ZERO_ADDRESS, signer_epoch=1, observed_at=5, valid_until=9,
        model_hash=found.model_hash,
    )  # fmt: skip

    assert [each.application_id for each in report.assessments] == [3, 7]
    assert report.model_hash == engine().hash


@pytest.mark.parametrize("copies", [0, 2, 1_000])
def test_underwriting_report__empty_too_large_or_twice__is_refused(copies: int) -> None:
    one = reported(assessed(premium_minor=200_000))
    batch = [replace(one, application_id=place if copies > 2 else 1) for place in range(copies)]

    with pytest.raises(AmountInvalid) as caught:
        underwriting_report(
            batch, chain_id=1, product=ZERO_ADDRESS, signer_epoch=1, observed_at=5, valid_until=9, model_hash=bytes(32)
        )

    assert caught.value.field == "assessments"
