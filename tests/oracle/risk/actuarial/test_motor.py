"""Motor claims."""

from typing import Any

import pytest

from oracle.risk.indicators import Line
from tests.oracle.risk.actuarial.rows import models, reference

MOTOR = Line.MOTOR


def test_yearly_claims_ppm__two_driving_years_three_violations__is_0_8() -> None:
    """The manual's example."""
    assert models().motor.yearly_claims_ppm(reference(MOTOR, driving_years=2, violations_12m=3)) == 800_000


@pytest.mark.parametrize(
    ("changes", "ppm"),
    [
        ({}, 160_000), ({"driving_years": 0}, 436_800), ({"driving_years": 1}, 384_000),
        ({"violations_12m": 1}, 216_000), ({"violations_12m": 9}, 560_000), ({"at_fault_accidents_36m": 1}, 256_000),
        ({"vehicle_use": "commercial"}, 288_000), ({"vehicle_type": "motorcycle"}, 256_000),
        ({"region": "CN-SH"}, 208_000), ({"drink_driving_records": 2}, 480_000),
        ({"region": "CN-SH", "vehicle_use": "commercial"}, 374_400),
    ],
)  # fmt: skip
def test_yearly_claims_ppm__one_thing_else__is_multiplied(changes: dict[str, Any], ppm: int) -> None:
    assert models().motor.yearly_claims_ppm(reference(MOTOR, **changes)) == ppm


def test_yearly_claims_ppm__worst_of_all__is_held_at_one_a_month() -> None:
    worst = reference(
        MOTOR, driving_years=0, violations_12m=9, at_fault_accidents_36m=9, drink_driving_records=9,
        vehicle_type="heavy-truck", vehicle_use="commercial", region="CN-SH",
    )  # fmt: skip

    assert models().motor.yearly_claims_ppm(worst) == 12_000_000


def test_expected_loss_minor__reference__is_claims_times_cost() -> None:
    assert models().expected_loss_minor(MOTOR, reference(MOTOR)) == 96_000


def test_expected_loss_minor__sum_insured_below_a_mean_claim__bounds_its_cost() -> None:
    assert models().expected_loss_minor(MOTOR, reference(MOTOR, sum_insured_minor=100_000)) == 16_000
