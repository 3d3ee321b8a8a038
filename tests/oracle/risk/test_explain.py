"""The manual's R8: what the customer is told, in both languages."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment, Subject
from oracle.risk.explain import contribution_lines, format_decimals, notice, service_lines, told_value
from oracle.risk.indicators import Line, Source, Value
from tests.oracle.risk.subjects import EVERY_CASE, engine, priced_for, rows_of, subject

HAN = re.compile(r"[一-鿿]")


def assessed(line: Line, **changes: Value) -> Assessment:
    return assess(subject(line, **changes), engine())


def told(found: Assessment) -> tuple[str, str]:
    words = notice(found, engine().tables)
    return "\n".join(words["en"]), "\n".join(words["zh"])


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_notice__any_assessment__says_tier_basis_measure_and_objection_in_both_languages(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    found = assess(Subject(1, case, data.draw(rows_of(case))), engine())
    en, zh = told(found)

    assert f"assessed as {found.tier.name.lower()} risk" in en
    assert {RiskTier.LOW: "低风险", RiskTier.MEDIUM: "中风险", RiskTier.HIGH: "高风险"}[found.tier] in zh
    assert f"{found.score // 100}.{found.score % 100:02d} of 100" in en
    assert "Result of the assessment:" in en
    assert "评估结果" in zh
    assert "You can object by phone, by mail or at a branch" in en
    assert "提出异议" in zh
    assert len(en.splitlines()) == len(zh.splitlines())
    assert not HAN.search(en)
    assert all(HAN.search(line) for line in zh.splitlines())
    assert "{" not in en + zh


def test_notice__medium__says_the_loading() -> None:
    en, zh = told(priced_for(RiskTier.MEDIUM, Line.LIFE))

    assert "the premium is raised by 20 %" in en
    assert "保费上浮20%" in zh


def test_notice__capped__says_the_cap() -> None:
    en, zh = told(priced_for(RiskTier.MEDIUM, Line.LIFE, sum_insured_minor=100_000_000))

    assert "at most 500,000.00 CNY" in en
    assert "500,000.00CNY" in zh


def test_notice__refusal_recommended__gives_the_reason_and_says_who_decides() -> None:
    en, zh = told(assessed(Line.MOTOR, drink_driving_records=2))

    assert "There are several records of drink-driving." in en
    assert "An underwriter decides on a refusal" in en
    assert "a reason to refuse raises the score to 80.01" in en
    assert "有多次酒驾记录" in zh
    assert "由核保人决定并签署" in zh


def test_notice__high_by_ratio_alone__gives_it_as_the_reason() -> None:
    found = assessed(Line.MOTOR, premium_minor=1_000)
    en, _ = told(found)

    assert found.tier is RiskTier.HIGH
    assert "is in the high tier, and no specific exclusion" in en
    assert "The risk score of" not in en


def test_notice__low__takes_the_fast_lane_and_offers_no_changes() -> None:
    en, _ = told(assessed(Line.LIFE, premium_minor=1_000_000))

    assert "fast lane, within 1 working day" in en
    assert "would be" not in en


def test_notice__source_not_read__is_named() -> None:
    one = subject(Line.LIFE)
    found = assess(Subject(1, one.case, one.row, unread=(Source.HOSPITAL, Source.INSURERS)), engine())
    en, zh = told(found)

    assert "we did not read: hospital records, records of other insurers" in en
    assert "医院病历、其他保险公司记录" in zh


def test_notice__manual_review_and_committee__are_announced() -> None:
    worst: dict[str, Value] = {"past_claims_36m": 4, "age_years": 28, "premium_minor": 1_000_000}
    en, zh = told(assessed(Line.LIFE, **worst))

    assert "A person checks the information again" in en
    assert "Three or more claims in three years at an age of 30 or less" in en
    assert "人工复核" in zh


def test_contribution_lines__largest_first__and_nothing_of_nothing() -> None:
    found = assessed(Line.LIFE, age_years=50, occupation="roofer")
    lines = contribution_lines(found, engine().tables.texts, "en", most=100)

    assert lines[1:3] == ("occupation class: 5 of 6 classes, 12.75 points.", "age: 50 years, 11 points.")
    assert len(lines) == 1 + sum(1 for each in found.measured.contributions if each.millionths)


def test_service_lines__low__names_the_services() -> None:
    found = assessed(Line.LIFE, premium_minor=1_000_000)

    assert "the green lane for claims" in service_lines(found, engine().tables.texts, "en")
    assert "理赔绿色通道" in service_lines(found, engine().tables.texts, "zh")


@pytest.mark.parametrize(
    ("indicator", "value", "en", "zh"),
    [
        ("age_years", 30, "30 years", "30岁"),
        ("driving_years", 1, "1 year", "1年"),
        ("violations_12m", 1, "1 time", "1次"),
        ("violations_12m", 0, "0 times", "0次"),
        ("fasting_glucose_umol", 5_600, "5.6 mmol/L", "5.6mmol/L"),
        ("bmi_tenths", 224, "22.4 kg/m²", "22.4kg/m²"),
        ("hba1c_bp", 570, "5.7 %", "5.7%"),
        ("debt_to_income_bps", 10_000, "100 %", "100%"),
        ("smoking", "current", "current", "目前吸烟"),
        ("flood_zone", True, "yes", "是"),
        ("flood_zone", None, "not given", "未提供"),
    ],
)
def test_told_value__unit_and_words__as_people_read_them(indicator: str, value: Value, en: str, zh: str) -> None:
    texts = engine().tables.texts

    assert told_value(indicator, value, texts, "en") == en
    assert told_value(indicator, value, texts, "zh") == zh


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(0, 3, "0"), (5_600, 3, "5.6"), (100, 2, "1"), (100, 0, "100"), (7, 1, "0.7")]
)
def test_format_decimals__zeros_at_the_end__are_left_out(value: int, decimals: int, text: str) -> None:
    assert format_decimals(value, decimals) == text
