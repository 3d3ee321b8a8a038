"""Rules that hold a product against a need: each finding at its boundary, every reason told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.intake import Finding, Need, Offer, Wanted, advise, estimated_premium
from domain.money import TokenUnits

NOW = 1_800_000_000
CARE = Need("medical_treatment", perils=frozenset({"illness", "accident"}), line="health")
FLIGHT = Need("flight_delay", products=frozenset({"flight-delay"}))
OFFER = Offer(
    "hospital-care", frozenset({"illness", "accident", "childbirth"}), TokenUnits(10_000), TokenUnits(2_000_000),
    TokenUnits(50), NOW, NOW + 1_000,
)  # fmt: skip
WANTED = Wanted(CARE, TokenUnits(100_000), TokenUnits(900), NOW + 10)


def codes(wanted: Wanted, offer: Offer, *, least_policies: int = 3) -> list[Finding]:
    return [code for code, _ in advise(wanted, offer, least_policies=least_policies).findings]


def test_advise__fits_without_an_estimate__suits_and_says_that_the_price_is_unknown() -> None:
    advice = advise(WANTED, OFFER, least_policies=3)

    assert advice.suits
    assert advice.estimate is None
    assert [code for code, _ in advice.findings] == [
        Finding.NEED_COVERED, Finding.SUM_POSSIBLE, Finding.START_POSSIBLE, Finding.NO_ESTIMATE,
    ]  # fmt: skip
    assert dict(advice.findings[-1][1]) == {"budget": 900, "least_premium": 50}


@pytest.mark.parametrize(
    ("need", "perils", "product_id", "serves"),
    [
        (CARE, {"illness", "accident"}, "x", True), (CARE, {"illness"}, "x", False), (CARE, set(), "x", False),
        (FLIGHT, set(), "flight-delay", True), (FLIGHT, {"illness"}, "rainfall", False),
    ],
)  # fmt: skip
def test_served_by__every_peril_or_the_name__and_no_less(
    need: Need, perils: set[str], product_id: str, serves: bool
) -> None:
    offer = replace(OFFER, product_id=product_id, perils=frozenset(perils))

    assert (Finding.NEED_COVERED in codes(replace(WANTED, need=need), offer)) is serves
    assert advise(replace(WANTED, need=need), offer, least_policies=3).suits is serves


@pytest.mark.parametrize(
    ("sum_insured", "finding"),
    [
        (9_999, Finding.SUM_TOO_SMALL), (10_000, Finding.SUM_POSSIBLE), (2_000_000, Finding.SUM_POSSIBLE),
        (2_000_001, Finding.SUM_TOO_LARGE),
    ],
)  # fmt: skip
def test_advise__sum_at_the_limits__possible_up_to_them(sum_insured: int, finding: Finding) -> None:
    assert codes(replace(WANTED, sum_insured=TokenUnits(sum_insured)), OFFER)[1] is finding


@pytest.mark.parametrize(
    ("starts_at", "finding"),
    [
        (NOW - 1, Finding.STARTS_TOO_SOON), (NOW, Finding.START_POSSIBLE), (NOW + 1_000, Finding.START_POSSIBLE),
        (NOW + 1_001, Finding.STARTS_TOO_LATE), (None, Finding.START_POSSIBLE),
    ],
)  # fmt: skip
def test_advise__start_at_the_limits__possible_up_to_them(starts_at: int | None, finding: Finding) -> None:
    assert codes(replace(WANTED, starts_at=starts_at), OFFER)[2] is finding


def test_advise__insured_period_over__sale_ended_whenever_it_is_to_start() -> None:
    assert Finding.SALE_ENDED in codes(replace(WANTED, starts_at=None), replace(OFFER, latest=NOW - 1))


@pytest.mark.parametrize(
    ("budget", "finding"),
    [
        (49, Finding.LEAST_PREMIUM_ABOVE_BUDGET), (50, Finding.ESTIMATE_ABOVE_BUDGET),
        (1_999, Finding.ESTIMATE_ABOVE_BUDGET), (2_000, Finding.ESTIMATE_WITHIN_BUDGET),
    ],
)  # fmt: skip
def test_advise__budget_at_the_estimate__within_up_to_it(budget: int, finding: Finding) -> None:
    offer = replace(OFFER, sold=((10_000, 100), (10_000, 200), (10_000, 5_000)))

    assert codes(replace(WANTED, budget=TokenUnits(budget)), offer)[-1] is finding


def test_advise__several_reasons_against__all_are_told() -> None:
    wanted = Wanted(CARE, TokenUnits(1), TokenUnits(1), NOW - 1)

    assert codes(wanted, replace(OFFER, suspended=True)) == [
        Finding.NEED_COVERED, Finding.SALE_SUSPENDED, Finding.SUM_TOO_SMALL, Finding.STARTS_TOO_SOON,
        Finding.LEAST_PREMIUM_ABOVE_BUDGET,
    ]  # fmt: skip


def test_estimated_premium__even_count__lower_median_rounded_up_and_never_below_the_least() -> None:
    sold = replace(OFFER, sold=((3, 1), (10_000, 100), (10_000, 200), (10_000, 300)))

    assert estimated_premium(TokenUnits(10_001), sold, least_policies=4) == 201  # 200.02 rounded up
    assert estimated_premium(TokenUnits(100), sold, least_policies=4) == OFFER.min_premium
    assert estimated_premium(TokenUnits(10_001), sold, least_policies=5) is None
