"""Treasury: a pause stops new business and payments for a bounded time; clocks stop; held money does not wait."""

import pytest
from brownie import ZERO_ADDRESS
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from market import TUSD
from parties import person
from refusals import refused

CAPITAL = 100_000 * TUSD
MOST, BETWEEN = 7 * DAY, 30 * DAY


@pytest.fixture
def treasury(house):
    return house.treasury


@pytest.fixture
def guardian(people):
    return people["guardian"]


@pytest.fixture
def paused(treasury, guardian, locked):
    """A pause of two days has just begun; returns its end."""
    treasury.pause(2 * DAY, guardian.sends)
    return now() + 2 * DAY


def test_pause__guardian__runs_for_so_long(treasury, guardian):
    receipt = treasury.pause(MOST, guardian.sends)

    until = now() + MOST
    assert receipt.events["Paused"]["until"] == treasury.pausedUntil() == until
    assert treasury.pausedSecondsSince(0) == 0
    travel_to(until - 1)
    assert treasury.pausedSecondsSince(0) == MOST - 1
    travel_to(until + DAY)
    assert treasury.pausedSecondsSince(0) == MOST


def test_paused_seconds_since__any_start__counts_what_came_after_it(treasury, guardian):
    assert treasury.pausedSecondsSince(0) == 0
    pauses = []
    for length in (2 * DAY, 5 * HOUR, MOST):
        treasury.pause(length, guardian.sends)
        pauses.append((now(), now() + length))
        travel_to(now() + length + BETWEEN)
    (first, first_end), (second, second_end), (third, third_end) = pauses

    since = treasury.pausedSecondsSince
    assert since(0) == since(first) == 2 * DAY + 5 * HOUR + MOST
    assert since(first + HOUR) == 2 * DAY - HOUR + 5 * HOUR + MOST
    assert since(first_end) == since(first_end - 1) - 1 == since(second) == 5 * HOUR + MOST
    assert since(second_end - 1) == 1 + MOST
    assert since(second_end) == since(third - 1) == since(third) == MOST
    assert since(third_end - 1) == 1
    assert since(third_end) == since(now()) == since(now() + DAY) == 0


@pytest.mark.parametrize("seconds", [0, MOST + 1])
def test_pause__too_short_or_too_long__refuses(treasury, guardian, seconds):
    with refused("PauseInvalid", seconds, MOST):
        treasury.pause.call(seconds, guardian.sends)


