"""Treasury: the day's cap on payouts. What is over it is held, never lost, and passes when it has waited."""

import pytest
from answers import plain
from brownie import ZERO_ADDRESS
from chain_clock import DAY, next_block_at, now, travel_to
from market import TUSD
from refusals import refused

CAPITAL = 100_000 * TUSD
CAP = 100 * TUSD
WAIT = 30 * DAY


@pytest.fixture
def treasury(house):
    return house.treasury


@pytest.fixture
def capped(treasury, people, locked):
    """At most 100 TUSD a day; it is an hour past midnight, so that a slow machine stays within the day."""
    treasury.setPayoutCap(CAP, people["administrator"].sends)
    travel_to(midnight() + 3_600)
    return CAP


@pytest.fixture
def over(treasury, desk, holders, capped):
    """250 TUSD held for the third holder, because they exceed the cap."""
    treasury.payClaim(claim(holders[2], 250 * TUSD), desk.sends)
    return 250 * TUSD


def claim(payee, amount):
    return (1, payee.address, ZERO_ADDRESS, 0, 0, amount, 0)


def left(treasury):
    return treasury.payoutCap()[1]


def midnight():
    return (now() // DAY + 1) * DAY


def test_set_payout_cap__administrator__counts_from_now(treasury, people):
    assert plain(treasury.payoutCap()) == (0, 2**64 - 1)

    receipt = treasury.setPayoutCap(CAP, people["administrator"].sends)

    assert receipt.events["PayoutCapChanged"]["cap"] == CAP
    assert plain(treasury.payoutCap()) == (CAP, CAP)


def test_set_payout_cap__without_role__refuses(treasury, people):
    for name in ("treasurer", "guardian", "product manager", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            treasury.setPayoutCap.call(0, people[name].sends)


def test_set_payout_cap__below_what_left_today__nothing_more_leaves(treasury, desk, holders, people, capped):
    treasury.payClaim(claim(holders[2], 60 * TUSD), desk.sends)

    treasury.setPayoutCap(50 * TUSD, people["administrator"].sends)

    assert plain(treasury.payoutCap()) == (50 * TUSD, 0)


def test_set_payout_cap__taken_away__everything_leaves(treasury, people, holders, over):
    treasury.setPayoutCap(0, people["administrator"].sends)

    assert treasury.pushHeldPayout(holders[2], people["stranger"].sends).return_value == over


def test_pay_batch__one_over_the_cap__is_held_and_smaller_ones_still_go(house, treasury, desk, holders, capped):
    before = [house.token.balanceOf(holder) for holder in holders]
    amounts = (70, 40, 30, 1)
    payouts = [(i, holders[i].address, amount * TUSD) for i, amount in enumerate(amounts)]

    receipt = treasury.payBatch(payouts, 200 * TUSD, desk.sends)

    gained = [(house.token.balanceOf(holders[i]) - before[i]) // TUSD for i in range(4)]
    assert gained == [70, 0, 30, 0]
    assert [treasury.heldPayoutOf(holders[i]) // TUSD for i in range(4)] == [0, 40, 0, 1]
    assert (receipt.events["ExposureReleased"]["paid"], receipt.events["ExposureReleased"]["held"]) == (CAP, 41 * TUSD)
    assert left(treasury) == 0


def test_pay_claim__exactly_the_cap__goes(treasury, desk, holders, capped):
    assert treasury.payClaim(claim(holders[2], CAP), desk.sends).return_value is True
    assert left(treasury) == 0
    assert treasury.payClaim(claim(holders[2], 1), desk.sends).return_value is False


def test_return_premium__over_the_cap__is_held(treasury, desk, holders, people, capped):
    treasury.setPayoutCap(TUSD, people["administrator"].sends)

    treasury.returnPremium(7, holders[2], 2 * TUSD, 0, desk.sends)

    assert treasury.heldPayoutOf(holders[2]) == 2 * TUSD


def test_withdraw__capital__does_not_count_against_the_cap(treasury, people, capped):
    treasury.withdraw(500 * TUSD, people["treasurer"], people["treasurer"], people["treasurer"].sends)

    assert left(treasury) == CAP


def test_push_held_payout__over_the_cap__pays_a_days_part_each_day(house, treasury, holders, people, over):
    before, stranger = house.token.balanceOf(holders[2]), people["stranger"]

    assert treasury.pushHeldPayout(holders[2], stranger.sends).return_value == CAP
    opens_at = midnight()
    next_block_at(opens_at - 1)
    with refused("PayoutCapReached", CAP, opens_at):
        treasury.pushHeldPayout(holders[2], stranger.sends)
    next_block_at(opens_at)
    assert treasury.pushHeldPayout(holders[2], stranger.sends).return_value == CAP
    assert treasury.heldPayoutOf(holders[2]) == treasury.totalHeldPayouts() == 50 * TUSD
    travel_to(opens_at + DAY)
    assert treasury.pushHeldPayout(holders[2], stranger.sends).return_value == 50 * TUSD

    assert house.token.balanceOf(holders[2]) - before == over
    assert left(treasury) == 50 * TUSD


def test_push_held_payout__held_for_30_days__passes_the_cap_to_the_second(treasury, desk, holders, people, over):
    since, stranger = now(), people["stranger"]
    travel_to(since + WAIT - 10)
    treasury.payClaim(claim(holders[0], CAP), desk.sends)

    next_block_at(since + WAIT - 1)
    with refused("PayoutCapReached", CAP, since + WAIT):
        treasury.pushHeldPayout(holders[2], stranger.sends)
    next_block_at(since + WAIT)
    assert treasury.pushHeldPayout(holders[2], stranger.sends).return_value == over

    assert treasury.totalHeldPayouts() == 0
    assert left(treasury) == 0


def test_take_held_payout__a_unit_left_lying__lets_nothing_later_past_the_cap(treasury, desk, holders, people, capped):
    """Else whoever means to empty a treasury in one day would let a unit be held a month before."""
    treasury.payClaim(claim(holders[0], CAP), desk.sends)
    treasury.payClaim(claim(holders[2], 1), desk.sends)
    travel_to(now() + WAIT)
    treasury.payClaim(claim(holders[2], 5 * CAP), desk.sends)
    assert treasury.heldPayoutOf(holders[2]) == 5 * CAP + 1

    assert treasury.takeHeldPayout(holders[2], holders[2].sends).return_value == CAP + 1

    opens_at = midnight()
    with refused("PayoutCapReached", CAP, opens_at):
        treasury.takeHeldPayout(holders[2], holders[2].sends)
    travel_to(now() + WAIT)
    assert treasury.takeHeldPayout(holders[2], holders[2].sends).return_value == 4 * CAP


def test_take_held_payout__what_waited_30_days__passes_whatever_is_held_later(treasury, desk, holders, people, over):
    travel_to(now() + WAIT)
    treasury.payClaim(claim(holders[0], CAP), desk.sends)
    treasury.payClaim(claim(holders[2], 5), desk.sends)
    travel_to(now() + 3_600)
    treasury.payClaim(claim(holders[2], 7), desk.sends)

    assert treasury.takeHeldPayout(holders[2], holders[2].sends).return_value == over
    assert treasury.heldPayoutOf(holders[2]) == 12


@pytest.fixture
def trickle(treasury, people, desk, holders, capped):
    """At most a unit a day, and 10 TUSD held for the third holder three times, 29 days apart; when each was."""
    treasury.setPayoutCap(1, people["administrator"].sends)
    times = []
    for _ in range(3):
        next_block_at(now() + 29 * DAY + 3_600)
        treasury.payClaim(claim(holders[2], 10 * TUSD), desk.sends)
        times.append(now())
    return times


def parts(treasury, payee):
    held = treasury.heldPayout(payee)
    return [held[name] for name in ("ripe", "ripening", "fresh", "ripeningSince", "freshSince")]


def test_held_payout__held_anew_every_29_days__what_waits_is_not_put_off(treasury, holders, trickle):
    _, second, third = trickle
    assert parts(treasury, holders[2]) == [10 * TUSD, 10 * TUSD, 10 * TUSD, second, third]

    next_block_at(second + WAIT - 2)
    assert treasury.pushHeldPayout(holders[2], holders[0].sends).return_value == 10 * TUSD + 1
    assert parts(treasury, holders[2]) == [0, 10 * TUSD - 1, 10 * TUSD, second, third]
    next_block_at(second + WAIT - 1)
    with refused("PayoutCapReached", 1, second + WAIT):
        treasury.pushHeldPayout(holders[2], holders[0].sends)
    next_block_at(second + WAIT)
    assert treasury.pushHeldPayout(holders[2], holders[0].sends).return_value == 10 * TUSD - 1
    travel_to(third + WAIT)
    assert treasury.takeHeldPayout(holders[2], holders[2].sends).return_value == 10 * TUSD

    assert parts(treasury, holders[2]) == [0, 0, 0, 0, 0]


def test_held_payout__cap_reaches_into_what_is_fresh__the_rest_keeps_its_time(treasury, people, holders, trickle):
    third = trickle[-1]
    treasury.setPayoutCap(13 * TUSD, people["administrator"].sends)

    assert treasury.pushHeldPayout(holders[2], holders[0].sends).return_value == 23 * TUSD

    assert parts(treasury, holders[2]) == [0, 7 * TUSD, 0, third, 0]
    assert treasury.heldPayoutOf(holders[2]) == treasury.totalHeldPayouts() == 7 * TUSD


def test_push_held_payout__blocked_and_over_the_cap__the_cap_is_not_used_up(house, treasury, desk, blocked, capped):
    treasury.payClaim(claim(blocked, 60 * TUSD), desk.sends)

    with refused("AccountBlocked", blocked):
        treasury.pushHeldPayout(blocked, desk.sends)
    assert left(treasury) == CAP
