"""Treasury: tokens that take fees, rebase or call back; tokens that somebody sent without being asked."""

import pytest
from brownie import CallingToken, FeeToken, RebasingToken
from market import TUSD
from parties import person
from refusals import refused
from treasuries import CAPITAL, own_treasury

from scripts.brownie.deploy import ROLES

PAR = 10**18


@pytest.fixture
def treasury(house):
    return house.treasury


def purse(token, treasury, holder):
    """A holder with 1,000 of a token, who lets the treasury take it."""
    token.mint(holder, 1_000 * TUSD, holder.sends)
    token.approve(treasury, 1_000 * TUSD, holder.sends)


# Fees


def test_deposit__token_takes_a_fee__refuses(house, people, accounts):
    token = FeeToken.deploy({"from": accounts[0]})
    treasury, _ = own_treasury(house, people, token, accounts, capital=0)

    with refused("TransferShort", 100 * TUSD, 99 * TUSD):
        treasury.deposit.call(100 * TUSD, people["treasurer"], people["treasurer"].sends)


def test_collect_premiums__token_takes_a_fee__refuses(house, people, holders, accounts):
    token = FeeToken.deploy({"from": accounts[0]})
    treasury, desk = own_treasury(house, people, token, accounts, capital=0)
    purse(token, treasury, holders[0])

    with refused("TransferShort", 100 * TUSD, 99 * TUSD):
        treasury.collectPremiums([(holders[0].address, 100 * TUSD)], 0, desk.sends)
    assert treasury.bookedAssets() == treasury.heldAssets() == 0


def test_collect_premiums__gift_lies_there__does_not_make_up_for_a_fee(house, people, holders, accounts):
    token = FeeToken.deploy({"from": accounts[0]})
    treasury, desk = own_treasury(house, people, token, accounts, capital=0)
    purse(token, treasury, holders[0])
    token.mint(treasury, 500 * TUSD, holders[0].sends)

    with refused("TransferShort", 100 * TUSD, 99 * TUSD):
        treasury.collectPremiums.call([(holders[0].address, 100 * TUSD)], 0, desk.sends)


# Rebasing


@pytest.fixture
def rebasing(house, people, holders, accounts):
    """A token that rebases, a treasury with capital in it, and its desk."""
    token = RebasingToken.deploy({"from": accounts[0]})
    treasury, desk = own_treasury(house, people, token, accounts)
    purse(token, treasury, holders[0])
    return token, treasury, desk