def test_pause_and_unpause__without_role__refuse(treasury, people, paused):
    for name in ("administrator", "treasurer", "product manager", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            treasury.pause.call(1, people[name].sends)
        with refused("AccessManagedUnauthorized", people[name]):
            treasury.unpause.call(people[name].sends)


def test_pause__running__stops_new_business_and_new_payments(treasury, desk, holders, paused):
    dues = [(holders[0].address, TUSD)]

    with refused("TreasuryPaused", paused):
        treasury.collectPremiums.call(dues, TUSD, desk.sends)
    with refused("TreasuryPaused", paused):
        treasury.payBatch.call([], 1, desk.sends)
    with refused("TreasuryPaused", paused):
        treasury.payClaim.call((1, holders[2].address, ZERO_ADDRESS, 0, 0, 1, 0), desk.sends)
    with refused("TreasuryPaused", paused):
        treasury.returnPremium.call(7, holders[2], 1, 0, desk.sends)


def test_pause__running__reserves_and_run_off_go_on(treasury, desk, paused):
    exposure = treasury.exposureOf(desk)

    treasury.changeReserve(1, 0, 5 * TUSD, desk.sends)
    treasury.runOff(TUSD, TUSD, desk.sends)

    assert treasury.reservesOf(desk) == 5 * TUSD
    assert treasury.exposureOf(desk) == exposure - 6 * TUSD


def test_pause__running__held_money_can_be_taken(house, treasury, desk, guardian, held, blocked, people):
    treasury.pause(MOST, guardian.sends)

    treasury.takeHeldPayout(person("refuge"), blocked.sends)

    assert house.token.balanceOf(person("refuge")) == held


def test_pause__running__held_money_can_be_pushed(house, treasury, guardian, held, blocked, people):
    house.token.setBlocked(blocked, False, people["issuer"].sends)
    treasury.pause(MOST, guardian.sends)

    assert treasury.pushHeldPayout(blocked, people["stranger"].sends).return_value == held


def test_pause__running__no_capital_leaves_but_some_may_come(treasury, people, paused):
    treasurer = people["treasurer"]
    assert treasury.freeCapital() == treasury.maxWithdraw(treasurer) == treasury.maxRedeem(treasurer) == 0

    with refused("ERC4626ExceededMaxWithdraw", treasurer, 1, 0):
        treasury.withdraw.call(1, treasurer, treasurer, treasurer.sends)
    with refused("ERC4626ExceededMaxRedeem", treasurer, 1, 0):
        treasury.redeem.call(1, treasurer, treasurer, treasurer.sends)
    treasury.deposit(TUSD, treasurer, treasurer.sends)

    assert treasury.bookedAssets() == CAPITAL + 101 * TUSD


def test_pause__over__everything_goes_on_in_that_second(treasury, desk, holders, paused):
    next_block_at(paused - 1)
    with refused("TreasuryPaused", paused):
        treasury.payBatch([], 1, desk.sends)
    next_block_at(paused)
    treasury.payBatch([], 1, desk.sends)

    treasury.collectPremiums([(holders[0].address, TUSD)], TUSD, desk.sends)
    assert treasury.freeCapital() > 0


def test_unpause__early__counts_what_was_paused(treasury, desk, guardian, paused):
    next_block_at(paused - DAY)

    receipt = treasury.unpause(guardian.sends)

    assert receipt.events["Unpaused"]["pausedSeconds"] == treasury.pausedSecondsSince(0) == DAY
    assert treasury.pausedUntil() == paused - DAY
    treasury.payBatch([], 1, desk.sends)
    travel_to(paused + DAY)
    assert treasury.pausedSecondsSince(0) == DAY


def test_unpause__none_runs__refuses(treasury, guardian, paused):
    next_block_at(paused)

    with refused("NotPaused"):
        treasury.unpause(guardian.sends)


def test_unpause__never_paused__refuses(treasury, guardian):
    with refused("NotPaused"):
        treasury.unpause.call(guardian.sends)


def test_pause__again_too_soon__refuses_until_30_days_after_the_last(treasury, guardian, paused):
    opens_at = paused + BETWEEN
    for moment in (now() + HOUR, opens_at - 1):
        next_block_at(moment)
        with refused("PauseTooSoon", opens_at, moment):
            treasury.pause(1, guardian.sends)
    next_block_at(opens_at)
    treasury.pause(HOUR, guardian.sends)
    travel_to(opens_at + 2 * HOUR)

    assert treasury.pausedSecondsSince(0) == 2 * DAY + HOUR


def test_pause__ended_early__the_30_days_run_from_there(treasury, guardian, paused):
    next_block_at(paused - DAY)
    treasury.unpause(guardian.sends)
    opens_at = paused - DAY + BETWEEN

    next_block_at(opens_at - 1)
    with refused("PauseTooSoon", opens_at, opens_at - 1):
        treasury.pause(1, guardian.sends)
    next_block_at(opens_at)
    treasury.pause(1, guardian.sends)

    assert treasury.pausedUntil() == opens_at + 1


def test_pause__as_often_as_allowed__leaves_most_of_the_time(treasury, guardian):
    begun = now()
    for _ in range(10):
        treasury.pause(MOST, guardian.sends)
        travel_to(treasury.pausedUntil() + BETWEEN)

    assert treasury.pausedSecondsSince(0) == 10 * MOST
    assert 10 * MOST / (now() - begun) < 0.19
