"""Rules S11 to S15 and S17, for any input."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid
from domain.indemnity import (
    YEAR_SECONDS,
    earned,
    extra_premium,
    indemnity,
    interest,
    interest_lock,
    limit,
    premium_due,
    return_premium,
    unearned,
)
from domain.money import Bps, Ppb, TokenUnits
from domain.ranges import MAX_UINT16, MAX_UINT32, MAX_UINT40, MAX_UINT64
from tests.domain.samples import shares

units = st.integers(0, MAX_UINT64).map(TokenUnits)
sums = st.integers(1, MAX_UINT64).map(TokenUnits)
rates = st.integers(0, MAX_UINT16).map(Bps)
instants = st.integers(0, MAX_UINT40)
ZERO, ONE = TokenUnits(0), TokenUnits(1)


@st.composite
def periods(draw: st.DrawFn) -> tuple[int, int]:
    """Start and end of a period of at least one second."""
    start = draw(st.integers(0, MAX_UINT40 - 1))
    return start, draw(st.integers(start + 1, MAX_UINT40))


@given(units, units, shares, units)
def test_indemnity__any_loss__is_the_share_of_the_excess_within_the_limit(
    loss: TokenUnits, deductible: TokenUnits, share: Bps, limit_left: TokenUnits
) -> None:
    exact = Fraction(max(loss - deductible, 0) * share, 10_000)

    owed = indemnity(loss, deductible, share, limit_left)

    assert owed <= exact
    assert owed <= limit_left
    assert owed == limit_left or exact - 1 < owed


@given(units, units, units, shares, units)
def test_indemnity__greater_loss__is_never_worth_less(
    one: TokenUnits, other: TokenUnits, deductible: TokenUnits, share: Bps, limit_left: TokenUnits
) -> None:
    low, high = sorted((one, other))

    assert indemnity(low, deductible, share, limit_left) <= indemnity(high, deductible, share, limit_left)


@given(units, units, shares, units, units)
def test_indemnity__two_losses_under_one_limit__stay_within_it(
    first: TokenUnits, second: TokenUnits, share: Bps, deductible: TokenUnits, most: TokenUnits
) -> None:
    paid = indemnity(first, deductible, share, most)

    paid_again = indemnity(second, deductible, share, TokenUnits(most - paid))

    assert paid + paid_again <= most


@given(units, shares)
def test_limit__share_up_to_the_whole__never_exceeds_the_sum_insured(sum_insured: TokenUnits, share: Bps) -> None:
    most = limit(sum_insured, share)

    assert most <= sum_insured
    assert 0 <= Fraction(sum_insured * share, 10_000) - most < 1


@given(units, st.integers(0, MAX_UINT32).map(Ppb), rates, units)
def test_premium_due__any_risk__is_the_exact_price_rounded_up(
    sum_insured: TokenUnits, rate: Ppb, factor: Bps, minimum: TokenUnits
) -> None:
    exact = Fraction(sum_insured * rate * factor, 10**13)

    due = premium_due(sum_insured, rate, factor, minimum)

    assert due >= exact
    assert due >= minimum
    assert due == minimum or due < exact + 1


@given(units, periods(), instants)
def test_earned__any_instant__makes_the_premium_with_the_unearned(
    premium: TokenUnits, period: tuple[int, int], instant: int
) -> None:
    passed, left = earned(premium, *period, instant), unearned(premium, *period, instant)

    assert premium - 1 <= passed + left <= premium
    assert (instant > period[0]) or (passed, left) == (0, premium)
    assert (instant < period[1]) or (passed, left) == (premium, 0)


@given(units, periods(), instants, instants)
def test_earned__later__is_never_less(premium: TokenUnits, period: tuple[int, int], one: int, other: int) -> None:
    first, later = sorted((one, other))

    assert earned(premium, *period, first) <= earned(premium, *period, later)


@given(units, sums, units, periods(), instants)
def test_extra_premium__any_endorsement__is_exact_within_a_unit_for_the_pool(
    premium: TokenUnits, old_sum: TokenUnits, new_sum: TokenUnits, period: tuple[int, int], instant: int
) -> None:
    start, end = period
    left = Fraction(end - min(max(instant, start), end), end - start)
    exact = premium * left * Fraction(new_sum - old_sum, old_sum)

    extra = extra_premium(premium, old_sum, new_sum, start, end, instant)
    back = return_premium(premium, old_sum, new_sum, start, end, instant)

    assert 0 <= (extra - back) - exact < 1
    assert ZERO in (extra, back)
    assert back <= premium


@given(units, sums, units, periods(), instants)
def test_return_premium__raised_and_lowered_at_once__never_earns_the_holder_anything(
    premium: TokenUnits, old_sum: TokenUnits, rise: TokenUnits, period: tuple[int, int], instant: int
) -> None:
    new_sum = TokenUnits(min(old_sum + rise, MAX_UINT64))
    extra = extra_premium(premium, old_sum, new_sum, *period, instant)

    # Back to the old sum: the premium for the whole period that goes with the new one, rounded for the holder.
    whole = TokenUnits(premium * new_sum // old_sum)
    if whole <= MAX_UINT64:
        assert return_premium(whole, new_sum, old_sum, *period, instant) <= extra


@given(units, rates, instants, rates)
def test_interest__any_delay__is_exact_until_the_cap(amount: TokenUnits, rate: Bps, late: int, cap: Bps) -> None:
    exact = Fraction(amount * rate * late, YEAR_SECONDS * 10_000)

    due = interest(amount, rate, late, cap)

    assert due <= min(exact, Fraction(amount * cap, 10_000))
    assert due > exact - 1 or due == amount * cap // 10_000


@given(st.lists(st.integers(0, MAX_UINT40), min_size=1, max_size=6), rates, rates, instants)
def test_interest_lock__indemnities_of_one_policy__is_enough_for_all(
    amounts: list[int], rate: Bps, cap: Bps, late: int
) -> None:
    lock = interest_lock(TokenUnits(sum(amounts)), cap)

    assert sum(interest(TokenUnits(amount), rate, late, cap) for amount in amounts) <= lock


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: indemnity(TokenUnits(-1), ZERO, Bps(0), ZERO), "loss"),
        (lambda: indemnity(ZERO, TokenUnits(MAX_UINT64 + 1), Bps(0), ZERO), "deductible"),
        (lambda: indemnity(ZERO, ZERO, Bps(10_001), ZERO), "share_bps"),
        (lambda: indemnity(ZERO, ZERO, Bps(0), TokenUnits(-1)), "limit_left"),
        (lambda: limit(TokenUnits(-1), Bps(0)), "sum_insured"),
        (lambda: limit(ZERO, Bps(MAX_UINT16 + 1)), "share_bps"),
        (lambda: premium_due(ZERO, Ppb(MAX_UINT32 + 1), Bps(0), ZERO), "rate_ppb"),
        (lambda: premium_due(ZERO, Ppb(0), Bps(-1), ZERO), "factor_bps"),
        (lambda: premium_due(ZERO, Ppb(0), Bps(0), TokenUnits(-1)), "min_premium"),
        (lambda: earned(TokenUnits(-1), 0, 1, 0), "premium"),
        (lambda: earned(ONE, 1, 1, 1), "end"),
        (lambda: unearned(ONE, 2, 1, 1), "end"),
        (lambda: unearned(ONE, -1, 1, 1), "start"),
        (lambda: unearned(ONE, 0, 1, MAX_UINT40 + 1), "instant"),
        (lambda: extra_premium(ONE, ZERO, ONE, 0, 1, 0), "old_sum"),
        (lambda: return_premium(ONE, ONE, TokenUnits(-1), 0, 1, 0), "new_sum"),
        (lambda: interest(ONE, Bps(MAX_UINT16 + 1), 0, Bps(0)), "rate_bps"),
        (lambda: interest(ONE, Bps(0), -1, Bps(0)), "late_seconds"),
        (lambda: interest(ONE, Bps(0), 0, Bps(-1)), "cap_bps"),
        (lambda: interest_lock(ONE, Bps(MAX_UINT16 + 1)), "cap_bps"),
    ],
)
def test_indemnity_rules__out_of_range__are_refused(call: Callable[[], TokenUnits], field: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        call()

    assert refused.value.field == field
