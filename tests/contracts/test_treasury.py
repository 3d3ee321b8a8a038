"""Treasury: premiums in, payouts out, what is held for payees, and who may register and set what."""

import pytest
from answers import fields
from chain_clock import return_to, snapshot
from market import TUSD
from parties import person
from refusals import refused, refused_matching

POLICY = 77
CAPITAL = 100_000 * TUSD


@pytest.fixture
def treasury(house):
    return house.treasury


# Products


def test_register_product__factory__lets_it_in(house, people, product):
    registrar = person("registrar")
    house.authority.grantRole(5, registrar, 0, people["administrator"].sends)
    newcomer = person("newcomer")

    receipt = house.treasury.registerProduct(newcomer, registrar.sends)

    assert house.treasury.isProduct(newcomer)
    assert receipt.events["ProductRegistered"]["product"] == newcomer.address
    assert house.treasury.isProduct(product)
    assert not house.treasury.isProduct(people["stranger"])


def test_register_product__registered_already__refuses(treasury, desk):
    with refused("ProductAlreadyRegistered", desk):
        treasury.registerProduct.call(desk, person("registrar").sends)


def test_register_product__without_role__refuses(treasury, people):
    with refused("AccessManagedUnauthorized", people["administrator"]):
        treasury.registerProduct.call(person("newcomer"), people["administrator"].sends)


# Premiums


def test_collect_premiums__registered_product__takes_them_and_locks_exposure(house, treasury, desk, holders):
    dues = [(holders[0].address, 10 * TUSD), (holders[1].address, 20 * TUSD)]

    receipt = treasury.collectPremiums(dues, 900 * TUSD, desk.sends)

    assert treasury.heldAssets() == CAPITAL + 30 * TUSD
    assert treasury.exposureOf(desk) == treasury.totalExposure() == 900 * TUSD
    assert treasury.unearnedPremiumOf(desk) == treasury.totalUnearnedPremium() == 30 * TUSD
    assert treasury.freeCapital() == CAPITAL - 900 * TUSD
    lock = fields(receipt.events["ExposureLocked"], "product", "exposure", "total", "premiums")
    assert lock == (desk.address, 900 * TUSD, 900 * TUSD, 30 * TUSD)


def test_collect_premiums__twice__adds_up(treasury, desk, holders, locked):
    receipt = treasury.collectPremiums([(holders[0].address, TUSD)], 5 * TUSD, desk.sends)

    assert receipt.events["ExposureLocked"]["total"] == locked + 5 * TUSD
    assert treasury.totalExposure() == locked + 5 * TUSD


def test_collect_premiums__unregistered_caller__refuses(treasury, people, holders):
    for name in ("administrator", "treasurer", "stranger"):
        with refused("ProductNotRegistered", people[name]):
            treasury.collectPremiums.call([(holders[0].address, TUSD)], TUSD, people[name].sends)


def test_collect_premiums__exposure_beyond_capital__refuses(treasury, desk, holders):
    premium, exposure = 10 * TUSD, CAPITAL + 1

    with refused("CapitalTooSmall", exposure + premium, CAPITAL + premium):
        treasury.collectPremiums.call([(holders[0].address, premium)], exposure, desk.sends)


def test_collect_premiums__exposure_exactly_the_capital__is_carried(treasury, desk, holders):
    treasury.collectPremiums([(holders[0].address, 10 * TUSD)], CAPITAL, desk.sends)

    assert treasury.freeCapital() == 0


def test_collect_premiums__held_payouts__do_not_carry_exposure(treasury, desk, holders, held):
    assets = treasury.heldAssets()
    exposure = assets - held + 1

    with refused("CapitalTooSmall", exposure + held + 1, assets + 1):
        treasury.collectPremiums.call([(holders[0].address, 1)], exposure, desk.sends)


def test_collect_premiums__higher_required_ratio__needs_more_capital(treasury, desk, holders, people):
    treasury.setRequiredRatio(20_000, people["administrator"].sends)

    with refused("CapitalTooSmall", 2 * 60_000 * TUSD + TUSD, CAPITAL + TUSD):
        treasury.collectPremiums.call([(holders[0].address, TUSD)], 60_000 * TUSD, desk.sends)


def test_collect_premiums__no_allowance__refuses(treasury, desk, people):
    with refused("ERC20InsufficientAllowance", treasury, 0, TUSD):
        treasury.collectPremiums.call([(people["stranger"].address, TUSD)], TUSD, desk.sends)


