"""IndemnityProduct.endorse: whom it asks, and what it refuses."""

import pytest
from brownie import ContractWallet
from chain_clock import DAY, HOUR, now, travel_to
from indemnity_claims import claim_id
from indemnity_market import SUM
from indemnity_terms import EXCLUSION, LOADING, MEDIUM, YEAR, lock_of
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

HIGHER = 8_000 * TUSD


def refuses(home, order, holder, *error, **forged):
    with refused(*error):
        home.product.endorse.call(*home.endorse_arguments(order, holder, **forged), home.relayer.sends)


# Which policy, when


def test_endorse__no_such_policy__refuses(home, holders, insured):
    refuses(home, {**home.endorsement(insured), "policyId": 99}, holders[0], "PolicyUnknown", 99)


def test_endorse__policy_ended__refuses(home, holders, insured):
    ends_at = home.policy(insured)["endsAt"]
    order = home.endorsement(insured, effectiveAt=ends_at - 1)
    travel_to(ends_at)

    refuses(home, order, holders[0], "PolicyEnded", insured, ends_at, ends_at)


def test_endorse__policy_cancelled__refuses(home, holders, insured):
    order = home.endorsement(insured)
    home.cancel(home.cancellation(insured), holders[0])

    refuses(home, order, holders[0], "PolicyEnded", insured, home.policy(insured)["endsAt"], now())


def test_endorse__policy_cancelled_before_its_start__refuses(home, holders):
    policy_id = home.sold(holders[0], starts_at=now() + 30 * DAY)
    order = home.endorsement(policy_id)
    home.cancel(home.cancellation(policy_id), holders[0])

    refuses(home, order, holders[0], "PolicyEnded", policy_id, home.policy(policy_id)["endsAt"], now())


def test_endorse__same_order_again__refuses(home, holders, insured):
    order = home.endorsement(insured, sumInsured=HIGHER)
    home.endorse(order, holders[0])

    refuses(home, order, holders[0], "SequenceMismatch", insured, 0, 1)


def test_endorse__order_for_a_later_version__refuses(home, holders, insured):
    refuses(home, home.endorsement(insured, sequence=1), holders[0], "SequenceMismatch", insured, 1, 0)


def test_endorse__order_past_its_time__refuses(home, holders, insured):
    order = home.endorsement(insured, validUntil=now() - 1)

    refuses(home, order, holders[0], "OrderPastValidity", insured, now() - 1, now())


def test_endorse__order_in_its_last_second__is_taken(home, holders, insured):
    order = home.endorsement(insured, sumInsured=HIGHER, validUntil=now() + 60)
    arguments = home.endorse_arguments(order, holders[0])

    travel_to(order["validUntil"])

    home.product.endorse.call(*arguments, home.relayer.sends)


# From when


def test_endorse__effective_in_the_past__refuses(home, holders, insured):
    travel_to(now() + DAY)
    order = home.endorsement(insured, effectiveAt=now() - 1)

    refuses(home, order, holders[0], "EffectiveTimeInvalid", insured, now() - 1, now(), home.policy(insured)["endsAt"])


def test_endorse__effective_now__is_taken(home, holders, insured):
    order = home.endorsement(insured, effectiveAt=now() + 60)
    arguments = home.endorse_arguments(order, holders[0])

    travel_to(now() + 60)

    home.product.endorse.call(*arguments, home.relayer.sends)


def test_endorse__effective_before_the_start__refuses(home, holders):
    starts_at = now() + 30 * DAY
    policy_id = home.sold(holders[0], starts_at=starts_at)
    order = home.endorsement(policy_id, effectiveAt=starts_at - 1)

    refuses(home, order, holders[0], "EffectiveTimeInvalid", policy_id, starts_at - 1, starts_at, starts_at + YEAR)
    home.endorse(home.endorsement(policy_id, effectiveAt=starts_at), holders[0])


