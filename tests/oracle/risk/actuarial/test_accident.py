"""Accidents."""

from typing import Any

import pytest

from oracle.risk.indicators import Line
from tests.oracle.risk.actuarial.rows import models, reference

ACCIDENT = Line.ACCIDENT


@pytest.mark.parametrize(
    ("changes", "ppb"),
    [
        # Posts of dangerous acts were not asked about: a few count.
        ({"sex": "female"}, 300_000), ({}, 600_000), ({"occupation": "sales"}, 780_000),
        ({"occupation": "roofer"}, 2_520_000), ({"occupation": "miner"}, 3_900_000), ({"age_years": 80}, 1_320_000),
        ({"drink_driving_records": 1}, 960_000),
    ],
)  # fmt: skip
def test_yearly_benefit_ppb__one_thing_else__is_multiplied(changes: dict[str, Any], ppb: int) -> None:
    assert models().accident.yearly_benefit_ppb(reference(ACCIDENT, **changes)) == ppb


def test_expected_loss_minor__reference__is_the_share_of_the_sum_insured() -> None:
    assert models().expected_loss_minor(ACCIDENT, reference(ACCIDENT)) == 30_000
