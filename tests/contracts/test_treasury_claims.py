"""Treasury: case reserves, claims paid out of them, exposure run off, premium earned and returned."""

import pytest
from answers import fields
from brownie import ZERO_ADDRESS
from market import TUSD
from parties import person
from refusals import refused, refused_matching

CAPITAL = 100_000 * TUSD
CLAIM, POLICY = 0xC1A1, 7
STRAIGHT = ZERO_ADDRESS


@pytest.fixture
def treasury(house):
    return house.treasury


@pytest.fixture
def reserved(treasury, desk, locked):
    """300 TUSD of the 1,000 locked, reserved for a claim."""
    treasury.changeReserve(CLAIM, 0, 300 * TUSD, desk.sends)
    return 300 * TUSD


@pytest.fixture
def second_desk(treasury, desk):
    """Another product of the same treasury."""
    treasury.registerProduct(person("second desk"), person("registrar").sends)
    return person("second desk")


def books(treasury, desk):
    """Exposure, reserves and unearned premium of a product, in TUSD; they must be the totals too."""
    own = (treasury.exposureOf(desk), treasury.reservesOf(desk), treasury.unearnedPremiumOf(desk))
    assert own == (treasury.totalExposure(), treasury.totalReserves(), treasury.totalUnearnedPremium())
    return tuple(amount // TUSD for amount in own)


def payment(payee, before, after, indemnity, interest=0, via=STRAIGHT):
    """A claim's payment, amounts in TUSD."""
    return (CLAIM, str(payee), str(via), before * TUSD, after * TUSD, indemnity * TUSD, interest * TUSD)


def happened(receipt, name):
    """The events of this name, none or several."""
    return [event for event in receipt.events if event.name == name]


# Reserves


def test_change_reserve__notified__moves_exposure_to_the_reserve(treasury, desk, locked):
    receipt = treasury.changeReserve(CLAIM, 0, 300 * TUSD, desk.sends)

    assert books(treasury, desk) == (700, 300, 100)
    assert fields(receipt.events["ReserveChanged"], "product", "claimId", "from", "to", "total") == (
        desk.address,
        CLAIM,
        0,
        300 * TUSD,
        300 * TUSD,
    )


def test_change_reserve__reestimated_and_released__restores_the_exposure_exactly(treasury, desk, reserved):
    free = treasury.freeCapital()

    treasury.changeReserve(CLAIM, reserved, 500 * TUSD, desk.sends)
    assert books(treasury, desk) == (500, 500, 100)
    treasury.changeReserve(CLAIM, 500 * TUSD, 1, desk.sends)
    assert treasury.reservesOf(desk) == 1
    treasury.changeReserve(CLAIM, 1, 0, desk.sends)

    assert books(treasury, desk) == (1_000, 0, 100)
    assert treasury.freeCapital() == free


def test_change_reserve__of_capital__is_set_aside_whatever_the_ratio(treasury, desk, people, reserved):
    treasury.setRequiredRatio(20_000, people["administrator"].sends)

    assert treasury.freeCapital() == CAPITAL - 2 * 700 * TUSD - 300 * TUSD


def test_change_reserve__above_what_is_locked__refuses(treasury, desk, reserved):
    with refused("ExposureTooSmall", desk, 1_000 * TUSD + 1, 1_000 * TUSD):
        treasury.changeReserve.call(CLAIM, reserved, 1_000 * TUSD + 1, desk.sends)
    with refused("ExposureTooSmall", desk, 700 * TUSD + 1, 700 * TUSD):
        treasury.changeReserve.call(CLAIM + 1, 0, 700 * TUSD + 1, desk.sends)


def test_change_reserve__all_that_is_locked__is_taken(treasury, desk, reserved):
    treasury.changeReserve(CLAIM, reserved, 1_000 * TUSD, desk.sends)

    assert books(treasury, desk) == (0, 1_000, 100)


def test_change_reserve__more_released_than_reserved__refuses(treasury, desk, reserved):
    with refused("ReserveTooSmall", desk, reserved + 1, reserved):
        treasury.changeReserve.call(CLAIM, reserved + 1, 0, desk.sends)


def test_change_reserve__reserve_of_another_product__stays_untouched(treasury, reserved, second_desk):
    with refused("ReserveTooSmall", second_desk, 1, 0):
        treasury.changeReserve.call(CLAIM, 1, 0, second_desk.sends)
    with refused("ExposureTooSmall", second_desk, 1, 0):
        treasury.changeReserve.call(CLAIM, 0, 1, second_desk.sends)


def test_change_reserve__two_products__totals_are_the_sums(treasury, desk, holders, reserved, second_desk):
    treasury.collectPremiums([(holders[0].address, 20 * TUSD)], 500 * TUSD, second_desk.sends)
    treasury.changeReserve(CLAIM + 1, 0, 50 * TUSD, second_desk.sends)

    assert treasury.totalReserves() == 350 * TUSD
    assert treasury.totalExposure() == (700 + 450) * TUSD
    assert treasury.reservesOf(second_desk) == 50 * TUSD
    assert treasury.exposureOf(desk) == 700 * TUSD


# Claims paid


def test_pay_claim__part_of_the_reserve__pays_and_keeps_the_rest(house, treasury, desk, holders, reserved):
    payee, before = holders[2], house.token.balanceOf(holders[2])

    receipt = treasury.payClaim(payment(payee, 300, 100, 190, interest=10), desk.sends)

    assert receipt.return_value is True
    assert house.token.balanceOf(payee) - before == 200 * TUSD
    assert books(treasury, desk) == (700, 100, 100)
    assert treasury.bookedAssets() == treasury.heldAssets() == CAPITAL + (100 - 200) * TUSD
    names = ("product", "claimId", "payee", "indemnity", "interest", "reserveBefore", "reserveAfter")
    expected = (desk.address, CLAIM, payee.address, 190 * TUSD, 10 * TUSD, 300 * TUSD, 100 * TUSD)
    assert fields(receipt.events["ClaimPaid"], *names) == expected


def test_pay_claim__less_than_the_reserve__the_rest_is_exposure_again(treasury, desk, holders, reserved):
    treasury.payClaim(payment(holders[2], 300, 0, 120), desk.sends)

    assert books(treasury, desk) == (880, 0, 100)


def test_pay_claim__more_than_the_reserve__takes_it_from_the_exposure(treasury, desk, holders, reserved):
    treasury.payClaim(payment(holders[2], 300, 0, 900, interest=100), desk.sends)

    assert books(treasury, desk) == (0, 0, 100)


def test_pay_claim__beyond_reserve_and_exposure__refuses(treasury, desk, holders, reserved):
    with refused("ExposureTooSmall", desk, 1_001 * TUSD, 1_000 * TUSD):
        treasury.payClaim.call(payment(holders[2], 300, 100, 901), desk.sends)


def test_pay_claim__reserve_that_is_not_there__refuses(treasury, desk, holders, reserved):
    with refused("ReserveTooSmall", desk, 301 * TUSD, 300 * TUSD):
        treasury.payClaim.call(payment(holders[2], 301, 0, 1), desk.sends)


def test_pay_claim__without_reserve__is_paid_from_exposure(treasury, desk, holders, locked):
    treasury.payClaim(payment(holders[2], 0, 0, 40), desk.sends)

    assert books(treasury, desk) == (960, 0, 100)


def test_pay_claim__payee_blocked__is_held_and_says_so(house, treasury, desk, blocked, reserved):
    receipt = treasury.payClaim(payment(blocked, 300, 0, 300), desk.sends)

    assert receipt.return_value is False
    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 300 * TUSD
    assert treasury.bookedAssets() == CAPITAL + 100 * TUSD
    held = fields(receipt.events["PayoutHeld"], "product", "policyId", "payee", "amount")
    assert held == (desk.address, CLAIM, blocked.address, 300 * TUSD)
    treasury.takeHeldPayout(person("refuge"), blocked.sends)
    assert house.token.balanceOf(person("refuge")) == 300 * TUSD


def test_pay_claim__through_an_institution__tokens_go_there(house, treasury, desk, holders, reserved):
    rail, before = person("rail"), house.token.balanceOf(holders[2])

    receipt = treasury.payClaim(payment(holders[2], 300, 0, 300, via=rail), desk.sends)

    assert receipt.return_value is True
    assert house.token.balanceOf(rail) == 300 * TUSD
    assert house.token.balanceOf(holders[2]) == before
    assert receipt.events["ClaimPaid"]["payee"] == holders[2].address


def test_pay_claim__institution_refused_by_the_token__is_held_for_the_payee(treasury, desk, holders, blocked, reserved):
    receipt = treasury.payClaim(payment(holders[2], 300, 0, 300, via=blocked), desk.sends)

    assert receipt.return_value is False
    assert treasury.heldPayoutOf(holders[2]) == 300 * TUSD
    assert treasury.heldPayoutOf(blocked) == 0


def test_pay_claim__too_little_gas__refuses(treasury, desk, holders, reserved):
    with refused_matching(r"GasTooLow: \d+, 150000"):
        treasury.payClaim(payment(holders[2], 300, 0, 300), {**desk.sends, "gas_limit": 168_000})


@pytest.mark.parametrize("name", ["changeReserve", "payClaim", "runOff", "returnPremium"])
def test_claims_functions__unregistered_caller__refuse(treasury, people, holders, reserved, name):
    arguments = {
        "changeReserve": (CLAIM, 0, 0),
        "payClaim": (payment(holders[2], 0, 0, 0),),
        "runOff": (0, 0),
        "returnPremium": (POLICY, holders[2], 0, 0),
    }[name]

    for caller in ("administrator", "treasurer", "adjuster", "stranger"):
        with refused("ProductNotRegistered", people[caller]):
            getattr(treasury, name).call(*arguments, people[caller].sends)


# Run-off


def test_run_off__expired__frees_exposure_and_earns_the_premium(treasury, desk, locked):
    receipt = treasury.runOff(400 * TUSD, 30 * TUSD, desk.sends)

    assert books(treasury, desk) == (600, 0, 70)
    assert treasury.freeCapital() == CAPITAL + 30 * TUSD - 600 * TUSD
    released = fields(receipt.events["ExposureReleased"], "product", "exposure", "total", "paid", "held")
    assert released == (desk.address, 400 * TUSD, 600 * TUSD, 0, 0)
    earned = fields(receipt.events["PremiumEarned"], "product", "earned", "unearned")
    assert earned == (desk.address, 30 * TUSD, 70 * TUSD)


def test_run_off__one_of_the_two__says_only_that(treasury, desk, locked):
    assert "PremiumEarned" not in treasury.runOff(1, 0, desk.sends).events
    assert "ExposureReleased" not in treasury.runOff(0, 1, desk.sends).events


def test_run_off__more_than_there_is__refuses(treasury, desk, reserved):
    with refused("ExposureTooSmall", desk, 700 * TUSD + 1, 700 * TUSD):
        treasury.runOff.call(700 * TUSD + 1, 0, desk.sends)
    with refused("PremiumTooSmall", desk, 100 * TUSD + 1, 100 * TUSD):
        treasury.runOff.call(0, 100 * TUSD + 1, desk.sends)


# Premium returned


def test_return_premium__cancelled__pays_the_unearned_part_back(house, treasury, desk, holders, locked):
    before = house.token.balanceOf(holders[2])

    receipt = treasury.returnPremium(POLICY, holders[2], 60 * TUSD, 10 * TUSD, desk.sends)

    assert house.token.balanceOf(holders[2]) - before == 60 * TUSD
    assert books(treasury, desk) == (1_000, 0, 30)
    assert treasury.bookedAssets() == CAPITAL + 40 * TUSD
    returned = fields(receipt.events["PremiumReturned"], "product", "policyId", "payee", "amount")
    assert returned == (desk.address, POLICY, holders[2].address, 60 * TUSD)
    assert fields(receipt.events["PremiumEarned"], "earned", "unearned") == (10 * TUSD, 30 * TUSD)


def test_return_premium__more_than_is_unearned__refuses(treasury, desk, holders, locked):
    with refused("PremiumTooSmall", desk, 100 * TUSD + 1, 100 * TUSD):
        treasury.returnPremium.call(POLICY, holders[2], 60 * TUSD, 40 * TUSD + 1, desk.sends)


def test_return_premium__holder_blocked__is_held(treasury, desk, blocked, locked):
    treasury.returnPremium(POLICY, blocked, 60 * TUSD, 0, desk.sends)

    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 60 * TUSD


def test_return_premium__too_little_gas__refuses(treasury, desk, holders, locked):
    with refused_matching(r"GasTooLow: \d+, 150000"):
        treasury.returnPremium(POLICY, holders[2], TUSD, 0, {**desk.sends, "gas_limit": 168_000})


# The roll-forward


def test_events__a_life_of_reserves_and_exposure__roll_forward_to_what_the_books_say(treasury, desk, holders, locked):
    """Opening + notified ± re-estimated − paid = closing, from the log alone."""
    receipts = [
        treasury.changeReserve(1, 0, 300 * TUSD, desk.sends),
        treasury.changeReserve(2, 0, 200 * TUSD, desk.sends),
        treasury.changeReserve(1, 300 * TUSD, 250 * TUSD, desk.sends),
        treasury.payClaim(payment(holders[2], 250, 50, 190, interest=7), desk.sends),
        treasury.changeReserve(2, 200 * TUSD, 0, desk.sends),
        treasury.runOff(33 * TUSD, 11 * TUSD, desk.sends),
        treasury.payClaim(payment(holders[3], 50, 5, 60), desk.sends),
        treasury.payBatch([(9, holders[1].address, 12 * TUSD)], 40 * TUSD, desk.sends),
    ]

    exposure, reserves = locked, 0
    for receipt in receipts:
        for change in happened(receipt, "ReserveChanged"):
            reserves += change["to"] - change["from"]
            exposure -= change["to"] - change["from"]
        for paid in happened(receipt, "ClaimPaid"):
            reserves += paid["reserveAfter"] - paid["reserveBefore"]
            exposure -= paid["reserveAfter"] - paid["reserveBefore"] + paid["indemnity"] + paid["interest"]
        for released in happened(receipt, "ExposureReleased"):
            exposure -= released["exposure"]
            assert released["total"] == exposure
    assert (exposure, reserves) == (treasury.totalExposure(), treasury.totalReserves())
