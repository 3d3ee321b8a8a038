"""From probabilities to the price that goes on chain."""

from dataclasses import replace

import numpy as np
import pytest

from domain.money import Bps
from oracle.risk.flights.pricing import (
    LEAST_EXPECTED_SHARE_PPB,
    CurveNotPriced,
    RiskTooHigh,
    class_shares,
    expected_share,
)
from tests.oracle.samples import TERMS

SHARES = tuple(Bps(share) for share in (0, 2_000, 5_000, 10_000, 5_000, 5_000))


def test_class_shares__the_flight_product__its_curve() -> None:
    assert class_shares(TERMS) == SHARES


def test_class_shares__threshold_inside_a_class__counts_for_the_whole_class() -> None:
    terms = replace(TERMS, thresholds=(90, 150), shares_bps=(Bps(1_000), Bps(9_000)))

    assert class_shares(terms)[:4] == (0, 1_000, 9_000, 9_000)


def test_class_shares__pays_below_what_the_model_tells_apart__refused() -> None:
    with pytest.raises(CurveNotPriced, match="pay from 30 minutes"):
        class_shares(replace(TERMS, thresholds=(30, 120, 180)))


def test_expected_share__known_probabilities__rounded_up() -> None:
    probabilities = np.array([0.9, 0.04, 0.02, 0.01, 0.02, 0.01])

    # 0.04 * 20 % + 0.02 * 50 % + 0.01 * 100 % + 0.02 * 50 % + 0.01 * 50 % = 4.3 %; the floats lie a hair off it.
    assert expected_share(probabilities, SHARES) in (43_000_000, 43_000_001)


def test_expected_share__next_to_nothing__raised_to_the_least() -> None:
    assert expected_share(np.array([1.0, 0, 0, 0, 0, 0]), SHARES) == LEAST_EXPECTED_SHARE_PPB


def test_expected_share__all_but_lost__refused() -> None:
    with pytest.raises(RiskTooHigh, match=r"90\.0 % of the sum insured"):
        expected_share(np.array([0.1, 0, 0, 0.9, 0, 0]), SHARES)
