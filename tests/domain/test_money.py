"""Amounts: text to token units and back, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid
from domain.money import bps, format_amount, parse_amount, token_units
from domain.ranges import MAX_UINT96
from tests.domain.samples import amounts


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("0", 6, 0),
        ("0.000001", 6, 1),
        ("500.00", 6, 500_000_000),
        ("1000", 6, 1_000_000_000),
        ("2000000.00", 6, 2_000_000_000_000),
        ("1.5", 18, 1_500_000_000_000_000_000),
        ("7", 0, 7),
    ],
)
def test_parse_amount__exact_text__gives_token_units(text: str, decimals: int, units: int) -> None:
    assert parse_amount(text, decimals) == units


@pytest.mark.parametrize(
    ("text", "decimals", "problem"),
    [
        (500.0, 6, "is a float"),
        (500, 6, "is a int"),
        (True, 6, "is a bool"),
        (None, 6, "is a NoneType"),
        ("", 6, "is not a decimal amount"),
        ("-1.00", 6, "is not a decimal amount"),
        ("+1.00", 6, "is not a decimal amount"),
        ("1,000.00", 6, "is not a decimal amount"),
        ("1e3", 6, "is not a decimal amount"),
        ("1.", 6, "is not a decimal amount"),
        (".5", 6, "is not a decimal amount"),
        ("01.00", 6, "is not a decimal amount"),
        (" 1.00", 6, "is not a decimal amount"),
        ("1.00\n", 6, "is not a decimal amount"),
        ("１.00", 6, "is not a decimal amount"),
        ("0.0000001", 6, "is finer than the token's 6 decimals"),
        ("1.0", 0, "is finer than the token's 0 decimals"),
        ("99999999999999999999999", 6, "is not a whole number from 0 to"),
    ],
)
def test_parse_amount__anything_else__is_refused_by_name(text: object, decimals: int, problem: str) -> None:
    with pytest.raises(AmountInvalid, match="premium is ") as refused:
        parse_amount(text, decimals, "premium")

    assert refused.value.problem.startswith(problem)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("amount", "decimals", "grouped", "text"),
    [
        (0, 6, False, "0.00"),
        (1, 6, False, "0.000001"),
        (28_125_000, 6, False, "28.125"),
        (1_000_000_000, 6, False, "1000.00"),
        (2_000_000_000_000, 6, True, "2,000,000.00"),
        (-1_500_000, 6, False, "-1.50"),
        (12, 1, False, "1.2"),
        (1234, 0, True, "1,234"),
    ],
)
def test_format_amount__token_units__read_well(amount: int, decimals: int, grouped: bool, text: str) -> None:
    assert format_amount(amount, decimals, grouped=grouped) == text


@given(amounts, st.integers(0, 18))
def test_parse_amount__what_format_amount_wrote__comes_back(amount: int, decimals: int) -> None:
    text = format_amount(amount, decimals)

    assert parse_amount(text, decimals) == amount
    assert Fraction(text) * 10**decimals == amount


@pytest.mark.parametrize("value", [-1, MAX_UINT96 + 1, 1.0, True, "1"])
def test_token_units__not_a_uint96__is_refused(value: int) -> None:
    with pytest.raises(AmountInvalid, match="sum_insured is "):
        token_units(value, "sum_insured")


@pytest.mark.parametrize(("value", "fits"), [(0, True), (10_000, True), (10_001, False), (-1, False), (1.5, False)])
def test_bps__at_the_bounds__is_kept_or_refused(value: int, fits: bool) -> None:
    if fits:
        assert bps(value) == value
        return

    with pytest.raises(AmountInvalid, match="share_bps is "):
        bps(value)
