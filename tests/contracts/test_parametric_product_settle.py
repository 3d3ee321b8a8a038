"""ParametricProduct.settle and reportAndSettle: everybody is paid what is owed, once."""

import pytest
from answers import fields, plain
from brownie import ContractWallet
from chain_clock import DAY, HOUR, request, return_to, travel_to
from market import CANCELLED, DIVERTED, FLIGHT, FLIGHT_AT, MEASURED, TERMS, TUSD, event_id, policy_id
from refusals import refused, refused_matching

SECOND = "flight/B6/725/JFK/BQN/2013-09-12T10:00Z"
THIRD = "flight/AA/1141/JFK/MIA/2013-09-12T10:00Z"
UNSOLD = "flight/DL/461/LGA/ATL/2013-09-12T10:00Z"
LATER, LATER_AT = "flight/UA/1545/EWR/IAH/2013-09-14T10:00Z", FLIGHT_AT + 2 * DAY
SUMS = [100 * TUSD, 200 * TUSD, 300 * TUSD, 400 * TUSD, 500 * TUSD]


@pytest.fixture(scope="module", autouse=True)
def sold(market, holders, module_undone):
    """Five policies on the first flight, one by each holder; two on the second, one on the third."""
    five = [market.offer(holder, sum_insured=amount) for holder, amount in zip(holders, SUMS, strict=True)]
    two = [market.offer(holders[i], text=SECOND, sum_insured=100 * TUSD) for i in range(2)]
    market.sell(*five, *two, market.offer(holders[0], text=THIRD, sum_insured=100 * TUSD))
    travel_to(FLIGHT_AT + 6 * HOUR)
    return [offer.quote["premium"] for offer in five]


@pytest.fixture
def purses(house, holders, sold):
    """What each holder has gained since the test began, as a function."""
    before = [house.token.balanceOf(holder) for holder in holders]
    return lambda: [house.token.balanceOf(holder) - had for holder, had in zip(holders, before, strict=True)]


def settle(market, *texts, most=400):
    return market.product.settle([event_id(text) for text in texts], most, market.relayer.sends)


# What is paid


@pytest.mark.parametrize(
    ("outcome", "value", "share_bps"),
    [(MEASURED, 30, 2_000), (MEASURED, 75, 5_000), (MEASURED, 120, 10_000), (CANCELLED, 0, 6_000), (DIVERTED, 0, 8_000)],
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


def test_settle__closed_unreported__returns_the_premiums(market, house, product, purses, sold):
    travel_to(FLIGHT_AT + TERMS["reportWindowSeconds"] + 1)
    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)

    receipt = settle(market, FLIGHT)

    assert purses() == sold
    assert fields(receipt.events["PoliciesSettled"], "exposure", "paid") == (sum(SUMS), sum(sold))


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


# One payee's failure is nobody else's


def test_report_and_settle__payee_blocked__is_held_while_others_are_paid(market, house, people, holders, product, purses):
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
        product.settle([event_id(FLIGHT)], 400, {**market.relayer.sends, "gas_limit": 300_000})


def test_settle__any_gas_limit__pays_all_or_nothing_and_holds_nothing(market, house, product, purses, web3):
    market.report((FLIGHT, MEASURED, 120))
    data = product.settle.encode_input([event_id(FLIGHT)], 400)
    sender = market.relayer.address
    outcomes = set()
    for gas in range(100_000, 480_000, 10_000):
        snapshot = request("evm_snapshot")
        transaction = {"from": sender, "to": product.address, "data": data, "gas": gas, "gasPrice": 0}
        status = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction))["status"]
        assert house.treasury.totalHeldPayouts() == 0
        assert purses() == (SUMS if status else [0] * 5)
        outcomes.add(status)
        return_to(snapshot)

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


def test_suspend_sales__unreported_event__is_closed_and_refunded_all_the_same(market, people, product, purses, sold):
    product.suspendSales(True, people["guardian"].sends)
    travel_to(FLIGHT_AT + TERMS["reportWindowSeconds"] + 1)

    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)
    settle(market, FLIGHT)

    assert purses() == sold
