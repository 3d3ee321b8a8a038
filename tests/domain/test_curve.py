"""Rules S1 and S2."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.curve import PayoutCurve, indemnity
from domain.errors import AmountInvalid, CurveInvalid
from domain.money import Bps, TokenUnits
from domain.ranges import MAX_INT32, MAX_UINT96, MIN_INT32
from tests.domain.samples import amounts, curves, shares, values


def curve(thresholds: list[int], shares_bps: list[int]) -> PayoutCurve:
    """A curve of plain numbers."""
    return PayoutCurve(tuple(thresholds), tuple(Bps(share) for share in shares_bps))


@pytest.mark.parametrize(
    ("thresholds", "shares_bps", "field"),
    [
        ([], [], "thresholds"),
        (list(range(17)), list(range(1, 18)), "thresholds"),
        ([60], [], "shares_bps"),
        ([60], [1, 2], "shares_bps"),
        ([60], [0], "shares_bps[0]"),
        ([60], [10_001], "shares_bps[0]"),
        ([60], [True], "shares_bps[0]"),
        ([60, 60], [1, 2], "thresholds[1]"),
        ([60, 59], [1, 2], "thresholds[1]"),
        ([60, 61], [2, 2], "shares_bps[1]"),
        ([60, 61], [2, 1], "shares_bps[1]"),
        ([60.0], [1], "thresholds[0]"),
        ([MAX_INT32 + 1], [1], "thresholds[0]"),
        ([MIN_INT32 - 1], [1], "thresholds[0]"),
    ],
)
def test_payout_curve__malformed__is_refused_at_its_step(
    thresholds: list[int], shares_bps: list[int], field: str
) -> None:
    with pytest.raises(CurveInvalid) as refused:
        curve(thresholds, shares_bps)

    assert refused.value.field == field
    assert refused.value.remedy


def test_payout_curve__at_every_bound__is_accepted() -> None:
    longest = curve(list(range(16)), list(range(1, 17)))
    widest = curve([MIN_INT32, MAX_INT32], [1, 10_000])

    assert longest.share_bps(15) == 16
    assert widest.share_bps(MIN_INT32) == 1
    assert widest.share_bps(MAX_INT32) == 10_000


@given(curves(), values)
def test_share_bps__any_value__is_that_of_the_highest_threshold_reached(steps: PayoutCurve, value: int) -> None:
    reached = [share for threshold, share in zip(steps.thresholds, steps.shares_bps, strict=True) if value >= threshold]

    assert steps.share_bps(value) == (reached[-1] if reached else 0)


@given(curves(), values, values)
def test_share_bps__greater_value__never_pays_less(steps: PayoutCurve, one: int, other: int) -> None:
    assert steps.share_bps(min(one, other)) <= steps.share_bps(max(one, other))


@given(curves())
def test_share_bps__at_each_threshold__rises_exactly_there(steps: PayoutCurve) -> None:
    for threshold, share in zip(steps.thresholds, steps.shares_bps, strict=True):
        assert steps.share_bps(threshold) == share
        if threshold > MIN_INT32:
            assert steps.share_bps(threshold - 1) < share


@pytest.mark.parametrize("value", [MAX_INT32 + 1, MIN_INT32 - 1, 60.5, True, None])
def test_share_bps__not_an_int32__is_refused(value: int) -> None:
    with pytest.raises(CurveInvalid, match="value is "):
        curve([60], [2_000]).share_bps(value)


@given(amounts, shares)
def test_indemnity__any_policy__rounds_down_by_less_than_a_unit(sum_insured: TokenUnits, share: Bps) -> None:
    paid = indemnity(sum_insured, share)

    assert 0 <= paid <= sum_insured
    assert paid * 10_000 <= sum_insured * share < (paid + 1) * 10_000


@given(amounts, st.lists(shares, min_size=2, max_size=6))
def test_indemnity__greater_share__never_pays_less(sum_insured: TokenUnits, some: list[Bps]) -> None:
    assert all(indemnity(sum_insured, low) <= indemnity(sum_insured, high) for low, high in pairwise(sorted(some)))


@pytest.mark.parametrize(
    ("sum_insured", "share", "field"),
    [(-1, 1, "sum_insured"), (MAX_UINT96 + 1, 1, "sum_insured"), (1, -1, "share_bps"), (1, 10_001, "share_bps")],
)
def test_indemnity__out_of_range__is_refused(sum_insured: int, share: int, field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        indemnity(TokenUnits(sum_insured), Bps(share))

    assert refused.value.field == field
