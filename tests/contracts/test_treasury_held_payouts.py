"""Treasury: what a payee could not be paid is kept for that payee, for ever."""

import pytest
from answers import fields
from market import TUSD
from parties import person
from refusals import refused

POLICY = 77
CAPITAL = 100_000 * TUSD


@pytest.fixture
def treasury(house):
    return house.treasury


def test_push_held_payout__payee_still_blocked__refuses(treasury, held, blocked, people):
    with refused("AccountBlocked", blocked):
        treasury.pushHeldPayout.call(blocked, people["stranger"].sends)


def test_push_held_payout__payee_unblocked__pays_whoever_calls(house, treasury, held, blocked, people):
    house.token.setBlocked(blocked, False, people["issuer"].sends)
    before = house.token.balanceOf(blocked)

    receipt = treasury.pushHeldPayout(blocked, people["stranger"].sends)

    assert receipt.return_value == held
    assert house.token.balanceOf(blocked) == before + held
    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 0
    assert fields(receipt.events["HeldPayoutPaid"], "payee", "to", "amount") == (blocked.address, blocked.address, held)


def test_push_held_payout__paid_already__refuses(house, treasury, held, blocked, people):
    house.token.setBlocked(blocked, False, people["issuer"].sends)
    treasury.pushHeldPayout(blocked, people["stranger"].sends)

    with refused("NothingHeld", blocked):
        treasury.pushHeldPayout.call(blocked, people["stranger"].sends)


def test_push_held_payout__nothing_held__refuses(treasury, people):
    with refused("NothingHeld", people["stranger"]):
        treasury.pushHeldPayout.call(people["stranger"], people["stranger"].sends)


def test_take_held_payout__payee_still_blocked__goes_where_the_payee_says(house, treasury, held, blocked):
    refuge = person("refuge")

    receipt = treasury.takeHeldPayout(refuge, blocked.sends)

    assert receipt.return_value == held
    assert house.token.balanceOf(refuge) == held
    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 0
    assert fields(receipt.events["HeldPayoutPaid"], "payee", "to", "amount") == (blocked.address, refuge.address, held)


def test_take_held_payout__somebody_else__refuses(treasury, held, people):
    for someone in people.values():
        with refused("NothingHeld", someone):
            treasury.takeHeldPayout.call(someone, someone.sends)


def test_take_held_payout__twice__refuses(treasury, held, blocked):
    treasury.takeHeldPayout(person("refuge"), blocked.sends)

    with refused("NothingHeld", blocked):
        treasury.takeHeldPayout.call(person("refuge"), blocked.sends)


def test_take_held_payout__to_the_treasury__refuses(treasury, held, blocked):
    with refused("PayeeInvalid", treasury):
        treasury.takeHeldPayout.call(treasury, blocked.sends)


def test_take_held_payout__to_a_blocked_address__refuses_and_keeps_it(treasury, held, blocked):
    with refused("AccountBlocked", blocked):
        treasury.takeHeldPayout(blocked, blocked.sends)

    assert treasury.heldPayoutOf(blocked) == held
