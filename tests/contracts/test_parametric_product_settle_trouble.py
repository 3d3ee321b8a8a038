"""ParametricProduct.settle in trouble: payees who cannot be paid, too little gas, sale suspended."""

import pytest
from answers import fields
from chain_clock import return_to, snapshot, travel_to
from flights import LATER, LATER_AT, SECOND, SUMS
from market import CANCELLED, FLIGHT, FLIGHT_AT, MEASURED, TERMS, TUSD, event_id, policy_id
from refusals import refused_matching

pytestmark = pytest.mark.usefixtures("flights_sold")


def settle(market, *texts, most=400):
    return market.product.settle([event_id(text) for text in texts], most, market.relayer.sends)


# One payee's failure is nobody else's


def test_report_and_settle__payee_blocked__is_held_while_others_are_paid(
    market, house, people, holders, product, purses
):
    house.token.setBlocked(holders[2], True, people["issuer"].sends)

    receipt = market.settle_after((FLIGHT, MEASURED, 120))

    assert purses() == [*SUMS[:2], 0, *SUMS[3:]]
    assert house.treasury.heldPayoutOf(holders[2]) == SUMS[2]
    held = fields(receipt.events["PayoutHeld"], "product", "policyId", "payee", "amount")
    assert held == (product.address, policy_id(FLIGHT, 2), holders[2].address, SUMS[2])
    assert product.isSettled(policy_id(FLIGHT, 2))


def test_push_held_payout__payee_unblocked_later__is_paid_in_full(market, house, people, holders, product, purses):
    house.token.setBlocked(holders[2], True, people["issuer"].sends)
    market.settle_after((FLIGHT, MEASURED, 120))
    house.token.setBlocked(holders[2], False, people["issuer"].sends)

    house.treasury.pushHeldPayout(holders[2], people["stranger"].sends)

    assert purses() == SUMS
    assert house.treasury.totalHeldPayouts() == 0


def test_take_held_payout__payee_still_blocked__takes_it_elsewhere(market, house, people, holders, product, purses):
    house.token.setBlocked(holders[2], True, people["issuer"].sends)
    market.settle_after((FLIGHT, MEASURED, 120))

    house.treasury.takeHeldPayout(holders[3], holders[2].sends)

    assert purses() == [*SUMS[:2], 0, SUMS[3] + SUMS[2], SUMS[4]]


def test_report_and_settle__everyone_blocked__holds_all(market, house, people, holders, product, purses):
    for holder in holders:
        house.token.setBlocked(holder, True, people["issuer"].sends)

    market.settle_after((FLIGHT, MEASURED, 120))

    assert purses() == [0] * 5
    assert [house.treasury.heldPayoutOf(holder) for holder in holders] == SUMS


# Gas


def test_settle__too_little_gas__refuses(market, product):
    market.report((FLIGHT, MEASURED, 120))

    with refused_matching(r"GasTooLow: \d+, 150000"):
        product.settle([event_id(FLIGHT)], 400, {**market.relayer.sends, "gas_limit": 240_000})


def test_settle__any_gas_limit__pays_all_or_nothing_and_holds_nothing(market, house, product, purses, web3):
    market.report((FLIGHT, MEASURED, 120))
    data = product.settle.encode_input([event_id(FLIGHT)], 400)
    sender = market.relayer.address
    outcomes = set()
    for gas in range(100_000, 400_000, 7_500):
        before = snapshot()
        transaction = {"from": sender, "to": product.address, "data": data, "gas": gas, "gasPrice": 0}
        status = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction))["status"]
        assert house.treasury.totalHeldPayouts() == 0
        assert purses() == (SUMS if status else [0] * 5)
        outcomes.add(status)
        return_to(before)

    assert outcomes == {0, 1}


def test_report_and_settle__hundred_policies__fit_well_below_the_transaction_cap(market, holders):
    for _ in range(2):
        sums = {"text": LATER, "occurs_at": LATER_AT, "sum_insured": 100 * TUSD}
        market.sell(*(market.offer(holders[i % 5], **sums) for i in range(50)))
    travel_to(LATER_AT)

    receipt = market.settle_after((LATER, MEASURED, 30))

    assert receipt.return_value == 100
    assert receipt.gas_used * 4.5 < 2**24


# Suspension is about sale


def test_suspend_sales__policies_in_force__are_reported_and_settled_all_the_same(market, people, product, purses):
    product.suspendSales(True, people["guardian"].sends)

    market.settle_after((FLIGHT, MEASURED, 120))
    market.report((SECOND, CANCELLED, 0))
    settle(market, SECOND)

    assert purses() == [SUMS[0] + 60 * TUSD, SUMS[1] + 60 * TUSD, *SUMS[2:]]


def test_suspend_sales__unreported_event__is_closed_and_refunded_all_the_same(
    market, people, product, purses, flights_sold
):
    product.suspendSales(True, people["guardian"].sends)
    travel_to(FLIGHT_AT + TERMS["reportWindowSeconds"] + 1)

    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)
    settle(market, FLIGHT)

    assert purses() == flights_sold
