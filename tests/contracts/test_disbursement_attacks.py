"""Disbursement, attacked: paid on both legs, receipts used again, money of others, calls from within."""

import pytest
from brownie import CallingToken, accounts
from disbursing import AMOUNT, CONFIRMED, FIRST, PURSE, REROUTED, SECOND, TAKEN
from eth_utils import keccak
from parties import person
from refusals import refused
from typed_messages import values

UNTIL = 2**40 - 1


@pytest.fixture
def others(rail):
    """Another payee's payout: money that is there to be stolen."""
    return rail.open(payee=person("other payee").address)


# Both legs


def test_both_legs__payee_takes_then_the_receipt_comes__token_leaves_once(rail, waiting, others):
    before = rail.token.balanceOf(rail.vault)
    rail.free_by_time(waiting)
    rail.contract.takePayout(waiting, rail.payee, rail.payee.sends)

    with refused("PayoutNotInState", waiting, TAKEN):
        rail.confirm(rail.receipt(waiting))

    assert rail.token.balanceOf(rail.payee) == PURSE + AMOUNT
    assert rail.token.balanceOf(rail.vault) == before
    assert rail.held() == (AMOUNT, AMOUNT)


def test_both_legs__receipt_comes_then_the_payee_takes__token_leaves_once(rail, waiting, others):
    rail.free_by_time(waiting)
    rail.confirm(rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.contract.takePayout(waiting, rail.payee, rail.payee.sends)

    assert rail.token.balanceOf(rail.payee) == PURSE
    assert rail.held() == (AMOUNT, AMOUNT)


def test_both_legs__signed_order_is_handed_in_after_the_receipt__refuses(rail, waiting, others):
    message = {"instructionId": waiting, "to": rail.payee.address, "deadline": UNTIL}
    order = rail.signed("TakeOrder", message, rail.payee)
    rail.confirm(rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.contract.takePayoutFor(waiting, rail.payee, UNTIL, order, rail.payee.sends)


# Receipts used again


def test_old_receipt__payout_went_to_another_institution__is_worth_nothing(rail, waiting, others):
    message = rail.receipt(waiting)
    rail.free_by_time(waiting)
    rail.contract.reroutePayout(waiting, SECOND, rail.payee.sends)
    successor = int(rail.contract.instructionCount())

    with refused("PayoutNotInState", waiting, REROUTED):
        rail.confirm(message)
    with refused("ReceiptSignatureInvalid", SECOND, rail.other_bank):
        rail.confirm({**message, "instructionId": successor}, by=rail.bank)
    signature_of_old = rail.signed("PayoutReceipt", message, rail.bank)
    with refused("ReceiptSignatureInvalid", SECOND, rail.other_bank):
        renamed = values("PayoutReceipt", {**message, "instructionId": successor})
        rail.contract.confirmPayout(renamed, signature_of_old, rail.bank.sends)

    assert rail.held() == (2 * AMOUNT, 2 * AMOUNT)


def test_old_receipt__same_payee_and_amount_again__is_for_its_own_instruction_only(rail, waiting):
    again = rail.open()
    message = rail.receipt(waiting)
    signature = rail.signed("PayoutReceipt", message, rail.bank)

    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        renamed = values("PayoutReceipt", {**message, "instructionId": again})
        rail.contract.confirmPayout(renamed, signature, rail.bank.sends)


def test_receipt_of_a_premium__handed_in_as_a_payouts__is_another_type(rail, waiting):
    signature = rail.signed("CollectionReceipt", rail.collection(), rail.bank)

    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.contract.confirmPayout(values("PayoutReceipt", rail.receipt(waiting)), signature, rail.bank.sends)


def test_stolen_keys__both_of_the_first_institution__never_reach_the_seconds_payouts(rail):
    instruction = rail.open(institution=SECOND)

    with refused("ReceiptSignatureInvalid", SECOND, rail.other_bank):
        rail.confirm(rail.receipt(instruction), by=rail.bank)
    with refused("InstitutionRequired", instruction, rail.vault):
        rail.contract.refusePayout(instruction, 1, rail.vault.sends)


# Money of others


def test_donation__a_payout_opened_on_it__never_costs_what_is_promised(rail, waiting, others):
    rail.token.transfer(rail.contract, AMOUNT, rail.payee.sends)

    rail.contract.openPayout(rail.order(), rail.desk.sends)

    assert rail.held() == (3 * AMOUNT, 3 * AMOUNT)
    with refused("PayoutUnfunded", rail.token, 4 * AMOUNT, 3 * AMOUNT):
        rail.contract.openPayout(rail.order(), rail.desk.sends)
    for instruction in (waiting, others, 3):
        payee = person("other payee") if instruction == others else rail.payee
        rail.confirm(rail.receipt(instruction, payee=payee.address))
    assert rail.held() == (0, 0)


def test_premium_of_another__is_no_money_for_a_payout(rail):
    rail.collect(rail.collection())

    with refused("PayoutUnfunded", rail.token, 2 * AMOUNT, AMOUNT):
        rail.contract.openPayout(rail.order(), rail.desk.sends)


def test_released_premium__leaves_at_once__and_leaves_no_allowance_behind(rail, house, others):
    rail.collect(rail.collection())
    rail.release()

    assert rail.held() == (AMOUNT, AMOUNT)
    for spender in (rail.product, house.treasury, rail.vault, rail.payee):
        assert rail.token.allowance(rail.contract, spender) == 0
    with refused("PayoutUnfunded", rail.token, 2 * AMOUNT, AMOUNT):
        rail.contract.openPayout(rail.order(), rail.desk.sends)


def test_product_that_nobody_named__takes_no_premium_under_any_application(rail, others):
    rail.collect(rail.collection())
    thief = person("thief")

    for application in (0, 0xA11, 2**256 - 1):
        with refused("PremiumNotCollected", thief, application):
            rail.contract.releasePremium(application, rail.payee, rail.token, AMOUNT, thief.sends)


# Calls from within


@pytest.fixture
def calling(rail):
    """A token that calls out in every transfer, accepted by the institution, with money of others lying there."""
    token = CallingToken.deploy({"from": accounts[0]})
    for owner in (rail.desk, rail.payee, rail.vault):
        token.mint(owner, PURSE, rail.desk.sends)
        token.approve(rail.contract, PURSE, owner.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)
    token.transfer(rail.contract, 3 * AMOUNT, rail.desk.sends)
    for _ in range(3):
        rail.contract.openPayout(rail.order(token=token.address), rail.desk.sends)
        rail.contract.refusePayout(rail.contract.instructionCount(), 1, rail.bank.sends)
    return token


def order_to_take(rail, instruction):
    message = {"instructionId": instruction, "to": rail.payee.address, "deadline": UNTIL}
    return (instruction, rail.payee.address, UNTIL, rail.signed("TakeOrder", message, rail.payee))


def inner_calls(rail, token):
    """What the token tries from within: everything that anyone may hand in."""
    contract = rail.contract
    reroute = {"instructionId": 2, "institution": FIRST, "deadline": UNTIL}
    collection = rail.collection(token=token.address, applicationId=77, referenceHash=keccak(text="inner"))
    signed_collection = rail.signed("CollectionReceipt", collection, rail.bank)
    receipt = rail.receipt(3, token=token.address)
    return {
        "take": contract.takePayoutFor.encode_input(*order_to_take(rail, 2)),
        "reroute": contract.reroutePayoutFor.encode_input(
            2, FIRST, UNTIL, rail.signed("RerouteOrder", reroute, rail.payee)
        ),
        "collect": contract.collectPremium.encode_input(values("CollectionReceipt", collection), signed_collection),
        "confirm": contract.confirmPayout.encode_input(
            values("PayoutReceipt", receipt), rail.signed("PayoutReceipt", receipt, rail.bank)
        ),
        "fund": contract.fundPayout.encode_input(FIRST, token, 1),
        "return": contract.returnCollection.encode_input(rail.product, 1),
        "release": contract.releasePremium.encode_input(1, rail.payee, token, 1),
        "take own": contract.takePayout.encode_input(2, rail.payee),
        "reroute own": contract.reroutePayout.encode_input(2, FIRST),
    }


INNER = ("take", "reroute", "collect", "confirm", "fund", "return", "release", "take own", "reroute own")


@pytest.mark.parametrize("inner", INNER)
def test_calls_from_within__while_a_payout_is_taken__are_refused(rail, calling, inner):
    calling.prepareCall(rail.contract, inner_calls(rail, calling)[inner], rail.desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        rail.contract.takePayout(1, rail.payee, rail.payee.sends)
    assert calling.balanceOf(rail.contract) == rail.contract.bookedOf(calling) == 3 * AMOUNT


@pytest.mark.parametrize("outer", ["fund", "collect", "release", "return", "take for"])
def test_calls_from_within__while_anything_else_moves_money__are_refused(rail, calling, outer):
    message = rail.collection(token=calling.address)
    if outer in ("release", "return"):
        rail.collect(message)
    if outer == "return":
        rail.release(token=calling.address, premium=1)
    calls = {
        "fund": lambda: rail.contract.fundPayout(FIRST, calling, 5, rail.payee.sends),
        "collect": lambda: rail.collect(message),
        "release": lambda: rail.release(token=calling.address),
        "return": lambda: rail.contract.returnCollection(rail.product, message["applicationId"], rail.payee.sends),
        "take for": lambda: rail.contract.takePayoutFor(*order_to_take(rail, 1), rail.payee.sends),
    }
    calling.prepareCall(rail.contract, inner_calls(rail, calling)["take"], rail.desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        calls[outer]()


def test_calls_from_within__the_desk_opens_another_while_it_funds__counts_nothing_twice(rail, calling):
    """A token could hold the desk's second order against the tokens of the first: the guard refuses it."""
    rail.authority.grantRole(10, calling, 0, {"from": accounts[0]})
    inner = rail.contract.openPayout.encode_input(rail.order(token=calling.address, amount=5))
    calling.prepareCall(rail.contract, inner, rail.desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        rail.contract.fundPayout(FIRST, calling, 5, rail.payee.sends)
