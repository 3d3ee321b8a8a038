"""Treasury: capital in ERC-4626 shares, which cannot leave below what is locked; and tokens it must not trust."""

import pytest
from answers import plain
from brownie import SilentToken, Treasury
from market import TUSD
from parties import person
from refusals import refused
from treasuries import own_treasury

from scripts.brownie.deploy import ROLES

CAPITAL = 100_000 * TUSD
SHARE = 10**6  # shares for each token unit: the virtual offset has six digits


@pytest.fixture
def treasury(house):
    return house.treasury


@pytest.fixture
def treasurer(people):
    return people["treasurer"]


# Capital in


def test_deposit__treasurer__gets_shares(house, treasury, treasurer):
    before = treasury.balanceOf(treasurer)

    treasury.deposit(5 * TUSD, treasurer, treasurer.sends)

    assert treasury.balanceOf(treasurer) - before == 5 * TUSD * SHARE
    assert treasury.totalAssets() == treasury.heldAssets() == CAPITAL + 5 * TUSD


def test_mint__treasurer__pays_for_shares(house, treasury, treasurer):
    before = house.token.balanceOf(treasurer)

    treasury.mint(7 * TUSD * SHARE, treasurer, treasurer.sends)

    assert before - house.token.balanceOf(treasurer) == 7 * TUSD


@pytest.mark.parametrize("function", ["deposit", "mint"])
def test_deposit_and_mint__without_role__refuse(treasury, people, function):
    for name in ("administrator", "product manager", "guardian", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            getattr(treasury, function).call(1, people[name], people[name].sends)


@pytest.fixture
def fresh(house, treasurer, people, accounts):
    """A treasury nobody has paid into. The treasurer means ill."""
    fresh = Treasury.deploy(house.token, house.authority, "Fresh", "F", {"from": accounts[0]})
    functions = [fresh.deposit.signature, fresh.mint.signature, fresh.absorbSurplus.signature]
    house.authority.setTargetFunctionRole(fresh, functions, ROLES["TREASURER"], people["administrator"].sends)
    house.token.approve(fresh, 2**255, treasurer.sends)
    return fresh


def test_deposit__gift_before_it__moves_the_price_of_no_share(house, fresh, treasurer):
    fresh.deposit(1, treasurer, treasurer.sends)
    house.token.transfer(fresh, 1_000 * TUSD, treasurer.sends)

    fresh.deposit(1_500 * TUSD, person("victim"), treasurer.sends)

    assert fresh.balanceOf(person("victim")) == 1_500 * TUSD * SHARE
    assert fresh.maxWithdraw(person("victim")) == 1_500 * TUSD


def test_deposit__gift_booked_as_capital_before_it__robs_nobody_and_costs_the_giver(house, fresh, treasurer):
    fresh.deposit(1, treasurer, treasurer.sends)
    house.token.transfer(fresh, 1_000 * TUSD, treasurer.sends)
    fresh.absorbSurplus(treasurer.sends)

    fresh.deposit(1_500 * TUSD, person("victim"), treasurer.sends)

    assert 1_500 * TUSD - fresh.maxWithdraw(person("victim")) <= 1_000 * TUSD // SHARE
    assert fresh.maxWithdraw(treasurer) < 501 * TUSD  # half of the gift is the virtual shares'


@pytest.mark.parametrize("assets", [1, 2, 999_999, 1_000_003, 77_777_777_777])
def test_redeem__all_that_a_deposit_gave__never_gives_more(house, treasury, treasurer, desk, holders, assets):
    treasury.collectPremiums([(holders[0].address, 123_457)], 789_011, desk.sends)
    treasury.payBatch([], 789_011, desk.sends)  # a price that does not divide
    shares = treasury.deposit(assets, treasurer, treasurer.sends).return_value

    returned = treasury.redeem(shares, treasurer, treasurer, treasurer.sends).return_value

    assert assets - 1 <= returned <= assets


@pytest.mark.parametrize("shares", [1, SHARE, 3 * SHARE + 1, 77_777 * SHARE + 5])
def test_mint__and_redeem_again__never_gives_more(house, treasury, treasurer, desk, holders, shares):
    treasury.collectPremiums([(holders[0].address, 123_457)], 789_011, desk.sends)
    treasury.payBatch([], 789_011, desk.sends)
    paid = treasury.mint(shares, treasurer, treasurer.sends).return_value

    returned = treasury.redeem(shares, treasurer, treasurer, treasurer.sends).return_value

    assert paid - 1 <= returned <= paid


def test_deposit__more_than_64_bits_of_tokens__refuses(house, treasury, treasurer, people):
    house.token.mint(treasurer, 2**64, people["issuer"].sends)
    house.token.approve(treasury, 2**64, treasurer.sends)

    with refused("SafeCastOverflowedUintDowncast", 64, CAPITAL + 2**64):
        treasury.deposit.call(2**64, treasurer, treasurer.sends)


def test_total_assets__premium_not_earned__is_not_the_capitals(treasury, desk, locked):
    assert treasury.totalAssets() == CAPITAL
    assert treasury.bookedAssets() == CAPITAL + 100 * TUSD

    treasury.payBatch([], locked, desk.sends)
    assert treasury.totalAssets() == CAPITAL + 100 * TUSD


def test_decimals__shares__have_the_offset_on_top(treasury):
    assert treasury.decimals() == 12
    assert treasury.name() == "Insurer capital"
    assert treasury.symbol() == "qCAP"


# Capital out


def test_withdraw__nothing_locked__gives_all_back(house, treasury, treasurer):
    before = house.token.balanceOf(treasurer)

    treasury.withdraw(CAPITAL, treasurer, treasurer, treasurer.sends)

    assert house.token.balanceOf(treasurer) - before == CAPITAL
    assert treasury.totalAssets() == 0


def test_redeem__shares__gives_their_assets(house, treasury, treasurer):
    before = house.token.balanceOf(treasurer)

    treasury.redeem(3 * TUSD * SHARE, treasurer, treasurer, treasurer.sends)

    assert house.token.balanceOf(treasurer) - before == 3 * TUSD


def test_withdraw__into_locked_exposure__refuses(treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 100)], 60_000 * TUSD, desk.sends)
    free = CAPITAL - 60_000 * TUSD

    most = treasury.maxWithdraw(treasurer)
    assert treasury.freeCapital() == free
    assert most in (free - 1, free)  # shares are counted in whole numbers
    with refused("ERC4626ExceededMaxWithdraw", treasurer, most + 1, most):
        treasury.withdraw.call(most + 1, treasurer, treasurer, treasurer.sends)


