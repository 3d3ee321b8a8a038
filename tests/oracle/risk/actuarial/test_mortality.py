"""Mortality: the published table, the manual's example, and what is multiplied with what."""

import re
from math import prod
from typing import Any

import pytest

from oracle.risk.actuarial.models import FOLDER
from oracle.risk.actuarial.published import IDENTITIES, OLDEST, deaths_ppm, table_text
from oracle.risk.indicators import ABSENT, Line
from tests.oracle.risk.actuarial.rows import models, reference

LIFE = Line.LIFE


def test_table_text__made_anew_from_the_published_tables__is_the_file() -> None:
    assert table_text() == (FOLDER / "china-life.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "ppm"), [("CL1", 797), ("CL2", 340), ("CL3", 595), ("CL4", 247), ("CL5", 407), ("CL6", 175)]
)
def test_deaths_ppm__age_30__is_as_published(name: str, ppm: int) -> None:
    rates = deaths_ppm(IDENTITIES[name])

    assert (len(rates), rates[30], rates[OLDEST]) == (OLDEST + 1, ppm, 1_000_000)


def test_first_year_ppb__man_of_30_who_never_smoked__is_200_per_million() -> None:
    """The manual's example: 0.02 % a year."""
    assert models().mortality.first_year_ppb(reference(LIFE)) == 200_000


def test_expected_loss_minor__man_of_30_half_a_million_yuan__is_100_yuan() -> None:
    assert models().expected_loss_minor(LIFE, reference(LIFE)) == 10_000


@pytest.mark.parametrize(
    ("changes", "ppb"),
    [
        ({"smoking": "current"}, 504_000), ({"smoking": "former"}, 262_000),
        ({"systolic_mmhg": 129}, 200_000), ({"systolic_mmhg": 130}, 226_000), ({"systolic_mmhg": 140}, 244_000),
        ({"systolic_mmhg": 160}, 298_000), ({"diastolic_mmhg": 80}, 226_000), ({"diastolic_mmhg": 100}, 248_000),
        ({"fasting_glucose_umol": 7_000}, 270_000), ({"hba1c_bp": 900}, 382_000), ({"bmi_tenths": 400}, 266_000),
        ({"cholesterol_umol": 7_240}, 242_000), ({"history": ["diabetes-type-2"]}, 270_000),
        ({"systolic_mmhg": 170, "diastolic_mmhg": 101}, 298_000),
        ({"fasting_glucose_umol": 10_000, "hba1c_bp": 650}, 316_000),
        ({"smoking": "current", "systolic_mmhg": 160}, 750_960),
    ],
)  # fmt: skip
def test_first_year_ppb__one_thing_worse__rises_by_its_relativity(changes: dict[str, Any], ppb: int) -> None:
    changes = {"diastolic_mmhg": 76, **changes}
    if changes["diastolic_mmhg"] == 100:
        changes["systolic_mmhg"] = 129

    assert models().mortality.first_year_ppb(reference(LIFE, **changes)) == pytest.approx(ppb, abs=1)


@pytest.mark.parametrize(
    ("absent", "ppb"),
    [
        (("systolic_mmhg",), 244_000), (("diastolic_mmhg",), 226_000), (("systolic_mmhg", "diastolic_mmhg"), 244_000),
        (("hba1c_bp",), 212_000), (("hba1c_bp", "fasting_glucose_umol"), 212_000), (("bmi_tenths",), 206_000),
    ],
)  # fmt: skip
def test_first_year_ppb__not_examined__counts_as_raised_whatever_else_was_measured(
    absent: tuple[str, ...], ppb: int
) -> None:
    row = {**reference(LIFE), **dict.fromkeys(absent, ABSENT)}

    assert models().mortality.first_year_ppb(row) == ppb


def test_first_year_ppb__woman__dies_less_and_is_not_helped_by_mens_smoking() -> None:
    woman = models().mortality.first_year_ppb(reference(LIFE, sex="female"))

    assert woman == pytest.approx(340_000 * 0.969067 * 0.443563, abs=2)


def test_first_year_ppb__worst_of_all__is_at_most_certain() -> None:
    worst = reference(LIFE, age_years=120, smoking="current", history=["cancer-late-stage"], hba1c_bp=1_200)

    assert models().mortality.first_year_ppb(worst) == 1_000_000_000


def test_first_year_ppb__older_than_the_table__stays_at_its_last_age() -> None:
    oldest, older = (models().mortality.first_year_ppb(reference(LIFE, age_years=age)) for age in (105, 120))

    assert oldest == older


@pytest.mark.parametrize(("age", "term"), [(30, 1), (30, 2), (30, 20), (60, 15), (85, 10), (100, 20)])
def test_term_ppb__several_years__are_deaths_by_years_of_premium_of_survivors(age: int, term: int) -> None:
    rates, fading = deaths_ppm(IDENTITIES["CL1"]), {1: 0.443563, 2: 0.5, 3: 0.57, 4: 0.62, 5: 0.66}
    later = {6: 0.72, 8: 0.82, 11: 0.92, 16: 1.0}
    alive, years, dead = 1.0, 0.0, 0.0
    for year in range(1, term + 1):
        share = {**fading, **later}[max(start for start in (*fading, *later) if start <= year)]
        rate = rates[min(age + year - 1, OLDEST)] / 1e6 * 0.565739 * share
        years, dead, alive = years + alive, dead + alive * rate, alive * (1 - rate)

    found = models().mortality.term_ppb(reference(LIFE, age_years=age, term_years=term))

    # Rounded up at every step: never below, and at most a few parts per billion above.
    assert dead / years * 1e9 - 0.01 <= found <= dead / years * 1e9 + 20


def test_term_ppb__longer_terms__cost_more_a_year() -> None:
    rates = [models().mortality.term_ppb(reference(LIFE, term_years=term)) for term in range(1, 81)]

    assert rates == sorted(rates)
    assert rates[0] == 200_000


def test_factors__reference__are_all_one() -> None:
    factors = models().mortality.chain.factors(reference(LIFE))

    assert set(factors.values()) == {10_000}
    assert "systolic_mmhg / diastolic_mmhg" in factors


def test_factors__explain_the_rate__their_product_is_it() -> None:
    row = reference(LIFE, smoking="former", systolic_mmhg=150, bmi_tenths=180, history=["gout"])

    explained = 200_000 * prod(factor / 10_000 for factor in models().mortality.chain.factors(row).values())

    assert models().mortality.first_year_ppb(row) == pytest.approx(explained, abs=5)


def test_mortality_yaml__every_relativity__names_its_source() -> None:
    text = (FOLDER / "mortality.yaml").read_text("utf-8")

    assert len(re.findall(r"source: (NHANES|Judgement)", text)) == len(re.findall(r"missing:", text)) == 11
