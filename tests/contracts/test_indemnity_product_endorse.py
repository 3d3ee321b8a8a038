"""IndemnityProduct.endorse: what a change of sum, exclusions or beneficiary leaves behind."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_market import SUM
from indemnity_terms import BUILDING, EXCLUSION, FIRE, YEAR, lock_of
from market import TUSD

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

HIGHER, LOWER = 8_000 * TUSD, 3_000 * TUSD
PREMIUM = 50 * TUSD
HALF = YEAR // 2


@pytest.fixture
def half(home, insured):
    """When half of the insured policy's time is over; a day is left until then."""
    middle = home.policy(insured)["startsAt"] + HALF
    travel_to(middle - DAY)
    return middle


def terms_at(home, policy_id, occurred_at, claimed=20_000 * TUSD):
    """Exclusions, and what a loss by fire at that time would be worth."""
    query = (policy_id, (BUILDING, FIRE, occurred_at), claimed, claimed, 0, 0, 0, 0)
    terms = home.product.claimTerms(query).dict()
    return int(terms["exclusions"]), int(terms["full"])


# A higher sum


def test_endorse__higher_sum__costs_premium_for_the_rest(home, holders, insured, half):
    order = home.endorsement(insured, sumInsured=HIGHER, effectiveAt=half)
    purse = home.token.balanceOf(holders[0])

    home.endorse(order, holders[0])

    policy = home.policy(insured)
    assert order["premiumChange"] == PREMIUM * 3 // 5 // 2
    assert home.token.balanceOf(holders[0]) == purse - order["premiumChange"]
    assert (policy["sumInsured"], policy["premium"], policy["sequence"]) == (HIGHER, PREMIUM * 8 // 5, 1)
    assert policy["unearned"] == PREMIUM + order["premiumChange"]


def test_endorse__higher_sum__locks_what_it_may_cost_more(home, holders, insured, half):
    home.endorse(home.endorsement(insured, sumInsured=HIGHER, effectiveAt=half), holders[0])

    assert home.product.exposureOf(insured) == home.treasury.exposureOf(home.product) == lock_of(HIGHER)
    assert home.balanced()


def test_endorse__change__says_everything_in_its_event(home, holders, insured, half):
    order = home.endorsement(insured, sumInsured=HIGHER, effectiveAt=half)
    arguments = home.endorse_arguments(order, holders[0])

    receipt = home.product.endorse(*arguments, home.relayer.sends)

    event = receipt.events["PolicyEndorsed"]
    assert fields(event, "policyId", "premium") == (insured, PREMIUM * 8 // 5)
    assert plain(event["order"]) == arguments[0]
    signatures = bytes(event["underwriterSignature"]), bytes(event["acceptance"])
    assert signatures == arguments[1:]


def test_endorse__loss_before_it__is_settled_on_the_old_sum(home, holders, insured, half):
    home.endorse(home.endorsement(insured, sumInsured=HIGHER, effectiveAt=half), holders[0])

    assert terms_at(home, insured, half - 1) == (0, SUM * 8 // 10)
    assert terms_at(home, insured, half) == (0, SUM * 8 // 10)  # a claim of this second may be decided already
    assert terms_at(home, insured, half + 1) == (0, HIGHER * 8 // 10)


def test_endorse__price_that_does_not_divide__is_rounded_up(home, holders, insured, half):
    order = home.endorsement(insured, sumInsured=SUM + 1, effectiveAt=half + 1)

    home.endorse(order, holders[0])

    assert order["premiumChange"] == 1
    assert home.policy(insured)["premium"] == PREMIUM + 1


# A lower sum


def test_endorse__lower_sum__returns_premium_and_keeps_the_lock(home, holders, insured, half):
    order = home.endorsement(insured, sumInsured=LOWER, effectiveAt=half)
    purse, capital = home.token.balanceOf(holders[0]), home.treasury.bookedAssets()

    receipt = home.endorse(order, holders[0])

    policy = home.policy(insured)
    assert order["premiumChange"] == PREMIUM * 2 // 5 // 2
    assert home.token.balanceOf(holders[0]) == purse + order["premiumChange"]
    assert home.treasury.bookedAssets() == capital - order["premiumChange"]
    assert (policy["premium"], policy["unearned"]) == (PREMIUM * 3 // 5, PREMIUM - order["premiumChange"])
    assert home.product.exposureOf(insured) == lock_of(SUM)
    assert receipt.events["PremiumReturned"]["amount"] == order["premiumChange"]
    assert home.balanced()


def test_endorse__loss_before_a_lower_sum__is_settled_on_the_higher(home, holders, insured, half):
    home.endorse(home.endorsement(insured, sumInsured=LOWER, effectiveAt=half), holders[0])

    assert terms_at(home, insured, half) == (0, SUM * 8 // 10)
    assert terms_at(home, insured, half + 1) == (0, LOWER * 8 // 10)


def test_endorse__lower_by_a_unit_in_the_last_second__returns_nothing(home, holders, insured):
    ends_at = home.policy(insured)["endsAt"]
    order = home.endorsement(insured, sumInsured=SUM - 1, effectiveAt=ends_at - 1)

    receipt = home.endorse(order, holders[0])

    assert order["premiumChange"] == 0
    assert "PremiumReturned" not in receipt.events
    assert home.policy(insured)["sumInsured"] == SUM - 1


def test_endorse__lower_then_higher_again__locks_nothing_more(home, holders, insured, half):
    home.endorse(home.endorsement(insured, sumInsured=LOWER, effectiveAt=half), holders[0])
    order = home.endorsement(insured, sumInsured=SUM, effectiveAt=half + DAY)

    home.endorse(order, holders[0])

    assert home.policy(insured)["sequence"] == 2
    assert home.product.exposureOf(insured) == lock_of(SUM)
    assert [terms_at(home, insured, at)[1] for at in (half, half + 1, half + DAY, half + DAY + 1)] == [
        limit * 8 // 10 for limit in (SUM, LOWER, LOWER, SUM)
    ]
    assert home.balanced()


# Exclusions and beneficiary


def test_endorse__other_exclusions__cost_nothing(home, holders, insured, half):
    purse = home.token.balanceOf(holders[0])

    receipt = home.endorse(home.endorsement(insured, exclusions=0b11, effectiveAt=half), holders[0])

    assert home.policy(insured)["exclusions"] == 0b11
    assert home.token.balanceOf(holders[0]) == purse
    assert not {"ExposureLocked", "PremiumReturned", "Transfer"} & set(receipt.events.keys())
    assert terms_at(home, insured, half)[0] == 0
    assert terms_at(home, insured, half + 1)[0] == 0b11


def test_endorse__low_risk__may_have_fewer_exclusions(home, holders, insured, half):
    home.endorse(home.endorsement(insured, exclusions=0b11, effectiveAt=half), holders[0])

    home.endorse(home.endorsement(insured, exclusions=0b01, effectiveAt=half), holders[0])

    assert home.policy(insured)["exclusions"] == 0b01


@pytest.mark.parametrize("change", [{"exclusions": 0b111}, {"sumInsured": LOWER}, {}])
def test_endorse__high_risk__may_have_less_cover(home, holders, change):
    policy_id = home.sold(holders[0], score=8_500, measure=EXCLUSION, exclusions=0b11)

    home.endorse(home.endorsement(policy_id, **change), holders[0])

    policy = home.policy(policy_id)
    assert {name: policy[name] for name in change} == change
    assert home.balanced()


def test_endorse__beneficiary__is_paid_from_then_on(home, holders, insured):
    home.endorse(home.endorsement(insured, beneficiary=home.beneficiary.address), holders[0])
    assert home.product.payeeOf(insured) == home.beneficiary.address

    home.endorse(home.endorsement(insured, beneficiary=ZERO_ADDRESS), holders[0])
    assert home.product.payeeOf(insured) == holders[0].address


def test_endorse__claim_notified_before__keeps_its_payee(home, claims, holders, insured):
    claim = claims.notify(insured, holders[0])

    home.endorse(home.endorsement(insured, beneficiary=home.beneficiary.address), holders[0])
    later = claims.notify(insured, holders[0])

    assert claims.claim(claim)["claimant"] == holders[0].address
    assert claims.claim(later)["claimant"] == home.beneficiary.address


# Premium of the time before and after


def test_endorse__earned_before_it_takes_effect__is_what_the_old_sum_costs(home, holders, insured, half):
    home.endorse(home.endorsement(insured, sumInsured=LOWER, effectiveAt=half + 100 * DAY), holders[0])
    travel_to(half)

    home.product.earnPremiums([insured], home.relayer.sends)

    policy = home.policy(insured)
    elapsed = now() - policy["startsAt"]
    earned_old = PREMIUM * elapsed // YEAR
    returned = (PREMIUM * 2 // 5) * (YEAR - HALF - 100 * DAY) // YEAR
    assert abs(policy["unearned"] - (PREMIUM - returned - earned_old)) <= 2
    assert home.balanced()


@pytest.mark.parametrize("sum_insured", [LOWER, HIGHER])
def test_endorse__cancelled_before_it_takes_effect__returns_all_that_is_not_earned(
    home, holders, insured, half, sum_insured
):
    purse = home.token.balanceOf(holders[0])
    home.endorse(home.endorsement(insured, sumInsured=sum_insured, effectiveAt=half + 100 * DAY), holders[0])

    home.cancel(home.cancellation(insured), holders[0])

    policy = home.policy(insured)
    not_used = PREMIUM * (YEAR - policy["endsAt"] + policy["startsAt"]) / YEAR
    assert 0 <= not_used - (home.token.balanceOf(holders[0]) - purse) <= 3  # every rounding favours the pool
    assert home.balanced()


def test_endorse__many_changes__leave_no_premium_behind(home, holders, insured, half):
    for i, sum_insured in enumerate((HIGHER, LOWER, SUM, 19_999_999_999)):
        home.endorse(home.endorsement(insured, sumInsured=sum_insured, effectiveAt=half + i * DAY), holders[0])
        home.product.earnPremiums([insured], home.relayer.sends)
        assert home.balanced()
    travel_to(home.policy(insured)["endsAt"] + HOUR)

    home.product.earnPremiums([insured], home.relayer.sends)

    assert home.policy(insured)["unearned"] == home.treasury.unearnedPremiumOf(home.product) == 0
