"""The manual's R13 to R15."""

import pytest

from domain.tiers import RiskTier
from oracle.risk.indicators import Line
from oracle.risk.segments import segment
from tests.oracle.risk.subjects import coded, table_of

LOW, MEDIUM, HIGH = RiskTier


@pytest.mark.parametrize("line", Line)
def test_segment__low__own_manager_green_lane_and_discounts(line: Line) -> None:
    found = segment(LOW, coded(line), table_of(line))

    assert found.services == ("account-manager", "green-lane", "discount")
    assert (found.watched, found.strict_review) == (False, False)


@pytest.mark.parametrize("line", Line)
def test_segment__high__is_watched_and_its_claims_strictly_reviewed(line: Line) -> None:
    found = segment(HIGH, coded(line), table_of(line))

    assert found.services == ("regular-contact", "change-monitoring", "safety-reminders")
    assert (found.watched, found.strict_review) == (True, True)


@pytest.mark.parametrize("line", Line)
def test_segment__claims__low_first_within_two_working_days(line: Line) -> None:
    low, medium, high = (segment(tier, coded(line), table_of(line)) for tier in RiskTier)

    assert low.claims_days == 2
    assert low.claims_priority < medium.claims_priority < high.claims_priority


def test_segment__miner__is_offered_a_high_sum_at_a_higher_rate() -> None:
    (offer,) = segment(HIGH, coded(Line.ACCIDENT, occupation="miner"), table_of(Line.ACCIDENT)).products

    assert offer.rule.code == "miners-high-sum"
    assert offer.rate_factor_bps > 10_000
    assert segment(HIGH, coded(Line.ACCIDENT), table_of(Line.ACCIDENT)).products == ()


@pytest.mark.parametrize(("tier", "products"), [(LOW, ["return-of-premium"]), (MEDIUM, []), (HIGH, [])])
def test_segment__health__premium_is_returned_to_low_risks_only(tier: RiskTier, products: list[str]) -> None:
    found = segment(tier, coded(Line.HEALTH), table_of(Line.HEALTH))

    assert [offer.rule.code for offer in found.products] == products