def test_withdraw__free_capital__leaves_what_is_locked(treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 100)], 60_000 * TUSD, desk.sends)

    treasury.withdraw(treasury.maxWithdraw(treasurer), treasurer, treasurer, treasurer.sends)

    assert treasury.heldAssets() - 60_000 * TUSD - 100 in (0, 1)
    assert treasury.maxWithdraw(treasurer) == 0


def test_redeem__into_locked_exposure__refuses(treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 100)], 60_000 * TUSD, desk.sends)
    most = treasury.maxRedeem(treasurer)

    assert 0 < most < treasury.balanceOf(treasurer)
    with refused("ERC4626ExceededMaxRedeem", treasurer, most + 1, most):
        treasury.redeem.call(most + 1, treasurer, treasurer, treasurer.sends)


def test_redeem__all_that_may_be__stays_within_free_capital(treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 123_457)], 60_000 * TUSD, desk.sends)

    treasury.redeem(treasury.maxRedeem(treasurer), treasurer, treasurer, treasurer.sends)

    assert treasury.heldAssets() >= 60_000 * TUSD + 123_457


def test_withdraw__everything_locked__nobody_gets_anything(treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 1)], CAPITAL, desk.sends)

    assert treasury.maxWithdraw(treasurer) == treasury.maxRedeem(treasurer) == 0
    with refused("ERC4626ExceededMaxWithdraw", treasurer, 1, 0):
        treasury.withdraw.call(1, treasurer, treasurer, treasurer.sends)


def test_withdraw__shares_of_somebody_else__refuses(treasury, treasurer, people):
    stranger = people["stranger"]

    with refused("ERC20InsufficientAllowance", stranger, 0, TUSD * SHARE):
        treasury.withdraw.call(TUSD, stranger, treasurer, stranger.sends)


def test_withdraw__held_payouts__are_not_capital(house, treasury, treasurer, desk, holders, people):
    house.token.setBlocked(holders[1], True, people["issuer"].sends)
    treasury.collectPremiums([(holders[0].address, 10 * TUSD)], 50 * TUSD, desk.sends)
    treasury.payBatch([(1, holders[1].address, 50 * TUSD)], 50 * TUSD, desk.sends)

    treasury.withdraw(treasury.maxWithdraw(treasurer), treasurer, treasurer, treasurer.sends)

    assert treasury.totalAssets() <= 1  # rounding of shares stays with the pool
    assert treasury.heldAssets() - treasury.totalAssets() == treasury.totalHeldPayouts() == 50 * TUSD
    treasury.takeHeldPayout(person("refuge"), holders[1].sends)
    assert house.token.balanceOf(person("refuge")) == 50 * TUSD


def test_withdraw__profit__belongs_to_the_capital(house, treasury, treasurer, desk, holders):
    treasury.collectPremiums([(holders[0].address, 40 * TUSD)], 500 * TUSD, desk.sends)
    treasury.payBatch([], 500 * TUSD, desk.sends)

    assert CAPITAL + 40 * TUSD - treasury.maxWithdraw(treasurer) <= 1


# Tokens not to be trusted


def test_pay_batch__token_answers_false__is_held(house, people, holders, accounts):
    token = SilentToken.deploy({"from": accounts[0]})
    treasury, _ = silent_market(house, people, holders, accounts, token)

    assert treasury.heldPayoutOf(holders[0]) == 30 * TUSD
    assert token.balanceOf(holders[1]) == 20 * TUSD


def test_push_held_payout__token_answers_false__refuses(house, people, holders, accounts):
    token = SilentToken.deploy({"from": accounts[0]})
    treasury, _ = silent_market(house, people, holders, accounts, token)

    with refused("SafeERC20FailedOperation", token):
        treasury.pushHeldPayout(holders[0], people["stranger"].sends)

    assert treasury.heldPayoutOf(holders[0]) == treasury.totalHeldPayouts() == 30 * TUSD


def silent_market(house, people, holders, accounts, token):
    """A treasury in a token that refuses the first holder without a word, after it tried to pay him 30 TUSD."""
    treasury, desk = own_treasury(house, people, token, accounts)
    token.mint(holders[2], 100 * TUSD, holders[2].sends)
    token.approve(treasury, 100 * TUSD, holders[2].sends)
    treasury.collectPremiums([(holders[2].address, 10 * TUSD)], 100 * TUSD, desk.sends)
    token.setRefused(holders[0], True, holders[0].sends)
    payouts = [(1, holders[0].address, 30 * TUSD), (2, holders[1].address, 20 * TUSD)]
    treasury.payBatch(payouts, 100 * TUSD, desk.sends)
    return treasury, desk


def test_asset__treasury__is_the_settlement_token(house, treasury):
    assert treasury.asset() == house.token
    assert plain(treasury.convertToAssets(SHARE)) == 1
