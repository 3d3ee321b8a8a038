"""IndemnityProduct.closePolicies and earnPremiums: when what was locked is free, and premium is the pool's."""

import pytest
from answers import fields, plain
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from indemnity_market import SUM
from indemnity_terms import CLAIM_RULES, YEAR, lock_of
from market import TUSD
from refusals import refused

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

PREMIUM = 50 * TUSD
NOTICE = CLAIM_RULES["noticeWindowSeconds"]
REOPEN = CLAIM_RULES["reopenWindowSeconds"]


def refuses_closing(home, policy_ids, *error):
    with refused(*error):
        home.product.closePolicies.call(policy_ids, home.relayer.sends)


def opens_at(home, policy_id):
    """When the last loss can no longer be notified."""
    return home.policy(policy_id)["endsAt"] + NOTICE


# closePolicies


def test_close_policies__nothing_claimed__frees_all(home, insured):
    travel_to(opens_at(home, insured) + 1)

    receipt = home.product.closePolicies([insured], home.relayer.sends)

    assert home.policy(insured)["isClosed"]
    assert fields(receipt.events["PolicyClosed"], "policyId", "exposure") == (insured, lock_of(SUM))
    assert home.product.exposureOf(insured) == home.treasury.exposureOf(home.product) == 0
    assert home.policy(insured)["unearned"] == home.treasury.unearnedPremiumOf(home.product) == 0


def test_close_policies__several__free_each_its_own(home, holders, insured):
    home.sell(home.offer(holders[1], 1_000 * TUSD), home.offer(holders[2], 2_000 * TUSD))
    travel_to(opens_at(home, insured + 2) + 1)

    receipt = home.product.closePolicies([insured + 2, insured], home.relayer.sends)

    assert [event["exposure"] for event in receipt.events["PolicyClosed"]] == [lock_of(2_000 * TUSD), lock_of(SUM)]
    assert home.treasury.exposureOf(home.product) == lock_of(1_000 * TUSD)
    assert home.balanced()


def test_close_policies__claim_was_paid__frees_what_it_left(home, claims, holders, insured):
    claims.report(claims.notify(insured, holders[0]))
    travel_to(opens_at(home, insured) + REOPEN)

    receipt = home.product.closePolicies([insured], home.relayer.sends)

    assert receipt.events["PolicyClosed"]["exposure"] == lock_of(SUM) - 450 * TUSD
    assert home.treasury.exposureOf(home.product) == home.treasury.reservesOf(home.product) == 0


def test_close_policies__sum_was_lowered__frees_the_highest(home, holders, insured):
    home.endorse(home.endorsement(insured, sumInsured=2_000 * TUSD), holders[0])
    travel_to(opens_at(home, insured) + 1)

    home.product.closePolicies([insured], home.relayer.sends)

    assert home.treasury.exposureOf(home.product) == 0


def test_close_policies__cancelled_policy__closes_a_window_later(home, holders, insured):
    home.cancel(home.cancellation(insured), holders[0])
    last = opens_at(home, insured)
    travel_to(last)

    refuses_closing(home, [insured], "PolicyStillOpen", insured, last)
    travel_to(last + 1)
    home.product.closePolicies([insured], home.relayer.sends)
    assert home.treasury.exposureOf(home.product) == 0


def test_close_policies__loss_can_still_be_notified__refuses(home, insured):
    last = opens_at(home, insured)
    travel_to(last)

    refuses_closing(home, [insured], "PolicyStillOpen", insured, last)


def test_close_policies__no_such_policy__refuses(home, insured):
    refuses_closing(home, [99], "PolicyUnknown", 99)
    refuses_closing(home, [0], "PolicyUnknown", 0)


def test_close_policies__closed_before__refuses(home, insured):
    travel_to(opens_at(home, insured) + 1)
    home.product.closePolicies([insured], home.relayer.sends)

    refuses_closing(home, [insured], "PolicyAlreadyClosed", insured)


def test_close_policies__twice_in_one_call__refuses(home, insured):
    travel_to(opens_at(home, insured) + 1)

    refuses_closing(home, [insured, insured], "PolicyAlreadyClosed", insured)


def test_close_policies__claim_open__refuses(home, claims, holders, insured):
    claim = claims.notify(insured, holders[0])
    travel_to(opens_at(home, insured) + 1)

    refuses_closing(home, [insured], "ClaimNotFinal", claim)


def test_close_policies__claim_may_be_reopened__refuses(home, claims, holders, insured):
    ends_at = home.policy(insured)["endsAt"]
    travel_to(ends_at - HOUR)
    first, second = (claims.notify(insured, holders[0]) for _ in range(2))
    claims.report(first)
    travel_to(ends_at + NOTICE - HOUR)
    claims.decide(second)
    closed_at = now()
    travel_to(ends_at + NOTICE + 1)

    refuses_closing(home, [insured], "ClaimNotFinal", first)
    travel_to(closed_at + REOPEN)
    refuses_closing(home, [insured], "ClaimNotFinal", second)
    travel_to(closed_at + REOPEN + 1)
    home.product.closePolicies([insured], home.relayer.sends)
    assert home.treasury.exposureOf(home.product) == 0


