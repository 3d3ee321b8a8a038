import pytest

from domain.curve import PayoutCurve
from domain.money import Bps
from oracle.risk.triggers.burn import RecordTooShort, burn_rates

CURVE = PayoutCurve((60, 80), (Bps(2_000), Bps(10_000)))


def test_burn_rates__a_record__mean_share_rounded_up() -> None:
    rates = burn_rates({"here": [0, 60, 80]}, CURVE, least_periods=3)

    assert rates == {"here": 400_000_000}
    assert burn_rates({"here": [0, 0, 60]}, CURVE, least_periods=3) == {"here": 66_666_667}


def test_burn_rates__missing_periods__count_neither_as_paid_nor_as_unpaid() -> None:
    assert burn_rates({"here": [None, 60, None, 0]}, CURVE, least_periods=2) == {"here": 100_000_000}


def test_burn_rates__a_place_that_saw_nothing__half_the_mean_of_all() -> None:
    rates = burn_rates({"quiet": [0, 0], "loud": [60, 60]}, CURVE, least_periods=2)

    assert rates == {"quiet": 50_000_000, "loud": 200_000_000}


@pytest.mark.parametrize("record", [[], [None, None, 60]])
def test_burn_rates__record_too_short__refused(record: list[int | None]) -> None:
    with pytest.raises(RecordTooShort, match="here has"):
        burn_rates({"here": record}, CURVE, least_periods=2)
