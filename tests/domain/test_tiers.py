"""Rule S18."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid
from domain.money import Bps
from domain.ranges import MAX_UINT16, MAX_UINT32
from domain.tiers import MAX_SCORE, RiskTier, TierBounds, tier_of

scores = st.integers(0, MAX_SCORE)
ratios = st.integers(0, MAX_UINT32)
bounds = st.builds(
    TierBounds,
    *[st.integers(0, MAX_UINT16)] * 2,
    *[st.integers(0, MAX_UINT16).map(Bps)] * 2,
)


@given(scores, scores, ratios, ratios, bounds)
def test_tier_of__higher_score_or_ratio__is_never_a_lower_tier(
    score: int, other_score: int, ratio: int, other_ratio: int, of: TierBounds
) -> None:
    lower = tier_of(min(score, other_score), min(ratio, other_ratio), of)

    assert lower <= tier_of(max(score, other_score), max(ratio, other_ratio), of)


@given(scores, ratios, bounds)
def test_tier_of__score_and_ratio__is_the_higher_of_both(score: int, ratio: int, of: TierBounds) -> None:
    by_score = RiskTier.HIGH if score > of.high_above_score else RiskTier(score >= of.medium_from_score)
    by_ratio = RiskTier.HIGH if ratio > of.high_above_ratio_bps else RiskTier(ratio >= of.medium_from_ratio_bps)

    assert tier_of(score, ratio, of) is max(by_score, by_ratio)


@pytest.mark.parametrize(
    ("score", "ratio", "field"), [(-1, 0, "score"), (10_001, 0, "score"), (0, -1, "loss_ratio_bps")]
)
def test_tier_of__out_of_range__is_refused(score: int, ratio: int, field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        tier_of(score, ratio, TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000)))

    assert refused.value.field == field


@pytest.mark.parametrize("place", range(4))
def test_tier_bounds__beyond_sixteen_bits__are_refused(place: int) -> None:
    values = [0, 0, 0, 0]
    values[place] = MAX_UINT16 + 1

    with pytest.raises(AmountInvalid) as refused:
        TierBounds(values[0], values[1], Bps(values[2]), Bps(values[3]))

    assert refused.value.field == TierBounds.__slots__[place]