def test_close_policies__closed_policy__takes_no_claim(home, claims, holders, insured):
    occurred_at = home.policy(insured)["endsAt"] - 1
    travel_to(opens_at(home, insured) + 1)
    home.product.closePolicies([insured], home.relayer.sends)

    with refused("NoticeTooLate", occurred_at, occurred_at + NOTICE, now()):
        home.product.openClaim.call(insured, (0, 0, occurred_at), 1, 0, False, {"from": home.desk})
    with refused("PolicyAlreadyClosed", insured):
        home.product.openClaim.call(insured, (0, 0, occurred_at), 1, 0, True, {"from": home.desk})


def test_close_policies__treasury_paused__is_allowed(home, insured):
    travel_to(opens_at(home, insured) + 1)
    home.treasury.pause(DAY, home.guardian.sends)

    home.product.closePolicies([insured], home.relayer.sends)

    assert home.policy(insured)["isClosed"]


# earnPremiums


@pytest.mark.parametrize("seconds", [1, 100 * DAY, YEAR - 1, YEAR, YEAR + DAY])
def test_earn_premiums__after_a_while__earns_that_part(home, insured, seconds):
    capital = home.treasury.totalAssets()
    moment = home.policy(insured)["startsAt"] + seconds
    next_block_at(moment)

    receipt = home.product.earnPremiums([insured], home.relayer.sends)

    earned = PREMIUM * min(seconds, YEAR) // YEAR
    assert receipt.return_value == earned
    assert home.policy(insured)["unearned"] == home.treasury.unearnedPremiumOf(home.product) == PREMIUM - earned
    assert home.treasury.totalAssets() == capital + earned
    event = receipt.events["PolicyPremiumEarned"]
    assert fields(event, "policyId", "unearned") == (insured, PREMIUM - earned)


def test_earn_premiums__in_two_steps__earn_as_much_as_in_one(home, insured):
    starts_at = home.policy(insured)["startsAt"]
    next_block_at(starts_at + 100 * DAY)
    home.product.earnPremiums([insured], home.relayer.sends)
    next_block_at(starts_at + 200 * DAY)

    receipt = home.product.earnPremiums([insured], home.relayer.sends)

    assert receipt.return_value == PREMIUM * 200 // 365 - PREMIUM * 100 // 365
    assert home.policy(insured)["unearned"] == PREMIUM - PREMIUM * 200 // 365


def test_earn_premiums__one_policy_twice__earns_once(home, insured):
    next_block_at(home.policy(insured)["startsAt"] + 100 * DAY)

    receipt = home.product.earnPremiums([insured, insured], home.relayer.sends)

    assert receipt.return_value == PREMIUM * 100 // 365
    assert home.balanced()


def test_earn_premiums__before_the_start__earns_nothing(home, holders):
    policy_id = home.sold(holders[0], starts_at=now() + 30 * DAY)
    travel_to(now() + 20 * DAY)

    receipt = home.product.earnPremiums([policy_id], home.relayer.sends)

    assert receipt.return_value == 0
    assert "PremiumEarned" not in receipt.events


def test_earn_premiums__several__add_up(home, holders, insured):
    home.sell(home.offer(holders[1], 1_000 * TUSD))
    travel_to(home.policy(insured + 1)["endsAt"])

    receipt = home.product.earnPremiums([insured, insured + 1], home.relayer.sends)

    assert receipt.return_value == receipt.events["PremiumEarned"]["earned"] == PREMIUM + 10 * TUSD
    assert home.balanced()


def test_earn_premiums__none_named__does_nothing(home, insured):
    assert home.product.earnPremiums([], home.relayer.sends).return_value == 0
    assert plain(home.books()[0]) == (lock_of(SUM), PREMIUM)


def test_earn_premiums__cancelled_policy__has_nothing_to_earn(home, holders, insured):
    home.cancel(home.cancellation(insured), holders[0])
    travel_to(now() + DAY)

    assert home.product.earnPremiums([insured], home.relayer.sends).return_value == 0


def test_earn_premiums__cancelled_before_the_start__has_nothing_to_earn(home, holders):
    policy_id = home.sold(holders[0], starts_at=now() + 30 * DAY)
    home.cancel(home.cancellation(policy_id), holders[0])

    assert home.product.earnPremiums([policy_id], home.relayer.sends).return_value == 0


def test_earn_premiums__no_such_policy__refuses(home, insured):
    with refused("PolicyUnknown", 99):
        home.product.earnPremiums.call([insured, 99], home.relayer.sends)