def test_collect_premiums__one_of_many_cannot_pay__takes_none(house, treasury, desk, holders, people):
    dues = [(holders[0].address, TUSD), (people["stranger"].address, TUSD)]

    with refused("ERC20InsufficientAllowance", treasury, 0, TUSD):
        treasury.collectPremiums(dues, TUSD, desk.sends)

    assert treasury.heldAssets() == CAPITAL
    assert treasury.totalExposure() == 0


def test_collect_premiums__exposure_beyond_64_bits__refuses(treasury, desk, holders):
    with refused("SafeCastOverflowedUintDowncast", 64, 2**64):
        treasury.collectPremiums.call([(holders[0].address, 1)], 2**64, desk.sends)


# Payouts


def test_pay_batch__payees__are_paid_and_exposure_released(house, treasury, desk, holders, locked):
    before = [house.token.balanceOf(holder) for holder in holders[1:3]]
    payouts = [(1, holders[1].address, 100 * TUSD), (2, holders[2].address, 200 * TUSD)]

    receipt = treasury.payBatch(payouts, 400 * TUSD, desk.sends)

    after = [house.token.balanceOf(holder) for holder in holders[1:3]]
    assert [b - a for a, b in zip(before, after, strict=True)] == [100 * TUSD, 200 * TUSD]
    assert treasury.exposureOf(desk) == treasury.totalExposure() == locked - 400 * TUSD
    released = fields(receipt.events["ExposureReleased"], "product", "exposure", "total", "paid", "held")
    assert released == (desk.address, 400 * TUSD, locked - 400 * TUSD, 300 * TUSD, 0)


def test_pay_batch__nobody_owed__only_releases(treasury, desk, locked):
    treasury.payBatch([], locked, desk.sends)

    assert treasury.totalExposure() == 0
    assert treasury.heldAssets() == CAPITAL + 100 * TUSD


