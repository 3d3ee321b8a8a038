"""Stays in hospital."""

from typing import Any

import pytest

from oracle.risk.indicators import Line
from tests.oracle.risk.actuarial.rows import models, reference

HEALTH = Line.HEALTH


@pytest.mark.parametrize(
    ("changes", "ppm"),
    [
        ({}, 70_000), ({"sex": "female"}, 80_500), ({"age_years": 80}, 280_000), ({"smoking": "current"}, 98_000),
        ({"history": ["stroke"]}, 420_000), ({"occupation": "miner"}, 105_000), ({"past_claims_36m": 2}, 119_000),
    ],
)  # fmt: skip
def test_yearly_stays_ppm__one_thing_else__is_multiplied(changes: dict[str, Any], ppm: int) -> None:
    assert models().illness.yearly_stays_ppm(reference(HEALTH, **changes)) == ppm


def test_expected_loss_minor__reference__is_stays_times_cost() -> None:
    assert models().expected_loss_minor(HEALTH, reference(HEALTH)) == 98_000


def test_expected_loss_minor__sum_insured_below_a_stay__bounds_its_cost() -> None:
    assert models().expected_loss_minor(HEALTH, reference(HEALTH, sum_insured_minor=100)) == 7
