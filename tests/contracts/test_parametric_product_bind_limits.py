"""ParametricProduct.bind: time, sums, price and suspension."""

import pytest
from chain_clock import DAY, HOUR, now, travel_to
from market import FLIGHT, FLIGHT_AT, TERMS, TUSD, event_id, policy_id, premium_due
from refusals import refused

SUM = 500 * TUSD


# When


def test_bind__quote_expired__refuses(market, offer):
    market.refuses(offer.change(validUntil=now() - 1), "QuoteExpired", now() - 1, now())


def test_bind__quote_in_its_last_second__is_taken(market, offer):
    arguments = market.bind_arguments(offer.change(validUntil=now() + 60), validUntil=now() + HOUR)

    travel_to(arguments[2][0][1][7])

    assert market.product.bind.call(*arguments, market.relayer.sends)


@pytest.mark.parametrize("occurs_at", [TERMS["periodStart"] - 1, TERMS["periodEnd"] + 1])
def test_bind__event_outside_the_period__refuses(market, holders, occurs_at):
    error = ("EventOutsidePeriod", occurs_at, TERMS["periodStart"], TERMS["periodEnd"])

    market.refuses(market.offer(holders[0], occurs_at=occurs_at), *error)


def test_bind__before_sale_opens__refuses(market, holders):
    occurs_at = now() + 30 * DAY + 60
    error = ("SaleClosed", occurs_at, occurs_at - 30 * DAY, occurs_at - HOUR)

    market.refuses(market.offer(holders[0], occurs_at=occurs_at), *error)


def test_bind__after_sale_closes__refuses(market, holders):
    travel_to(FLIGHT_AT - HOUR + 1)

    market.refuses(market.offer(holders[0]), "SaleClosed", FLIGHT_AT, FLIGHT_AT - 30 * DAY, FLIGHT_AT - HOUR)


def test_bind__last_second_of_sale__is_taken(market, holders):
    travel_to(FLIGHT_AT - HOUR)
    arguments = market.bind_arguments(market.offer(holders[0]))

    assert market.product.bind.call(*arguments, market.relayer.sends)


# How much


@pytest.mark.parametrize("sum_insured", [TERMS["minSumInsured"] - 1, TERMS["maxSumInsured"] + 1])
def test_bind__sum_outside_the_terms__refuses_whatever_the_oracle_allows(market, holders, sum_insured):
    offer = market.offer(holders[0], sum_insured=sum_insured).assess(sumInsuredCap=2**96 - 1)

    market.refuses(offer, "SumInsuredOutOfRange", sum_insured, TERMS["minSumInsured"], TERMS["maxSumInsured"])


def test_bind__sum_above_what_the_oracle_allows__refuses(market, offer):
    error = ("SumInsuredOutOfRange", SUM, TERMS["minSumInsured"], SUM - 1)

    market.refuses(offer.assess(sumInsuredCap=SUM - 1), *error)


@pytest.mark.parametrize("sum_insured", [TERMS["minSumInsured"], TERMS["maxSumInsured"]])
def test_bind__sum_at_its_bounds__is_insured(market, holders, sum_insured):
    market.sell(market.offer(holders[0], sum_insured=sum_insured))

    assert market.product.policy(policy_id(FLIGHT, 0))["sumInsured"] == sum_insured


def test_bind__too_much_on_one_event__refuses(market, holders):
    most = TERMS["maxEventExposure"]
    market.sell(*(market.offer(holders[i % 5], sum_insured=1_000 * TUSD) for i in range(20)))

    error = ("EventExposureTooLarge", event_id(FLIGHT), most + 50 * TUSD, most)
    market.refuses(market.offer(holders[0], sum_insured=50 * TUSD), *error)


def test_bind__more_than_the_capital_carries__refuses(market, house, people, holders):
    """Unearned premium carries nothing: it may have to go back."""
    treasurer = people["treasurer"]
    house.treasury.withdraw(99_900 * TUSD, treasurer, treasurer, treasurer.sends)
    premium = premium_due(SUM, 80_000_000)

    market.refuses(market.offer(holders[0]), "CapitalTooSmall", SUM + premium, 100 * TUSD + premium)


@pytest.mark.parametrize("difference", [-1, 1])
def test_bind__premium_not_as_priced__refuses(market, offer, difference):
    wrong = 50 * TUSD + difference

    market.refuses(offer.change(premium=wrong), "PremiumNotAsPriced", wrong, 50 * TUSD)


@pytest.mark.parametrize(
    ("sum_insured", "share_ppb", "due"),
    [
        (SUM, 0, 2 * TUSD),  # never below the minimum
        (SUM, 1, 2 * TUSD),
        (SUM, 3_200_000, 2 * TUSD),  # exactly the minimum
        (SUM, 3_200_001, 2_000_001),  # rounded up: 2,000,000.625
        (50_000_001, 400_000_000, 25_000_001),  # 25,000,000.5
        (1_000 * TUSD, 799_999_999, 999_999_999),  # 999,999,998.75
    ],
)
def test_bind__premium__is_rounded_up_and_never_below_the_minimum(market, holders, sum_insured, share_ppb, due):
    offer = market.offer(holders[0], sum_insured=sum_insured, expected_share_ppb=share_ppb)

    market.refuses(offer.change(premium=due + 1), "PremiumNotAsPriced", due + 1, due)
    assert market.product.bind.call(*market.bind_arguments(offer.change(premium=due)), market.relayer.sends)


def test_bind__premium_reaches_the_sum__refuses(market, holders):
    offer = market.offer(holders[0], expected_share_ppb=800_000_000)

    market.refuses(offer, "PremiumTooHigh", SUM, SUM)


def test_bind__largest_numbers_of_their_types__do_not_overflow(market, holders):
    offer = market.offer(holders[0], expected_share_ppb=2**32 - 1).assess(sumInsuredCap=2**96 - 1)

    market.refuses(offer, "PremiumTooHigh", premium_due(SUM, 2**32 - 1), SUM)


# Suspended


def test_bind__sale_suspended__refuses(market, offer, people):
    market.product.suspendSales(True, people["guardian"].sends)

    market.refuses(offer, "SaleSuspended")


def test_suspend_sales__resumed__sells_again(market, offer, people):
    guardian = people["guardian"]
    suspended = market.product.suspendSales(True, guardian.sends)
    assert market.product.salesSuspended()

    resumed = market.product.suspendSales(False, guardian.sends)
    market.sell(offer)

    assert not market.product.salesSuspended()
    assert [receipt.events["SalesSuspended"]["suspended"] for receipt in (suspended, resumed)] == [True, False]


def test_suspend_sales__without_role__refuses(market, people):
    for name in ("administrator", "product manager", "underwriter", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            market.product.suspendSales.call(True, people[name].sends)