def test_deposit_and_collect__token_shrank__refuse(people, holders, rebasing):
    token, treasury, desk = rebasing
    token.rebase(PAR * 9 // 10, desk.sends)
    treasurer = people["treasurer"]

    with refused("AssetsMissing", CAPITAL, CAPITAL * 9 // 10):
        treasury.collectPremiums.call([(holders[0].address, TUSD)], TUSD, desk.sends)
    with refused("AssetsMissing", CAPITAL, CAPITAL * 9 // 10):
        treasury.deposit.call(1, treasurer, treasurer.sends)


def test_free_capital__token_shrank__is_what_is_there(people, holders, rebasing):
    token, treasury, desk = rebasing
    treasury.collectPremiums([(holders[0].address, TUSD)], 40_000 * TUSD, desk.sends)

    token.rebase(PAR // 2, desk.sends)

    assert treasury.freeCapital() == treasury.heldAssets() - 40_001 * TUSD
    assert treasury.maxWithdraw(people["treasurer"]) == treasury.freeCapital()
    token.rebase(PAR // 10, desk.sends)
    assert treasury.freeCapital() == 0


@pytest.mark.parametrize("index", [PAR // 2, 1])
def test_collect_premiums__token_shrinks_meanwhile__refuses(holders, rebasing, index):
    token, treasury, desk = rebasing
    token.rebaseInTransfer(index, desk.sends)

    with refused("TransferShort", TUSD, 0):
        treasury.collectPremiums.call([(holders[0].address, TUSD)], TUSD, desk.sends)


def test_total_assets__token_grew__is_surplus_until_it_is_booked(people, rebasing):
    token, treasury, desk = rebasing
    before = (treasury.totalAssets(), treasury.freeCapital(), treasury.convertToAssets(10**12))

    token.rebase(2 * PAR, desk.sends)

    assert (treasury.totalAssets(), treasury.freeCapital(), treasury.convertToAssets(10**12)) == before
    treasury.absorbSurplus(people["treasurer"].sends)
    assert treasury.totalAssets() == 2 * CAPITAL


# Surplus


def test_absorb_surplus__gift__becomes_capital_only_then(house, treasury, people, holders):
    house.token.transfer(treasury, 5 * TUSD, holders[0].sends)
    assert treasury.heldAssets() == CAPITAL + 5 * TUSD
    assert treasury.bookedAssets() == treasury.totalAssets() == treasury.freeCapital() == CAPITAL

    receipt = treasury.absorbSurplus(people["treasurer"].sends)

    assert receipt.return_value == receipt.events["SurplusAbsorbed"]["amount"] == 5 * TUSD
    assert treasury.bookedAssets() == treasury.totalAssets() == treasury.freeCapital() == CAPITAL + 5 * TUSD


def test_absorb_surplus__gift__carries_no_exposure_before(house, treasury, desk, holders):
    house.token.transfer(treasury, 5 * TUSD, holders[0].sends)

    with refused("CapitalTooSmall", CAPITAL + 1 + 1, CAPITAL + 1):
        treasury.collectPremiums.call([(holders[0].address, 1)], CAPITAL + 1, desk.sends)


def test_absorb_surplus__nothing_there__refuses(treasury, people, held):
    with refused("NoSurplus"):
        treasury.absorbSurplus.call(people["treasurer"].sends)


def test_absorb_surplus__token_shrank__refuses(people, rebasing):
    token, treasury, desk = rebasing
    token.rebase(PAR // 2, desk.sends)

    with refused("NoSurplus"):
        treasury.absorbSurplus.call(people["treasurer"].sends)


def test_absorb_surplus__without_role__refuses(treasury, people):
    for name in ("administrator", "guardian", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            treasury.absorbSurplus.call(people[name].sends)


# Calls from within


@pytest.fixture
def calling(house, people, holders, accounts):
    """A token that calls out in transfers, and is a product and the treasurer of its own treasury: the worst of all."""
    token = CallingToken.deploy({"from": accounts[0]})
    treasury, desk = own_treasury(house, people, token, accounts)
    treasury.registerProduct(token, person("registrar").sends)
    house.authority.grantRole(ROLES["TREASURER"], token, 0, people["administrator"].sends)
    purse(token, treasury, holders[0])
    treasury.collectPremiums([(holders[0].address, 100 * TUSD)], 1_000 * TUSD, desk.sends)
    return token, treasury, desk


def inner(treasury, name, holder):
    """What the token tries from within."""
    claim = (1, holder.address, holder.address, 0, 0, 0, 0)
    arguments = {
        "collectPremiums": ([], 0),
        "payBatch": ([], 0),
        "changeReserve": (1, 0, 0),
        "payClaim": (claim,),
        "runOff": (0, 0),
        "returnPremium": (1, holder.address, 0, 0),
        "pushHeldPayout": (holder.address,),
        "takeHeldPayout": (holder.address,),
        "redirectHeldPayout": (holder.address, holder.address, 2**40, b""),
        "withdraw": (0, holder.address, holder.address),
        "redeem": (0, holder.address, holder.address),
        "absorbSurplus": (),
    }[name]
    return getattr(treasury, name).encode_input(*arguments)


@pytest.mark.parametrize(
    "name",
    [
        "collectPremiums",
        "payBatch",
        "changeReserve",
        "payClaim",
        "runOff",
        "returnPremium",
        "pushHeldPayout",
        "takeHeldPayout",
        "redirectHeldPayout",
        "withdraw",
        "redeem",
        "absorbSurplus",
    ],
)
def test_calls_from_within__while_premiums_are_collected__are_refused(holders, calling, name):
    token, treasury, desk = calling
    token.prepareCall(treasury, inner(treasury, name, holders[0]), desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        treasury.collectPremiums([(holders[0].address, TUSD)], 0, desk.sends)
    assert treasury.bookedAssets() == treasury.heldAssets()


def test_calls_from_within__while_capital_leaves__are_refused(people, holders, calling):
    token, treasury, desk = calling
    treasurer = people["treasurer"]
    token.prepareCall(treasury, inner(treasury, "changeReserve", holders[0]), desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        treasury.redeem(10**12, treasurer, treasurer, treasurer.sends)


def test_calls_from_within__while_a_batch_is_paid__hold_that_payout_and_change_nothing_else(holders, calling):
    token, treasury, desk = calling
    token.prepareCall(treasury, inner(treasury, "changeReserve", holders[0]), desk.sends)
    payouts = [(1, holders[1].address, 10 * TUSD), (2, holders[2].address, 20 * TUSD)]

    treasury.payBatch(payouts, 100 * TUSD, desk.sends)

    assert [treasury.heldPayoutOf(holders[i]) // TUSD for i in (1, 2)] == [10, 20]
    assert treasury.exposureOf(desk) == treasury.totalExposure() == 900 * TUSD
    assert treasury.bookedAssets() == token.balanceOf(treasury)
