"""Nothing unknown goes into the fast lane, and what is asked for when much is insured (R3, R7)."""

from typing import Any

import numpy as np
import pytest

from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment
from oracle.risk.explain import notice
from oracle.risk.fast_lane import lacking, lacking_each
from oracle.risk.indicators import Line, Party, Value
from tests.oracle.risk.subjects import coded, engine, refused, subject, table_of

EXAMINED = ("systolic_mmhg", "diastolic_mmhg", "fasting_glucose_umol", "cholesterol_umol", "bmi_tenths")
DECISIVE = [
    (Line.LIFE, 50_000_001, (*EXAMINED, "income_minor")),
    (Line.LIFE, 100_000_001, ("ldl_umol", "liabilities_minor")),
    (Line.HEALTH, 50_000_001, EXAMINED),
    (Line.ACCIDENT, 1_000_000, ("drink_driving_records",)),
    (Line.ACCIDENT, 50_000_001, ("violations_12m", "at_fault_accidents_36m")),
    (Line.PROPERTY, 50_000_000, ("occupancy", "building_age_years")),
]
EACH = [(line, insured, name) for line, insured, names in DECISIVE for name in names]


def found(line: Line, insured: int, **changes: Value) -> Assessment:
    """A standard risk at a hundredth of the sum as premium, which no line's losses come near to making medium."""
    stated: dict[str, Value] = {
        "sum_insured_minor": insured, "premium_minor": max(insured // 20, 1), "credit_score": 750,
        "income_minor": max(insured // 4, 1), **changes,
    }  # fmt: skip
    if line is Line.PROPERTY:
        stated.setdefault("property_value_minor", insured)
    asked = {
        name: value for name, value in stated.items() if line in (Line.LIFE, Line.PROPERTY) or "income" not in name
    }
    if line not in (Line.LIFE, Line.PROPERTY):
        asked.pop("credit_score")
    return assess(subject(line, **asked), engine())


def conditions(assessment: Assessment) -> list[str]:
    return [rule.code for rule in assessment.qualitative.conditions]


@pytest.mark.parametrize(("line", "insured", "name"), EACH)
def test_assess__one_decisive_fact_absent__is_low_but_not_in_the_fast_lane(line: Line, insured: int, name: str) -> None:
    known, unknown = found(line, insured), found(line, insured, **{name: None})

    assert (known.tier, known.review.fast_lane, known.review.lacking) == (RiskTier.LOW, True, ())
    assert (unknown.tier, unknown.review.fast_lane) == (RiskTier.LOW, False)
    assert unknown.review.lacking == (name,)


@pytest.mark.parametrize("insured", [50_000_000, 50_000_001])
def test_assess__life_without_examination__is_fast_up_to_500_000_yuan(insured: int) -> None:
    unexamined = found(Line.LIFE, insured, **dict.fromkeys((*EXAMINED, "hba1c_bp", "ldl_umol")))

    assert unexamined.review.fast_lane is (insured == 50_000_000)


def test_assess__ten_billion_yuan_and_nothing_known__is_not_fast_and_asks_for_everything() -> None:
    unknown = dict.fromkeys((*EXAMINED, "hba1c_bp", "ldl_umol", "income_minor", "liabilities_minor", "assets_minor"))
    big = assess(subject(Line.LIFE, sum_insured_minor=10**12, premium_minor=10**10, term_years=20, **unknown), engine())

    assert not big.review.fast_lane
    assert {"survival-check", "income-unknown"} <= set(conditions(big))
    assert {*EXAMINED, "income_minor", "credit_score"} <= set(big.review.lacking)


@pytest.mark.parametrize(
    ("line", "code", "least"),
    [
        (Line.LIFE, "survival-check", 300_000_000),
        (Line.ACCIDENT, "survival-check", 300_000_000),
        (Line.HEALTH, "survival-check", 1_000_000_000),
        (Line.MOTOR, "vehicle-inspection", 200_000_000),
        (Line.PROPERTY, "site-survey", 500_000_000),
    ],
)
def test_assess__high_sum_insured__asks_for_the_check_and_leaves_the_fast_lane(
    line: Line, code: str, least: int
) -> None:
    below, at = found(line, least - 1), found(line, least)

    assert (code in conditions(below), code in conditions(at)) == (False, True)
    assert (below.review.fast_lane, at.review.fast_lane) == (True, False)


@pytest.mark.parametrize(
    ("insured", "income", "asked"),
    [(99_999_999, None, False), (100_000_000, None, True), (100_000_000, 50_000_000, False)],
)
def test_assess__income_unknown_and_a_million_insured__asks_for_proof(insured: int, income: Value, asked: bool) -> None:
    assert ("income-unknown" in conditions(found(Line.LIFE, insured, income_minor=income))) is asked


def test_lacking__form_that_does_not_ask__needs_nothing_of_it() -> None:
    company = coded(Line.PROPERTY, Party.CORPORATE)

    assert "age_years" not in company
    assert lacking(table_of(Line.PROPERTY).needs, company) == ()


@pytest.mark.parametrize("line", Line)
def test_lacking_each__columns__say_what_one_by_one_says(line: Line) -> None:
    needs = table_of(line).needs
    names = [name for need in needs for name in need.facts]
    rows: list[dict[str, int]] = [
        {**coded(line), "sum_insured_minor": insured, **dict.fromkeys(names[:count], -1)}
        for insured in (1, 50_000_000, 50_000_001, 200_000_001)
        for count in range(len(names) + 1)
    ]

    columns = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in rows[0]}

    assert lacking_each(needs, columns).tolist() == [bool(lacking(needs, row)) for row in rows]


def test_notice__low_and_something_lacking__names_it_in_both_languages() -> None:
    told = notice(found(Line.LIFE, 60_000_000, income_minor=None), engine().tables)

    assert any("fast lane these are still needed: yearly income." in line for line in told["en"])
    assert any("尚需提供：年收入。" in line for line in told["zh"])


@pytest.mark.parametrize("name", ["shoe_size", "driving_years"])
def test_needs__fact_no_form_of_the_line_asks_for__is_refused(name: str) -> None:
    def change(table: dict[str, Any]) -> None:
        table["fast_lane"]["needs"][0]["facts"].append(name)

    error = refused("life", change)

    assert (error.field, error.value) == ("life.fast_lane.needs", name)


def test_rules__absence_outside_conditions__is_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        table["declines"][0]["when"] = [{"indicator": "income_minor", "absent": True}]

    assert refused("life", change).value == "income_minor"
