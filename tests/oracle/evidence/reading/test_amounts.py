"""Amounts and dates as printed; what can be read two ways is not read."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.evidence.reading.amounts import currency_of, date_of, minor_units, words_minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234.50", "USD", 123_450),
        ("1.234,50", "EUR", 123_450),
        ("1'234.5", "CHF", 123_450),
        ("1,234", "USD", 123_400),
        ("0.07", "USD", 7),
        ("-12.00", "USD", -1_200),
        ("1,234", "JPY", 1_234),
        ("12.34", "JPY", None),
        ("", "USD", None),
        ("9" * 16, "USD", None),
    ],
)
def test_minor_units__printed__is_whole(text: str, currency: str, minor: int | None) -> None:
    assert minor_units(text, currency) == minor


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_minor_units__printed_with_commas_or_points__comes_back(minor: int) -> None:
    assert minor_units(f"{minor // 100:,}.{minor % 100:02d}", "USD") == minor
    assert minor_units(f"{minor // 100:,}".replace(",", ".") + f",{minor % 100:02d}", "EUR") == minor


@pytest.mark.parametrize(
    ("text", "chinese", "currency"),
    [
        ("Total USD 12.00", False, "USD"),
        ("US$ 12.00", False, "USD"),
        ("$12.00", False, None),
        ("€12.00", False, "EUR"),
        ("USD 12.00 = EUR 11.00", False, None),
        ("¥12.00", True, "CNY"),
        ("¥12.00", False, None),
        ("人民币12.00", True, "CNY"),
    ],
)
def test_currency_of__one_named__is_it(text: str, chinese: bool, currency: str | None) -> None:
    assert currency_of(text, chinese=chinese) == currency


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("叁佰壹拾捌元整", 31_800),
        ("人民币壹仟贰佰叁拾肆元伍角陆分", 123_456),
        ("壹万零伍拾圆整", 1_005_000),
        ("拾元整", 1_000),
        ("壹亿贰仟万元整", 12_000_000_000),
        ("伍角", 50),
        ("元", None),
        ("hello", None),
    ],
)
def test_words_minor__capital_numerals__is_the_amount(text: str, minor: int | None) -> None:
    assert words_minor(text) == minor


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("2026年3月4日", date(2026, 3, 4)),
        ("4 March 2026", date(2026, 3, 4)),
        ("4th Mar 2026", date(2026, 3, 4)),
        ("March 4, 2026", date(2026, 3, 4)),
        ("04.03.2026", date(2026, 3, 4)),
        ("25/04/2026", date(2026, 4, 25)),
        ("04/25/2026", date(2026, 4, 25)),
        ("03/04/2026", None),
        ("03/03/2026", date(2026, 3, 3)),
        ("2026-02-30", None),
        ("4 Foo 2026", None),
    ],
)
def test_date_of__printed__is_the_day_or_nothing(text: str, day: date | None) -> None:
    assert date_of(text) == day
