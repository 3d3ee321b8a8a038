"""Property losses."""

from typing import Any

import pytest

from oracle.risk.indicators import Line
from tests.oracle.risk.actuarial.rows import models, reference

PROPERTY = Line.PROPERTY


def test_loss_rate_ppm__brick_concrete_in_a_flood_zone__is_15_percent() -> None:
    """The manual's example, with extinguishers and no other fire equipment."""
    row = reference(PROPERTY, structure="brick-concrete", flood_zone=True, fire_equipment="extinguishers")

    assert models().property.loss_rate_ppm(row) == 150_000


@pytest.mark.parametrize(
    ("changes", "ppm"),
    [
        ({}, 600 + 745 + 400),
        ({"fire_equipment": "sprinklers"}, 300 + 745 + 400),
        ({"structure": "timber"}, 1_560 + 1_192 + 800),
        ({"region": "CN-HI"}, 600 + 745 + 800),
        ({"occupancy": "factory", "building_age_years": 60}, 2_400 + 745 + 400),
        ({"flood_zone": True, "structure": "steel"}, 540 + 134_100 + 320),
    ],
)
def test_loss_rate_ppm__one_thing_else__changes_its_perils(changes: dict[str, Any], ppm: int) -> None:
    assert models().property.loss_rate_ppm(reference(PROPERTY, **changes)) == ppm


def test_expected_loss_minor__flood_zone__is_15_percent_of_the_sum_insured() -> None:
    row = reference(PROPERTY, flood_zone=True, sum_insured_minor=100_000_001)

    assert models().expected_loss_minor(PROPERTY, row) == 15_000_001