def test_endorse__effective_at_the_end__refuses(home, holders, insured):
    ends_at, earliest = home.policy(insured)["endsAt"], now()
    order = home.endorsement(insured, effectiveAt=ends_at)

    refuses(home, order, holders[0], "EffectiveTimeInvalid", insured, ends_at, earliest, ends_at)


def test_endorse__effective_before_the_change_before__refuses(home, holders, insured):
    ends_at, changed_at = home.policy(insured)["endsAt"], now() + 10 * DAY
    home.endorse(home.endorsement(insured, exclusions=1, effectiveAt=changed_at), holders[0])
    order = home.endorsement(insured, effectiveAt=changed_at - 1)

    refuses(home, order, holders[0], "EffectiveTimeInvalid", insured, changed_at - 1, changed_at, ends_at)
    home.endorse(home.endorsement(insured, effectiveAt=changed_at), holders[0])


def test_endorse__seventeenth_time__refuses(home, holders, insured):
    for i in range(16):
        home.endorse(home.endorsement(insured, exclusions=i), holders[0])

    refuses(home, home.endorsement(insured), holders[0], "EndorsementsExhausted", insured)


# How much


@pytest.mark.parametrize("sum_insured", [1_000 * TUSD - 1, 20_000 * TUSD + 1])
def test_endorse__sum_outside_the_terms__refuses(home, holders, insured, sum_insured):
    order = home.endorsement(insured, sumInsured=sum_insured)

    refuses(home, order, holders[0], "SumInsuredOutOfRange", sum_insured, 1_000 * TUSD, 20_000 * TUSD)


@pytest.mark.parametrize("change", [{"sumInsured": SUM + 1}, {"exclusions": 0b10}, {"exclusions": 0b1000}])
def test_endorse__more_cover_for_a_medium_risk__needs_a_report(home, holders, change):
    policy_id = home.sold(holders[0], score=7_000, measure=EXCLUSION, exclusions=0b11)

    refuses(home, home.endorsement(policy_id, **change), holders[0], "EndorsementNeedsReport", policy_id, MEDIUM)


def test_endorse__loaded_risk__may_be_excluded_more(home, holders):
    policy_id = home.sold(holders[0], score=7_000, measure=LOADING)

    home.endorse(home.endorsement(policy_id, exclusions=0b100), holders[0])

    assert home.policy(policy_id)["exclusions"] == 0b100


def test_endorse__sum_below_what_is_reserved__refuses(home, claims, holders, insured):
    claim = claims.notify(insured, holders[0], claimed=3_100 * TUSD)
    reserve = claims.claim(claim)["reserve"]
    assert (claim, reserve) == (claim_id(home.product, insured), 2_700 * TUSD)

    order = home.endorsement(insured, sumInsured=reserve - 1)
    refuses(home, order, holders[0], "SumInsuredInUse", insured, reserve - 1, reserve)
    home.endorse(home.endorsement(insured, sumInsured=reserve), holders[0])
    assert home.balanced()


@pytest.mark.parametrize(("sum_insured", "by"), [(HIGHER, -1), (HIGHER, 1), (2_000 * TUSD, 1), (2_000 * TUSD, -1)])
def test_endorse__price_a_unit_off__refuses(home, holders, insured, sum_insured, by):
    order = home.endorsement(insured, sumInsured=sum_insured)
    due = order["premiumChange"]

    refuses(home, {**order, "premiumChange": due + by}, holders[0], "PremiumChangeMismatch", insured, due + by, due)


def test_endorse__premium_for_no_change_of_the_sum__refuses(home, holders, insured):
    refuses(home, home.endorsement(insured, premiumChange=1), holders[0], "PremiumChangeMismatch", insured, 1, 0)


@pytest.mark.parametrize("bad", ["treasury", "product"])
def test_endorse__beneficiary_who_cannot_be_paid__refuses(home, holders, insured, bad):
    beneficiary = getattr(home, bad).address

    refuses(home, home.endorsement(insured, beneficiary=beneficiary), holders[0], "BeneficiaryInvalid", beneficiary)


