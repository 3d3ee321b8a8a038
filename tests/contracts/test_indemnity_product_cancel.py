"""IndemnityProduct.cancel: what goes back, and who may end a policy."""

import pytest
from answers import fields, plain
from brownie import ContractWallet
from chain_clock import DAY, next_block_at, now, travel_to
from indemnity_market import SUM
from indemnity_terms import YEAR, lock_of
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain, values

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

PREMIUM = 50 * TUSD


def cancel_arguments(home, order, signer):
    signature = signer.sign(digest("Cancellation", order, home.domain)) if signer else b""
    return values("Cancellation", order), signature


def refuses(home, order, signer, *error, sender=None):
    with refused(*error):
        home.product.cancel.call(*cancel_arguments(home, order, signer), (sender or home.relayer).sends)


# What goes back


@pytest.mark.parametrize("days", [1, 100, 364])
def test_cancel__in_the_middle__returns_premium_for_the_rest(home, holders, insured, days):
    purse, starts_at = home.token.balanceOf(holders[0]), home.policy(insured)["startsAt"]
    order = home.cancellation(insured, validUntil=starts_at + YEAR)
    arguments = cancel_arguments(home, order, holders[0])
    next_block_at(starts_at + days * DAY)

    receipt = home.product.cancel(*arguments, home.relayer.sends)

    returned = PREMIUM * (365 - days) // 365
    assert receipt.return_value == receipt.events["PremiumReturned"]["amount"] == returned
    assert home.token.balanceOf(holders[0]) == purse + returned
    assert home.policy(insured)["endsAt"] == starts_at + days * DAY
    assert home.policy(insured)["unearned"] == home.treasury.unearnedPremiumOf(home.product) == 0
    assert home.treasury.bookedAssets() == home.treasury.heldAssets()


def test_cancel__policy__says_everything_in_its_event(home, holders, insured):
    order = home.cancellation(insured)
    arguments = cancel_arguments(home, order, holders[0])

    receipt = home.product.cancel(*arguments, home.relayer.sends)

    event = receipt.events["PolicyCancelled"]
    assert fields(event, "policyId", "endsAt", "premiumReturned") == (insured, receipt.timestamp, receipt.return_value)
    assert plain(event["order"]) == arguments[0]
    assert bytes(event["signature"]) == arguments[1]


def test_cancel__policy__stays_open_for_losses_until_now(home, claims, holders, insured):
    travel_to(now() + 10 * DAY)
    home.cancel(home.cancellation(insured), holders[0])
    ended_at = home.policy(insured)["endsAt"]
    assert home.product.exposureOf(insured) == lock_of(SUM)
    travel_to(now() + DAY)

    starts_at = home.policy(insured)["startsAt"]
    with refused("LossOutsideCover", insured, ended_at, starts_at, ended_at):
        claims.notify(insured, holders[0], occurredAt=ended_at)
    assert claims.notify(insured, holders[0], occurredAt=ended_at - 1)
    assert home.balanced()


def test_cancel__before_the_start__returns_all(home, holders):
    purse = home.token.balanceOf(holders[0])
    policy_id = home.sold(holders[0], starts_at=now() + 30 * DAY)

    home.cancel(home.cancellation(policy_id), holders[0])

    policy = home.policy(policy_id)
    assert home.token.balanceOf(holders[0]) == purse
    assert policy["endsAt"] == policy["startsAt"] > now()
    assert home.balanced()


def test_cancel__after_a_claim__returns_nothing(home, claims, holders, insured):
    claim = claims.notify(insured, holders[0])
    purse = home.token.balanceOf(holders[0])

    receipt = home.cancel(home.cancellation(insured), holders[0])

    assert receipt.return_value == 0
    assert "PremiumReturned" not in receipt.events
    assert home.token.balanceOf(holders[0]) == purse
    assert home.treasury.unearnedPremiumOf(home.product) == 0
    claims.report(claim)
    assert home.token.balanceOf(holders[0]) == purse + 450 * TUSD
    assert home.balanced()


def test_cancel__after_a_withdrawn_claim__returns_nothing(home, claims, holders, insured):
    home.desk.withdraw(claims.notify(insured, holders[0]), holders[0].sends)

    assert home.cancel(home.cancellation(insured), holders[0]).return_value == 0


