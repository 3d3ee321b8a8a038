"""The Python twin of indemnity insurance against Solidity: part of `quittance figures parity`.

Every case is random over the whole range the contracts keep, with the ends of each range among the cases far more
often than chance would have it, and values beside the bounds where the answer changes.
"""

import random
from typing import Final

from web3.contract import Contract

from domain.claim_clock import deadline, late_seconds
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
from domain.money import BPS_WHOLE, Bps, Ppb, TokenUnits
from domain.tiers import MAX_SCORE, TierBounds, tier_of
from scripts.figures.compared import Comparison, Tally, pages
from scripts.figures.random_cases import UINT16, UINT32, UINT40, UINT64, random_within

WEEK: Final = 7 * 86_400


def compare_losses(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Indemnity for a loss, and limits as shares of the sum insured: S11 and S12."""
    tally = Tally("indemnities and limits")
    for size in pages(cases):
        asked = [_loss(rng) for _ in range(size)]
        answers = zip(*twin.functions.losses(asked).call(), strict=True)
        for (loss, deductible, share, left, insured, limit_share), (paid, most) in zip(asked, answers, strict=True):
            ours = indemnity(TokenUnits(loss), TokenUnits(deductible), Bps(share), TokenUnits(left))
            tally.add((ours, limit(TokenUnits(insured), Bps(limit_share))), (paid, most))
    return tally


def compare_rates(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Premium of an indemnity policy: S13."""
    tally = Tally("premiums of indemnity policies")
    for size in pages(cases):
        ends = (UINT64, UINT32, UINT16, UINT64)
        asked = [tuple(random_within(rng, 0, most) for most in ends) for _ in range(size)]
        for (insured, rate, factor, least), theirs in zip(asked, twin.functions.rates(asked).call(), strict=True):
            ours = premium_due(TokenUnits(insured), Ppb(rate), Bps(factor), TokenUnits(least))
            tally.add((ours,), (theirs,))
    return tally


def compare_earnings(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Premium earned and unearned: S14."""
    tally = Tally("earned and unearned premiums")
    for size in pages(cases):
        asked = [_period(rng) for _ in range(size)]
        answers = zip(*twin.functions.earnings(asked).call(), strict=True)
        for (premium, _, _, *period), theirs in zip(asked, answers, strict=True):
            ours = (earned(TokenUnits(premium), *period), unearned(TokenUnits(premium), *period))
            tally.add(ours, theirs)
    return tally


def compare_endorsements(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """What an endorsement costs and gives back: S15."""
    tally = Tally("endorsements")
    for size in pages(cases):
        asked = [_period(rng) for _ in range(size)]
        answers = zip(*twin.functions.endorsements(asked).call(), strict=True)
        for (premium, old_sum, new_sum, *period), theirs in zip(asked, answers, strict=True):
            sums = (TokenUnits(premium), TokenUnits(old_sum), TokenUnits(new_sum))
            tally.add((extra_premium(*sums, *period), return_premium(*sums, *period)), theirs)
    return tally


def compare_interests(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Interest on late payment, and what is locked for it: S17."""
    tally = Tally("interest and its locks")
    for size in pages(cases):
        asked = [_interest(rng) for _ in range(size)]
        answers = zip(*twin.functions.interests(asked).call(), strict=True)
        for (amount, rate, late, cap), theirs in zip(asked, answers, strict=True):
            owed = interest(TokenUnits(amount), Bps(rate), late, Bps(cap))
            tally.add((owed, interest_lock(TokenUnits(amount), Bps(cap))), theirs)
    return tally


def compare_clocks(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Deadlines in working days, and seconds past them: S16 and S17."""
    tally = Tally("legal clocks")
    for size in pages(cases):
        asked = [_clock(rng) for _ in range(size)]
        answers = zip(*twin.functions.clocks(asked).call(), strict=True)
        for (since, days, instant), theirs in zip(asked, answers, strict=True):
            due = deadline(since, days)
            tally.add((due, late_seconds(due, instant)), theirs)
    return tally


def compare_tiers(twin: Contract, rng: random.Random, cases: int) -> Tally:
    """Risk tiers: S18."""
    tally = Tally("risk tiers")
    for size in pages(cases):
        asked = [_tier(rng) for _ in range(size)]
        for (score, ratio, bounds), theirs in zip(asked, twin.functions.tiers(asked).call(), strict=True):
            ours = tier_of(score, ratio, TierBounds(bounds[0], bounds[1], Bps(bounds[2]), Bps(bounds[3])))
            tally.add((ours,), (theirs,))
    return tally


def _loss(rng: random.Random) -> tuple[int, ...]:
    """Amounts of one size, so that deductible and limit bite; every fourth loss lies at the deductible."""
    most = rng.choice((100, 10**9, UINT64))
    loss, deductible, left, insured = (random_within(rng, 0, most) for _ in range(4))
    if rng.randrange(4) == 0:
        loss = min(max(deductible + rng.randrange(-1, 2), 0), UINT64)
    return loss, deductible, random_within(rng, 0, BPS_WHOLE), left, insured, random_within(rng, 0, UINT16)


def _period(rng: random.Random) -> tuple[int, ...]:
    """Premium, two sums and an instant beside or within a period of a second to the whole of time."""
    length = random_within(rng, 1, rng.choice((3, 366 * 86_400, UINT40)))
    start = random_within(rng, 0, UINT40 - length)
    inside = start + random_within(rng, 0, length)
    instant = rng.choice((inside, inside, inside, random_within(rng, 0, UINT40)))
    most = rng.choice((10, 10**9, UINT64))
    old_sum, new_sum = random_within(rng, 1, most), random_within(rng, 0, most)
    return random_within(rng, 0, most), old_sum, new_sum, start, start + length, instant


def _interest(rng: random.Random) -> tuple[int, int, int, int]:
    late = random_within(rng, 0, rng.choice((86_400, 10 * 366 * 86_400, UINT40)))
    amount = random_within(rng, 0, rng.choice((1_000, 10**9, UINT64)))
    return amount, random_within(rng, 0, UINT16), late, random_within(rng, 0, UINT16)


def _clock(rng: random.Random) -> tuple[int, int, int]:
    """A start anywhere, or within a second of where a day or a week turns."""
    since = random_within(rng, 0, UINT40 - 2 * WEEK)
    if rng.randrange(2):
        turn = rng.choice((86_400, WEEK))
        since = max(since // turn * turn + rng.randrange(-1, 2), 0)
    days = random_within(rng, 0, rng.choice((6, 60, UINT16)))
    near = deadline(since, days) + rng.randrange(-2, 3)
    return since, days, max(rng.choice((near, random_within(rng, 0, UINT40))), 0)


def _tier(rng: random.Random) -> tuple[int, int, tuple[int, int, int, int]]:
    """Score and ratio at or beside the bounds half of the time."""
    scores = (random_within(rng, 0, MAX_SCORE), random_within(rng, 0, MAX_SCORE))
    ratios = (random_within(rng, 0, UINT16), random_within(rng, 0, UINT16))
    score, ratio = random_within(rng, 0, MAX_SCORE), random_within(rng, 0, UINT32)
    if rng.randrange(2):
        score = min(max(rng.choice(scores) + rng.randrange(-1, 2), 0), MAX_SCORE)
        ratio = max(rng.choice(ratios) + rng.randrange(-1, 2), 0)
    return score, ratio, (*scores, *ratios)


INDEMNITY_COMPARISONS: Final[tuple[tuple[Comparison, int], ...]] = (
    (compare_losses, 1),
    (compare_rates, 1),
    (compare_earnings, 1),
    (compare_endorsements, 1),
    (compare_interests, 1),
    (compare_clocks, 1),
    (compare_tiers, 1),
)
