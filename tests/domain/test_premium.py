"""Rule S3."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid
from domain.money import Bps, Ppb, TokenUnits
from domain.premium import expected_share_ppb, premium_due
from domain.ranges import MAX_UINT16, MAX_UINT32, MAX_UINT96
from tests.domain.samples import amounts, shares

shares_ppb = st.integers(0, MAX_UINT32).map(Ppb)
loadings = st.integers(0, MAX_UINT16).map(Bps)
ONE = TokenUnits(1)


@given(amounts, shares_ppb, loadings, amounts)
def test_premium_due__any_risk__is_the_exact_price_rounded_up(
    sum_insured: TokenUnits, expected_share: Ppb, loading: Bps, minimum: TokenUnits
) -> None:
    exact = Fraction(sum_insured * expected_share, 10**9) * Fraction(10_000 + loading, 10_000)

    due = premium_due(sum_insured, expected_share, loading, minimum)

    assert due >= minimum
    assert due == minimum or exact <= due < exact + 1
    assert due >= exact


@given(amounts, shares_ppb, shares_ppb, loadings)
def test_premium_due__greater_risk__never_costs_less(
    sum_insured: TokenUnits, one: Ppb, other: Ppb, loading: Bps
) -> None:
    low, high = sorted((one, other))

    assert premium_due(sum_insured, low, loading, ONE) <= premium_due(sum_insured, high, loading, ONE)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((-1, 0, 0, 0), "sum_insured"),
        ((MAX_UINT96 + 1, 0, 0, 0), "sum_insured"),
        ((0, -1, 0, 0), "expected_share_ppb"),
        ((0, MAX_UINT32 + 1, 0, 0), "expected_share_ppb"),
        ((0, 0.5, 0, 0), "expected_share_ppb"),
        ((0, 0, MAX_UINT16 + 1, 0), "loading_bps"),
        ((0, 0, 0, -1), "min_premium"),
    ],
)
def test_premium_due__out_of_range__is_refused(arguments: tuple[int, int, int, int], field: str) -> None:
    sum_insured, expected_share, loading, minimum = arguments

    with pytest.raises(AmountInvalid) as refused:
        premium_due(TokenUnits(sum_insured), Ppb(expected_share), Bps(loading), TokenUnits(minimum))

    assert refused.value.field == field


@st.composite
def classes(draw: st.DrawFn) -> list[tuple[float, Bps]]:
    """Classes of outcomes as a model gives them: normalised floats, each with what it pays."""
    weights = draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=19).filter(any))
    return [(weight / sum(weights), draw(shares)) for weight in weights]


@given(classes(), st.randoms())
def test_expected_share_ppb__classes_in_any_order__price_the_same(
    given_classes: list[tuple[float, Bps]], order: Random
) -> None:
    shuffled = list(given_classes)
    order.shuffle(shuffled)

    one, other = (expected_share_ppb([p for p, _ in some], [s for _, s in some]) for some in (given_classes, shuffled))

    assert one == other <= 10**9
    assert one >= sum(Fraction(p) * share for p, share in given_classes) * 100_000 - 1


@pytest.mark.parametrize(
    ("probabilities", "share_list", "field"),
    [
        ([0.5], [], "probabilities"),
        ([0.6, 0.6], [0, 10_000], "probabilities"),
        ([-0.1, 0.5], [0, 1], "probabilities[0]"),
        ([0.1, 1.1], [0, 1], "probabilities[1]"),
        ([float("nan")], [1], "probabilities[0]"),
        ([float("inf")], [1], "probabilities[0]"),
        ([0.5], [10_001], "share_bps"),
    ],
)
def test_expected_share_ppb__no_distribution__is_refused(
    probabilities: list[float], share_list: list[int], field: str
) -> None:
    with pytest.raises(AmountInvalid) as refused:
        expected_share_ppb(probabilities, [Bps(share) for share in share_list])

    assert refused.value.field == field


def test_expected_share_ppb__floats_a_hair_above_one__are_taken_as_one() -> None:
    assert expected_share_ppb([0.5, 0.5 + 1e-10], [Bps(10_000), Bps(10_000)]) == 10**9