def test_endorse__no_capital_for_it__refuses(home, holders, insured, people):
    treasurer = people["treasurer"]
    home.treasury.withdraw(home.treasury.maxWithdraw(treasurer), treasurer, treasurer, treasurer.sends)
    booked = home.treasury.bookedAssets()
    order = home.endorsement(insured, sumInsured=HIGHER)
    extra, unearned = order["premiumChange"], home.policy(insured)["unearned"]

    refuses(home, order, holders[0], "CapitalTooSmall", lock_of(HIGHER) + unearned + extra, booked + extra)


def test_endorse__treasury_paused__refuses(home, holders, insured):
    home.treasury.pause(HOUR, home.guardian.sends)

    order = home.endorsement(insured, sumInsured=HIGHER)
    refuses(home, order, holders[0], "TreasuryPaused", home.treasury.pausedUntil())


# Whom it asks


def test_endorse__underwriter_without_the_role__refuses(home, holders, insured):
    order = home.endorsement(insured, underwriter=person("stranger").address)

    refuses(home, order, holders[0], "UnderwriterNotAuthorised", person("stranger"))


def test_endorse__not_signed_by_the_underwriter__refuses(home, holders, insured):
    order = home.endorsement(insured, sumInsured=HIGHER)
    forged = holders[0].sign(digest("Endorsement", order, home.domain))

    refuses(home, order, holders[0], "UnderwriterSignatureInvalid", home.underwriter, underwriter=forged)


def test_endorse__not_signed_by_the_holder__refuses(home, holders, insured):
    order = home.endorsement(insured, sumInsured=HIGHER)

    refuses(home, order, holders[1], "AcceptanceInvalid", holders[0])
    refuses(home, order, holders[0], "AcceptanceInvalid", holders[0], acceptance=b"")


def test_endorse__sent_by_the_holder_without_signature__refuses(home, holders, insured):
    arguments = home.endorse_arguments(home.endorsement(insured), holders[0], acceptance=b"")

    with refused("AcceptanceInvalid", holders[0]):
        home.product.endorse.call(*arguments, holders[0].sends)


def test_endorse__signed_for_another_product__refuses(home, cautious, holders, insured):
    order = home.endorsement(insured)
    forged = holders[0].sign(digest("Endorsement", order, product_domain(cautious.product, home.domain["chainId"])))

    refuses(home, order, holders[0], "AcceptanceInvalid", holders[0], acceptance=forged)


def test_endorse__holder_is_a_contract__signs_by_erc1271(home, people, accounts):
    owner = person("wallet owner")
    wallet = ContractWallet.deploy(owner, {"from": accounts[0]})
    home.token.mint(wallet, 1_000 * TUSD, people["issuer"].sends)
    wallet.execute(home.token, home.token.approve.encode_input(home.treasury, 2**255), owner.sends)
    home.sell(home.offer(owner).change(holder=wallet.address, payer=wallet.address))
    policy_id = home.product.policyCount()
    order = home.endorsement(policy_id, sumInsured=HIGHER)

    refuses(home, order, person("stranger"), "AcceptanceInvalid", wallet)
    home.endorse(order, owner)
    assert home.policy(policy_id)["sumInsured"] == HIGHER


# What the report said the risk bears


def test_endorse__above_the_cap_of_the_report__refuses(home, holders):
    policy_id = home.sold(holders[0], cap=HIGHER)

    refuses(
        home, home.endorsement(policy_id, sumInsured=HIGHER + 1), holders[0], "SumInsuredAboveCap", policy_id,
        HIGHER + 1, HIGHER,
    )  # fmt: skip
    home.endorse(home.endorsement(policy_id, sumInsured=HIGHER), holders[0])

    assert home.policy(policy_id)["sumInsured"] == HIGHER