def test_pay_batch__part_of_the_exposure__earns_that_part_of_the_premium(treasury, desk, locked):
    receipt = treasury.payBatch([], locked * 2 // 5, desk.sends)

    assert treasury.unearnedPremiumOf(desk) == treasury.totalUnearnedPremium() == 60 * TUSD
    assert fields(receipt.events["PremiumEarned"], "product", "earned", "unearned") == (
        desk.address,
        40 * TUSD,
        60 * TUSD,
    )


def test_pay_batch__exposure_that_does_not_divide__earns_all_in_the_end(treasury, desk, locked):
    for part in (locked // 3, locked // 7, 1, 0):
        treasury.payBatch([], part, desk.sends)
    treasury.payBatch([], treasury.exposureOf(desk), desk.sends)

    assert treasury.totalUnearnedPremium() == treasury.totalExposure() == 0


def test_pay_batch__premium_without_exposure__stays_unearned(treasury, desk, holders):
    treasury.collectPremiums([(holders[0].address, TUSD)], 0, desk.sends)

    treasury.payBatch([], 0, desk.sends)

    assert treasury.unearnedPremiumOf(desk) == TUSD


def test_pay_batch__unregistered_caller__refuses(treasury, people, holders):
    for name in ("administrator", "treasurer", "stranger"):
        with refused("ProductNotRegistered", people[name]):
            treasury.payBatch.call([(1, holders[0].address, 1)], 1, people[name].sends)


def test_pay_batch__more_owed_than_released__refuses(treasury, desk, holders, locked):
    with refused("ExposureTooSmall", desk, 11, 10):
        treasury.payBatch.call([(1, holders[0].address, 11)], 10, desk.sends)


def test_pay_batch__more_owed_than_released_in_all__undoes_every_payment(house, treasury, desk, holders, locked):
    before = [house.token.balanceOf(holder) for holder in holders]
    payouts = [(i, holders[i].address, 4) for i in range(3)]

    with refused("ExposureTooSmall", desk, 12, 11):
        treasury.payBatch(payouts, 11, desk.sends)

    assert [house.token.balanceOf(holder) for holder in holders] == before
    assert treasury.exposureOf(desk) == locked


def test_pay_batch__more_released_than_locked__refuses(treasury, desk, holders, locked):
    with refused("ExposureTooSmall", desk, locked + 1, locked):
        treasury.payBatch.call([(1, holders[0].address, 1)], locked + 1, desk.sends)


def test_pay_batch__exposure_of_another_product__stays_untouched(treasury, desk, product, locked):
    registered = {"from": person("registrar").account}
    treasury.registerProduct(person("second desk"), registered)

    with refused("ExposureTooSmall", person("second desk"), 1, 0):
        treasury.payBatch.call([], 1, person("second desk").sends)


def test_pay_batch__amounts_that_overflow__refuse(treasury, desk, holders, locked):
    with refused("SafeCastOverflowedUintDowncast", 64, 2**256 - 1):
        treasury.payBatch.call([(1, holders[0].address, 2**256 - 1), (2, holders[0].address, 1)], locked, desk.sends)


def test_pay_batch__payee_blocked__is_held_and_the_others_are_paid(house, treasury, desk, holders, locked, blocked):
    payouts = [(1, holders[0].address, 10 * TUSD), (2, blocked.address, 20 * TUSD), (3, holders[2].address, 30 * TUSD)]
    before = [house.token.balanceOf(holder) for holder in holders[:3]]

    receipt = treasury.payBatch(payouts, locked, desk.sends)

    after = [house.token.balanceOf(holder) for holder in holders[:3]]
    assert [b - a for a, b in zip(before, after, strict=True)] == [10 * TUSD, 0, 30 * TUSD]
    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 20 * TUSD
    held = fields(receipt.events["PayoutHeld"], "product", "policyId", "payee", "amount")
    assert held == (desk.address, 2, blocked.address, 20 * TUSD)
    assert fields(receipt.events["ExposureReleased"], "paid", "held") == (40 * TUSD, 20 * TUSD)


def test_pay_batch__held_twice__adds_up(treasury, desk, locked, blocked):
    treasury.payBatch([(1, blocked.address, 20 * TUSD), (2, blocked.address, 5 * TUSD)], locked // 2, desk.sends)
    treasury.payBatch([(3, blocked.address, 1 * TUSD)], locked // 2, desk.sends)

    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 26 * TUSD


def test_pay_batch__too_little_gas__refuses(treasury, desk, holders, locked):
    payouts = [(i, holders[i].address, TUSD) for i in range(4)]

    with refused_matching(r"GasTooLow: \d+, 150000"):
        treasury.payBatch(payouts, locked, {**desk.sends, "gas_limit": 168_000})


def test_pay_batch__any_gas_limit__pays_all_or_nothing_and_holds_nothing(treasury, desk, holders, locked, web3):
    data = treasury.payBatch.encode_input([(i, holders[i].address, TUSD) for i in range(4)], locked)
    outcomes = set()
    for gas in range(60_000, 420_000, 7_500):
        before = snapshot()
        transaction = {"from": desk.address, "to": treasury.address, "data": data, "gas": gas, "gasPrice": 0}
        status = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction))["status"]
        assert treasury.totalHeldPayouts() == 0
        assert treasury.heldAssets() == CAPITAL + 100 * TUSD - (4 * TUSD if status else 0)
        outcomes.add(status)
        return_to(before)

    assert outcomes == {0, 1}


# The required ratio


@pytest.mark.parametrize("ratio", [0, 9_999])
def test_set_required_ratio__below_the_whole_exposure__refuses(treasury, people, ratio):
    with refused("RequiredRatioInvalid", ratio):
        treasury.setRequiredRatio.call(ratio, people["administrator"].sends)


def test_set_required_ratio__without_role__refuses(treasury, people):
    for name in ("treasurer", "guardian", "product manager", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            treasury.setRequiredRatio.call(10_000, people[name].sends)


def test_set_required_ratio__administrator__changes_what_is_free(treasury, people, locked):
    assert treasury.requiredRatioBps() == 10_000

    receipt = treasury.setRequiredRatio(15_000, people["administrator"].sends)

    assert treasury.requiredRatioBps() == receipt.events["RequiredRatioChanged"]["ratioBps"] == 15_000
    assert treasury.freeCapital() == CAPITAL - locked * 3 // 2


def test_set_required_ratio__more_than_is_there__leaves_nothing_free(treasury, people, desk, holders):
    treasury.collectPremiums([(holders[0].address, TUSD)], 90_000 * TUSD, desk.sends)

    treasury.setRequiredRatio(65_535, people["administrator"].sends)

    assert treasury.freeCapital() == 0


def test_set_authority__anyone_but_the_authority__refuses(treasury, people):
    for someone in people.values():
        with refused("AccessManagedUnauthorized", someone):
            treasury.setAuthority.call(someone, someone.sends)
