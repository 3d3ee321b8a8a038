from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import (
    Accord,
    Agreement,
    Earthquake,
    TriggerRule,
    agree,
    hundredths,
    intensity,
    rain_sum,
    reach_metres,
    strongest,
    strongest_gust,
)
from domain.sphere import Place, distance_metres

HERE = Place(382_975, -1_222_869)
INSURED = InsuredPeriod(Trigger.EARTHQUAKE, HERE, date(2014, 8, 1), date(2014, 8, 30))
NAPA = Earthquake(1_408_875_644, Place(382_152, -1_223_123), 602)
TWO = TriggerRule(sources=2, tolerance=100, settles_after_seconds=0)


@pytest.mark.parametrize(
    ("magnitude", "metres", "tenths"),
    [(600, 0, 67), (700, 0, 84), (700, 50_000, 74), (800, 100_000, 80), (600, 324_759, 0), (950, 0, 120), (1, 0, 0)],
)
def test_intensity__worked_examples__tenths_rounded_down(magnitude: int, metres: int, tenths: int) -> None:
    assert intensity(magnitude, metres) == tenths


@given(st.integers(600, 1_000))
def test_reach_metres__any_magnitude__nothing_is_felt_from_there_on(magnitude: int) -> None:
    reach = reach_metres(magnitude)

    assert intensity(magnitude, reach) == 0
    assert intensity(magnitude, reach - 200) >= 1


def test_strongest__south_napa__as_by_hand() -> None:
    # 1.68 · 6.02 - 3.29 - 0.0206 · 9.41 km = 6.63
    assert distance_metres(HERE, NAPA.epicentre) // 1_000 == 9
    assert strongest(INSURED, [NAPA]) == 66


def test_strongest__outside_days_or_too_weak__does_not_count() -> None:
    before = replace(NAPA, at=INSURED.occurs_at - 1, magnitude=900)
    after = replace(NAPA, at=INSURED.ends_at, magnitude=900)
    weak = replace(NAPA, magnitude=599)

    assert strongest(INSURED, [before, after, weak]) == 0
    assert strongest(INSURED, [before, NAPA, after, weak]) == 66


def test_rain_sum__an_hour_missing__no_value_and_never_zero() -> None:
    hours: list[Decimal | None] = [Decimal("0.04")] * 24

    assert rain_sum(hours, 24) == 9
    assert rain_sum([*hours[:-1], None], 24) is None
    assert rain_sum(hours[:-1], 24) is None
    assert rain_sum([], 0) is None


@pytest.mark.parametrize("odd", ["NaN", "-0.1", "501", "Infinity"])
def test_rain_sum__an_impossible_hour__no_value(odd: str) -> None:
    assert rain_sum([Decimal(1), Decimal(odd)], 2) is None


def test_strongest_gust__hours__the_greatest_in_tenths_rounded_down() -> None:
    assert strongest_gust([Decimal("33.38"), Decimal("61.19"), Decimal(0)], 3) == 611
    assert strongest_gust([Decimal("33.38"), None, Decimal(0)], 3) is None
    assert strongest_gust([Decimal("1687.2")], 1) is None


def test_hundredths__magnitudes__halves_to_the_even_digit() -> None:
    assert [hundredths(Decimal(text)) for text in ("6.02", "6.005", "6.015", "7")] == [602, 600, 602, 700]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100, 150], Agreement(Accord.AGREED, 125)),
        ([101, 150], Agreement(Accord.AGREED, 125)),
        ([100, 200], Agreement(Accord.AGREED, 150)),
        ([100, 201], Agreement(Accord.APART, None)),
        ([100, None], Agreement(Accord.MISSING, None)),
        ([0, None], Agreement(Accord.MISSING, None)),
        ([None, None], Agreement(Accord.MISSING, None)),
        ([100, 120, 190], Agreement(Accord.AGREED, 120)),
        ([100, 120, None], Agreement(Accord.AGREED, 110)),
        ([100, 120, 900], Agreement(Accord.APART, None)),
    ],
)
def test_agree__readings__in_any_order(values: list[int | None], expected: Agreement) -> None:
    assert all(agree(order, TWO) == expected for order in permutations(values))
