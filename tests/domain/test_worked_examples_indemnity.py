"""Worked examples S11 to S18 of docs/settlement.md, computed anew. A row there is a test here, with the same number."""

from datetime import UTC, datetime

import pytest

from domain.claim_clock import deadline
from domain.indemnity import (
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
from domain.tiers import RiskTier, TierBounds, tier_of
from tests.domain.examples import EXAMPLES, rows

BOUNDS = TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000))


def units(number: str) -> list[TokenUnits]:
    """The cells of an example whose every cell is a number."""
    return [TokenUnits(int(cell)) for cell in EXAMPLES[number]]


@pytest.mark.parametrize("number", rows("S11"))
def test_indemnity__worked_example__gives_the_indemnity(number: str) -> None:
    loss, deductible, share, limit_left, expected = units(number)

    assert indemnity(loss, deductible, Bps(share), limit_left) == expected


@pytest.mark.parametrize("number", rows("S12"))
def test_limit__worked_example__gives_the_limit(number: str) -> None:
    sum_insured, share, expected = units(number)

    assert limit(sum_insured, Bps(share)) == expected


@pytest.mark.parametrize("number", rows("S13"))
def test_premium_due__worked_example__gives_the_premium(number: str) -> None:
    sum_insured, rate, factor, minimum, expected = units(number)

    assert premium_due(sum_insured, Ppb(rate), Bps(factor), minimum) == expected


@pytest.mark.parametrize("number", rows("S14"))
def test_earned__worked_example__divides_the_premium(number: str) -> None:
    premium, start, end, instant, expected_earned, expected_unearned = units(number)

    assert earned(premium, start, end, instant) == expected_earned
    assert unearned(premium, start, end, instant) == expected_unearned


@pytest.mark.parametrize("number", rows("S15"))
def test_extra_premium__worked_example__prices_the_endorsement(number: str) -> None:
    premium, old_sum, new_sum, start, end, instant, expected_extra, expected_back = units(number)

    assert extra_premium(premium, old_sum, new_sum, start, end, instant) == expected_extra
    assert return_premium(premium, old_sum, new_sum, start, end, instant) == expected_back


@pytest.mark.parametrize("number", rows("S16"))
def test_deadline__worked_example__gives_the_instant(number: str) -> None:
    since, days, expected = EXAMPLES[number]

    due = deadline(unix_seconds(since), int(days))

    assert due == unix_seconds(expected)


@pytest.mark.parametrize("number", rows("S17"))
def test_interest__worked_example__gives_interest_and_lock(number: str) -> None:
    amount, rate, late, cap, expected_interest, expected_lock = units(number)

    assert interest(amount, Bps(rate), late, Bps(cap)) == expected_interest
    assert interest_lock(amount, Bps(cap)) == expected_lock


@pytest.mark.parametrize("number", rows("S18"))
def test_tier_of__worked_example__gives_the_tier(number: str) -> None:
    score, loss_ratio, expected = EXAMPLES[number]

    assert tier_of(int(score), int(loss_ratio), BOUNDS) is RiskTier[expected]


def unix_seconds(text: str) -> int:
    """Unix seconds of an instant written in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
