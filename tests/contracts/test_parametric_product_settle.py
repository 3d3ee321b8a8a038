"""ParametricProduct.settle and reportAndSettle: everybody is paid what is owed, once."""

from dataclasses import replace

import pytest
from answers import fields, plain
from brownie import ContractWallet
from chain_clock import travel_to
from flights import LATER, LATER_AT, SECOND, SUMS, THIRD, UNSOLD
from market import CANCELLED, DIVERTED, FLIGHT, FLIGHT_AT, MEASURED, TERMS, TUSD, event_id, policy_id
from refusals import refused
from typed_messages import values

from scripts.brownie.deploy import open_product

pytestmark = pytest.mark.usefixtures("flights_sold")


def settle(market, *texts, most=400):
    return market.product.settle([event_id(text) for text in texts], most, market.relayer.sends)


# What is paid


@pytest.mark.parametrize(
    ("outcome", "value", "share_bps"),
    [
        (MEASURED, 30, 2_000),
        (MEASURED, 75, 5_000),
        (MEASURED, 120, 10_000),
        (CANCELLED, 0, 6_000),
        (DIVERTED, 0, 8_000),
    ],
)
def test_report_and_settle__share_owed__pays_everyone_the_share(market, product, purses, outcome, value, share_bps):
    receipt = market.settle_after((FLIGHT, outcome, value))

    assert purses() == [amount * share_bps // 10_000 for amount in SUMS]
    assert receipt.return_value == 5
    batch = fields(receipt.events["PoliciesSettled"], "eventId", "from", "to", "exposure", "paid")
    assert batch == (event_id(FLIGHT), 0, 5, sum(SUMS), sum(SUMS) * share_bps // 10_000)


def test_report_and_settle__event__names_policy_payee_and_amount(market, product, holders):
    receipt = market.settle_after((FLIGHT, MEASURED, 120))

    paid = [fields(event, "policyId", "payee", "amount") for event in receipt.events["PolicySettled"]]
    assert paid == [(policy_id(FLIGHT, i), holders[i].address, SUMS[i]) for i in range(5)]


def test_report_and_settle__share__is_rounded_down(market, house, holders):
    amount = 123_456_789  # at 20 %: 24,691,357.8
    market.sell(market.offer(holders[0], text=LATER, occurs_at=LATER_AT, sum_insured=amount))
    before = house.token.balanceOf(holders[0])
    travel_to(LATER_AT)

    market.settle_after((LATER, MEASURED, 30))

    assert house.token.balanceOf(holders[0]) - before == 24_691_357


def test_report_and_settle__nothing_owed__releases_exposure_and_pays_nobody(market, house, product, purses):
    locked = house.treasury.exposureOf(product)

    receipt = market.settle_after((FLIGHT, MEASURED, 29))

    assert purses() == [0] * 5
    assert locked - house.treasury.exposureOf(product) == sum(SUMS)
    assert "PolicySettled" not in receipt.events
    assert fields(receipt.events["PoliciesSettled"], "from", "to", "exposure", "paid") == (0, 5, sum(SUMS), 0)
    assert all(product.isSettled(policy_id(FLIGHT, i)) for i in range(5))


def test_report_and_settle__share_of_a_tiny_sum__may_be_nothing(market, house, people, holders, terms):
    tiny = {**terms, "minSumInsured": 100, "minPremium": 1, "thresholds": [30], "sharesBps": [1]}
    opened = open_product(house, values("ParametricTerms", tiny), manager=people["product manager"].account)
    shop = replace(market, product=opened)
    riskless = {"text": LATER, "occurs_at": LATER_AT, "expected_share_ppb": 0}
    sums = (9_999, 10_000)  # at one basis point: nothing, and one unit
    offers = [shop.offer(holders[i], sum_insured=amount, **riskless) for i, amount in enumerate(sums)]
    shop.sell(*(offer.change(premium=1) for offer in offers))
    travel_to(LATER_AT)

    receipt = shop.settle_after((LATER, MEASURED, 30))

    assert receipt.return_value == 2
    assert fields(receipt.events["PolicySettled"], "policyId", "amount") == (policy_id(LATER, 1), 1)
    assert opened.isSettled(policy_id(LATER, 0))
    assert house.treasury.exposureOf(opened) == 0


def test_report_and_settle__settled__releases_exposure_of_these_policies_only(market, house, product):
    market.settle_after((FLIGHT, MEASURED, 45), (SECOND, MEASURED, 0))

    assert house.treasury.exposureOf(product) == 100 * TUSD  # the third flight's
    assert product.insuredEvent(event_id(FLIGHT))["exposure"] == 0
    assert product.insuredEvent(event_id(THIRD))["exposure"] == 100 * TUSD


def test_report_and_settle__several_events__pays_each_by_its_own_outcome(market, product, purses):
    receipt = market.settle_after((FLIGHT, MEASURED, 30), (SECOND, CANCELLED, 0), (THIRD, MEASURED, 5))

    fifth = [amount // 5 for amount in SUMS]
    assert purses() == [fifth[0] + 60 * TUSD, fifth[1] + 60 * TUSD, *fifth[2:]]
    assert receipt.return_value == 8


def test_settle__closed_unreported__returns_the_premiums(market, house, product, purses, flights_sold):
    travel_to(FLIGHT_AT + TERMS["reportWindowSeconds"] + 1)
    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)

    receipt = settle(market, FLIGHT)

    assert purses() == flights_sold
    assert fields(receipt.events["PoliciesSettled"], "exposure", "paid") == (sum(SUMS), sum(flights_sold))


def test_settle__by_a_stranger__pays_the_holders(market, product, purses, people):
    market.report((FLIGHT, MEASURED, 120))

    product.settle([event_id(FLIGHT)], 400, people["stranger"].sends)

    assert purses() == SUMS


def test_settle__holder_is_a_contract__is_paid_and_can_use_it(market, house, holders, accounts, people):
    wallet = ContractWallet.deploy(holders[0], {"from": accounts[0]})
    house.token.mint(wallet, 100 * TUSD, people["issuer"].sends)
    wallet.execute(house.token, house.token.approve.encode_input(house.treasury, 100 * TUSD), holders[0].sends)
    offer = market.offer(holders[0], text=LATER, occurs_at=LATER_AT, sum_insured=200 * TUSD)
    market.sell(offer.change(holder=wallet.address))
    before = house.token.balanceOf(wallet)
    travel_to(LATER_AT)

    market.settle_after((LATER, MEASURED, 120))

    assert house.token.balanceOf(wallet) - before == 200 * TUSD


# Once


def test_settle__in_chunks__pays_each_once_in_order(market, product, purses):
    market.report((FLIGHT, MEASURED, 120))

    first = settle(market, FLIGHT, most=2)
    assert purses() == [*SUMS[:2], 0, 0, 0]
    assert [product.isSettled(policy_id(FLIGHT, i)) for i in range(5)] == [True, True, False, False, False]
    second = settle(market, FLIGHT, most=2)
    third = settle(market, FLIGHT, most=2)

    assert purses() == SUMS
    spans = [fields(r.events["PoliciesSettled"], "from", "to", "exposure") for r in (first, second, third)]
    assert spans == [(0, 2, sum(SUMS[:2])), (2, 4, sum(SUMS[2:4])), (4, 5, SUMS[4])]


def test_report_and_settle__more_policies_than_turns__leaves_the_rest_to_settle(market, product, purses):
    first = market.settle_after((FLIGHT, MEASURED, 120), (SECOND, CANCELLED, 0), most=3)
    assert first.return_value == 3

    settle(market, FLIGHT, SECOND, most=3)
    settle(market, FLIGHT, SECOND, most=3)

    assert purses() == [SUMS[0] + 60 * TUSD, SUMS[1] + 60 * TUSD, *SUMS[2:]]


def test_settle__policies_owed_nothing__cost_no_turn(market, product, purses):
    market.report((SECOND, MEASURED, 0), (FLIGHT, MEASURED, 120))

    receipt = settle(market, SECOND, FLIGHT, most=2)

    assert receipt.return_value == 4
    assert purses() == [*SUMS[:2], 0, 0, 0]


def test_settle__everything_settled__refuses(market, product):
    market.settle_after((FLIGHT, MEASURED, 120))

    with refused("NothingToSettle"):
        product.settle.call([event_id(FLIGHT)], 400, market.relayer.sends)


def test_settle__event_twice_in_one_call__pays_once(market, product, purses):
    market.report((FLIGHT, MEASURED, 120))

    receipt = settle(market, FLIGHT, FLIGHT)

    assert purses() == SUMS
    assert receipt.return_value == 5


def test_settle__no_turns__refuses(market, product):
    market.report((FLIGHT, MEASURED, 120))

    with refused("NothingToSettle"):
        product.settle.call([event_id(FLIGHT)], 0, market.relayer.sends)


def test_settle__no_events__refuses(market, product):
    with refused("NothingToSettle"):
        product.settle.call([], 400, market.relayer.sends)


@pytest.mark.parametrize("text", [FLIGHT, UNSOLD])
def test_settle__event_open__refuses(market, product, text):
    with refused("EventStillOpen", event_id(text)):
        product.settle.call([event_id(text)], 400, market.relayer.sends)


def test_is_settled__policy_that_does_not_exist__is_not(market, product):
    market.settle_after((FLIGHT, MEASURED, 120))

    assert product.isSettled(policy_id(FLIGHT, 4))
    assert not product.isSettled(policy_id(FLIGHT, 5))
    assert not product.isSettled(policy_id(UNSOLD, 0))


def test_policy__settled__stays_readable(market, product, holders):
    before = plain(product.policy(policy_id(FLIGHT, 0)))

    market.settle_after((FLIGHT, MEASURED, 120))

    assert plain(product.policy(policy_id(FLIGHT, 0))) == before
    assert product.ownerOf(policy_id(FLIGHT, 0)) == holders[0].address
