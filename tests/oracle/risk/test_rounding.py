"""Whole-number arithmetic: never below the exact value, the same for one and for many."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ranges import MAX_UINT32
from oracle.risk.rounding import MAX_AMOUNT_MINOR, at_most, divided_up, ppb_of, ppm_of, ratio_bps, scaled_up

AMOUNTS = st.integers(0, MAX_AMOUNT_MINOR)


@given(AMOUNTS, st.integers(0, 200_000))
def test_scaled_up__any_factor__is_the_least_whole_number_not_below_the_product(value: int, factor: int) -> None:
    assert scaled_up(value, factor) == ceil(Fraction(value * factor, 10_000))


@given(AMOUNTS, st.integers(0, 1_000_000_000))
def test_ppb_of__any_amount__is_exact_in_64_bits(amount: int, share: int) -> None:
    assert ppb_of(amount, share) == ceil(Fraction(amount * share, 10**9))
    assert ppb_of(np.array([amount]), np.array([share])).tolist() == [ppb_of(amount, share)]


@given(AMOUNTS, st.integers(0, 1_000_000))
def test_ppm_of__any_amount__is_exact_in_64_bits(amount: int, share: int) -> None:
    assert ppm_of(amount, share) == ceil(Fraction(amount * share, 10**6))
    assert ppm_of(np.array([amount]), np.array([share])).tolist() == [ppm_of(amount, share)]


@given(AMOUNTS, st.integers(1, MAX_AMOUNT_MINOR))
def test_ratio_bps__any_amounts__rounds_up_and_fits_uint32(part: int, whole: int) -> None:
    assert ratio_bps(part, whole) == min(ceil(Fraction(part * 10_000, whole)), MAX_UINT32)
    assert ratio_bps(np.array([part]), np.array([whole])).tolist() == [ratio_bps(part, whole)]


@pytest.mark.parametrize(("part", "whole", "bps"), [(0, 1, 0), (1, 3, 3_334), (1, 2, 5_000), (50_001, 100_000, 5_001)])
def test_ratio_bps__just_above_a_bound__is_above_it(part: int, whole: int, bps: int) -> None:
    assert ratio_bps(part, whole) == bps


def test_ratio_bps__tiny_premium__is_held_at_the_largest_ratio_the_chain_takes() -> None:
    assert ratio_bps(MAX_AMOUNT_MINOR, 1) == MAX_UINT32


def test_divided_up__exact_quotient__is_not_raised() -> None:
    assert divided_up(12, 4) == 3
    assert divided_up(np.array([12, 13]), 4).tolist() == [3, 4]


def test_at_most__columns__takes_the_smaller_row_by_row() -> None:
    assert at_most(5, 3) == 3
    assert at_most(np.array([1, 5]), 3).tolist() == [1, 3]
    assert at_most(4, np.array([1, 5])).tolist() == [1, 4]
