"""Held payouts: what waits ripens whatever is added, and nothing that is added passes the cap before its time."""

from hypothesis import given
from hypothesis import strategies as st

from domain.money import TokenUnits
from domain.treasury_accounts import DAY_SECONDS, MAX_HELD_BY_CAP_SECONDS, HeldPayout

START = 1_400_000_000
WAIT = MAX_HELD_BY_CAP_SECONDS
Steps = list[tuple[int, int, int]]
STEPS = st.lists(
    st.tuples(st.integers(0, 40 * DAY_SECONDS), st.integers(1, 1_000), st.integers(0, 1_500)), min_size=1, max_size=12
)
"""Seconds later, so much is added, and then so much paid within the cap."""


def held_days(*additions: tuple[int, int]) -> HeldPayout:
    """What is held after additions of an amount on a day."""
    held = HeldPayout()
    for day, amount in additions:
        held = held.with_more(TokenUnits(amount), START + day * DAY_SECONDS)
    return held


def on_day(held: HeldPayout, day: int) -> HeldPayout:
    """The same as of a day."""
    return held.at(START + day * DAY_SECONDS)


def test_at__thirty_days_after_the_first__it_alone_is_ripe() -> None:
    held = held_days((0, 5), (10, 6), (29, 7))

    assert on_day(held, 29) == HeldPayout(TokenUnits(0), TokenUnits(5), TokenUnits(13), START, START + 29 * DAY_SECONDS)
    assert on_day(held, 30) == HeldPayout(TokenUnits(5), TokenUnits(13), ripening_since=START + 29 * DAY_SECONDS)
    assert on_day(held, 58).ripe == 5
    assert on_day(held, 59) == HeldPayout(TokenUnits(18))


def test_at__last_second_of_the_wait__is_not_ripe() -> None:
    held = held_days((0, 5))

    assert held.at(START + WAIT - 1).ripe == 0
    assert held.at(START + WAIT).ripe == 5


def test_with_more__after_a_unit_lay_for_a_month__waits_for_itself() -> None:
    held = held_days((0, 1), (29, 1_000))

    assert on_day(held, 58).ripe == 1
    assert on_day(held, 59).ripe == 1_001


def test_after_payment__within_what_ripens__both_keep_their_time() -> None:
    held = held_days((0, 5), (10, 6))

    assert held.after_payment(TokenUnits(2)) == HeldPayout(
        TokenUnits(0), TokenUnits(3), TokenUnits(6), START, START + 10 * DAY_SECONDS
    )


def test_after_payment__all_that_ripens_or_more__what_is_fresh_takes_its_place() -> None:
    held = held_days((0, 5), (10, 6))

    for capped, left in ((5, 6), (7, 4)):
        rest = held.after_payment(TokenUnits(capped))
        assert rest == HeldPayout(ripening=TokenUnits(left), ripening_since=START + 10 * DAY_SECONDS)
    assert held.after_payment(TokenUnits(11)) == HeldPayout()


@given(STEPS)
def test_held_payout__any_additions_and_payments__each_unit_is_ripe_within_60_days_and_none_before_30(
    steps: Steps,
) -> None:
    """Against books of every single part, paid in the order they came."""
    held, parts, now = HeldPayout(), list[list[int]](), START
    for later, amount, pay in steps:
        now += later
        held = held.with_more(TokenUnits(amount), now)
        parts.append([now, amount])
        assert_in_time(held, parts, now)
        held = held.at(now)
        capped = min(pay, held.ripening + held.fresh)
        if pay:
            spend(parts, held.ripe + capped)
            held = held.after_payment(TokenUnits(capped))
        assert_in_time(held, parts, now)
        assert held.ripening or not held.fresh
    assert held.at(now + 2 * WAIT).ripe == held.amount == sum(amount for _, amount in parts)


def spend(parts: list[list[int]], amount: int) -> None:
    """Takes an amount off the parts, the oldest first."""
    for part in parts:
        taken = min(part[1], amount)
        part[1], amount = part[1] - taken, amount - taken


def assert_in_time(held: HeldPayout, parts: list[list[int]], now: int) -> None:
    """Ripe is at least what waited for 60 days, and at most what waited for 30."""
    due = sum(amount for since, amount in parts if now >= since + 2 * WAIT)
    most = sum(amount for since, amount in parts if now >= since + WAIT)
    assert due <= held.at(now).ripe <= most