def test_cancel__premium_earned_before__returns_the_rest_only(home, holders, insured):
    starts_at = home.policy(insured)["startsAt"]
    travel_to(starts_at + 100 * DAY)
    home.product.earnPremiums([insured], home.relayer.sends)
    capital = home.treasury.totalAssets()
    order = home.cancellation(insured, validUntil=starts_at + YEAR)
    next_block_at(starts_at + 200 * DAY)

    receipt = home.cancel(order, holders[0])

    assert receipt.return_value == PREMIUM * 165 // 365
    assert abs(home.treasury.totalAssets() - capital - PREMIUM * 100 // 365) <= 1
    assert home.balanced()


def test_cancel__sum_raised_before__returns_the_higher_premium(home, holders, insured):
    starts_at = home.policy(insured)["startsAt"]
    raised_at = starts_at + 100 * DAY
    home.endorse(home.endorsement(insured, sumInsured=2 * SUM, effectiveAt=raised_at), holders[0])
    travel_to(starts_at + 199 * DAY)
    order = home.cancellation(insured)
    next_block_at(starts_at + 200 * DAY)

    receipt = home.cancel(order, holders[0])

    assert receipt.return_value == 2 * PREMIUM * 165 // 365
    assert home.balanced()


def test_cancel__premium_that_cannot_be_delivered__is_held(home, holders, insured, people):
    home.token.setBlocked(holders[0], True, people["issuer"].sends)

    receipt = home.cancel(home.cancellation(insured), holders[0])

    assert home.treasury.heldPayoutOf(holders[0]) == receipt.return_value > 0
    assert home.balanced()


def test_cancel__beneficiary_named__holder_gets_the_premium(home, holders):
    policy_id = home.sold(holders[1], beneficiary=home.beneficiary)
    purse = home.token.balanceOf(holders[1])

    receipt = home.cancel(home.cancellation(policy_id), holders[1])

    assert home.token.balanceOf(holders[1]) == purse + receipt.return_value
    assert home.token.balanceOf(home.beneficiary) == 0


# Who may


def test_cancel__sent_by_the_holder__needs_no_signature(home, holders, insured):
    order = home.cancellation(insured)

    home.product.cancel(*cancel_arguments(home, order, None), holders[0].sends)

    assert home.policy(insured)["endsAt"] == now()


def test_cancel__sent_by_the_holder_with_a_bad_signature__refuses(home, holders, insured):
    refuses(home, home.cancellation(insured), holders[1], "AcceptanceInvalid", holders[0], sender=holders[0])


@pytest.mark.parametrize("signer", [None, "underwriter", "administrator", "beneficiary"])
def test_cancel__not_ordered_by_the_holder__refuses(home, holders, insured, signer):
    refuses(home, home.cancellation(insured), signer and person(signer), "AcceptanceInvalid", holders[0])


def test_cancel__signed_for_another_product__refuses(home, cautious, holders, insured):
    order = home.cancellation(insured)
    elsewhere = product_domain(cautious.product, home.domain["chainId"])
    signature = holders[0].sign(digest("Cancellation", order, elsewhere))

    with refused("AcceptanceInvalid", holders[0]):
        home.product.cancel.call(values("Cancellation", order), signature, home.relayer.sends)


def test_cancel__holder_is_a_contract__signs_by_erc1271_or_calls(home, people, accounts):
    owner = person("wallet owner")
    wallet = ContractWallet.deploy(owner, {"from": accounts[0]})
    home.token.mint(wallet, 1_000 * TUSD, people["issuer"].sends)
    wallet.execute(home.token, home.token.approve.encode_input(home.treasury, 2**255), owner.sends)
    offers = [home.offer(owner).change(holder=wallet.address, payer=wallet.address) for _ in range(2)]
    home.sell(*offers)
    last = home.product.policyCount()

    home.cancel(home.cancellation(last - 1), owner)
    order = values("Cancellation", home.cancellation(last))
    wallet.execute(home.product, home.product.cancel.encode_input(order, b""), owner.sends)

    assert home.policy(last - 1)["unearned"] == home.policy(last)["unearned"] == 0
    assert home.token.balanceOf(wallet) > 999 * TUSD


# Which policy, when


def test_cancel__no_such_policy__refuses(home, holders, insured):
    refuses(home, {**home.cancellation(insured), "policyId": 99}, holders[0], "PolicyUnknown", 99)


def test_cancel__policy_ended__refuses(home, holders, insured):
    ends_at = home.policy(insured)["endsAt"]
    order = home.cancellation(insured, validUntil=ends_at)
    travel_to(ends_at)

    refuses(home, order, holders[0], "PolicyEnded", insured, ends_at, ends_at)


def test_cancel__second_time__refuses(home, holders, insured):
    order = home.cancellation(insured)
    home.cancel(order, holders[0])

    refuses(home, order, holders[0], "PolicyEnded", insured, home.policy(insured)["endsAt"], now())


def test_cancel__second_time_before_the_start__refuses(home, holders):
    starts_at = now() + 30 * DAY
    policy_id = home.sold(holders[0], starts_at=starts_at)
    order = home.cancellation(policy_id)
    home.cancel(order, holders[0])

    refuses(home, order, holders[0], "PolicyEnded", policy_id, starts_at, now())


def test_cancel__order_from_before_an_endorsement__refuses(home, holders, insured):
    order = home.cancellation(insured)
    home.endorse(home.endorsement(insured, exclusions=1), holders[0])

    refuses(home, order, holders[0], "SequenceMismatch", insured, 0, 1)


def test_cancel__order_past_its_time__refuses(home, holders, insured):
    order = home.cancellation(insured, validUntil=now() - 1)

    refuses(home, order, holders[0], "OrderPastValidity", insured, now() - 1, now())
    refuses(home, order, None, "OrderPastValidity", insured, now() - 1, now(), sender=holders[0])


def test_cancel__treasury_paused__refuses(home, holders, insured):
    home.treasury.pause(DAY, home.guardian.sends)

    refuses(home, home.cancellation(insured), holders[0], "TreasuryPaused", home.treasury.pausedUntil())
