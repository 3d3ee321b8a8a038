"""ParametricProduct.bind: whom and what the papers speak of, and who must have signed them."""

from dataclasses import replace

import pytest
from brownie import ZERO_ADDRESS, ContractWallet
from chain_clock import DAY, HOUR, travel_to
from flights import SECOND
from market import FLIGHT, FLIGHT_AT, TUSD, event_id, policy_id
from parties import person
from refusals import refused
from typed_messages import digest

from scripts.brownie.deploy import ROLES

SUM = 500 * TUSD


# Which assessment


@pytest.mark.parametrize("count", [0, 101])
def test_bind__wrong_number_of_bindings__refuses(market, offer, count):
    report, signatures, bindings = market.bind_arguments(offer)

    with refused("BindingCountInvalid", count):
        market.product.bind.call(report, signatures, bindings * count, market.relayer.sends)


def test_bind__assessment_not_in_the_report__refuses(market, offer):
    report, signatures, _ = market.bind_arguments(offer)

    with refused("AssessmentMissing", 1, 1):
        market.product.bind.call(report, signatures, [market.binding(offer, 1)], market.relayer.sends)


def test_bind__quote_for_another_application__refuses(market, offer):
    application = offer.quote["applicationId"]

    market.refuses(offer.change(applicationId=application + 1), "ApplicationMismatch", application + 1, application)


def test_bind__quote_for_another_event__refuses(market, offer):
    error = ("EventMismatch", event_id(SECOND), event_id(FLIGHT))

    market.refuses(offer.change(insuredEvent=SECOND), *error)


def test_bind__quote_for_another_time__refuses(market, offer):
    market.refuses(offer.change(occursAt=FLIGHT_AT + 1), "OccursAtMismatch", FLIGHT_AT + 1, FLIGHT_AT)


def test_bind__event_known_at_another_time__refuses(market, offer, holders):
    market.sell(offer)
    later = market.offer(holders[1], occurs_at=FLIGHT_AT + 60)

    market.refuses(later, "OccursAtMismatch", FLIGHT_AT + 60, FLIGHT_AT)


def test_bind__application_bound_before__refuses(market, offer):
    market.sell(offer)

    market.refuses(offer, "ApplicationUsed", offer.quote["applicationId"])


def test_bind__application_twice_in_one_batch__refuses(market, offer):
    with refused("ApplicationUsed", offer.quote["applicationId"]):
        market.product.bind.call(*market.bind_arguments(offer, offer), market.relayer.sends)


@pytest.mark.parametrize("length", [0, 129])
def test_bind__event_text_of_wrong_length__refuses(market, holders, length):
    market.refuses(market.offer(holders[0], text="x" * length), "InsuredEventTextInvalid", length)


def test_bind__longest_event_text__is_allowed(market, holders):
    market.sell(market.offer(holders[0], text="x" * 128))

    assert market.product.ownerOf(policy_id("x" * 128, 0)) == holders[0].address


def test_bind__event_closed_already__refuses(market, offer, holders):
    market.sell(offer)
    travel_to(FLIGHT_AT + HOUR)
    market.report((FLIGHT, 1, 45))
    postponed = market.offer(holders[1], occurs_at=FLIGHT_AT + DAY)

    market.refuses(postponed, "EventAlreadyClosed", event_id(FLIGHT), 1)


# Who


def test_bind__holder_is_nobody__refuses(market, offer):
    market.refuses(offer.change(holder=ZERO_ADDRESS), "HolderInvalid", ZERO_ADDRESS)


def test_bind__holder_is_the_treasury__refuses(market, house, offer):
    market.refuses(offer.change(holder=house.treasury.address), "HolderInvalid", house.treasury)


def test_bind__holder_is_the_product__refuses(market, offer):
    market.refuses(offer.change(holder=market.product.address), "HolderInvalid", market.product)


def test_bind__quote_by_somebody_who_is_no_underwriter__refuses(market, offer, people):
    stranger = people["stranger"]
    forged = replace(offer, underwriter=stranger).change(underwriter=stranger.address)

    market.refuses(forged, "UnderwriterNotAuthorised", stranger)


def test_bind__underwriter_dismissed__refuses(market, house, offer, people):
    underwriter = people["underwriter"]
    house.authority.revokeRole(ROLES["UNDERWRITER"], underwriter, people["administrator"].sends)

    market.refuses(offer, "UnderwriterNotAuthorised", underwriter)


def test_bind__underwriter_may_act_only_with_a_delay__refuses(market, house, offer, people):
    slow = person("slow underwriter")
    house.authority.grantRole(ROLES["UNDERWRITER"], slow, DAY, people["administrator"].sends)

    market.refuses(replace(offer, underwriter=slow).change(underwriter=slow.address), "UnderwriterNotAuthorised", slow)


def test_bind__batch_by_two_underwriters__checks_each(market, house, holders, people):
    second = person("second underwriter")
    house.authority.grantRole(ROLES["UNDERWRITER"], second, 0, people["administrator"].sends)
    offers = [market.offer(holder) for holder in holders[:3]]
    offers[1] = replace(offers[1], underwriter=second).change(underwriter=second.address)

    market.sell(*offers)
    stranger = people["stranger"]
    forged = replace(market.offer(holders[0]), underwriter=stranger).change(underwriter=stranger.address)

    with refused("UnderwriterNotAuthorised", stranger):
        market.product.bind.call(*market.bind_arguments(market.offer(holders[0]), forged), market.relayer.sends)
    assert market.product.insuredEvent(event_id(FLIGHT))["policies"] == 3


def test_bind__underwriter_did_not_sign__refuses(market, offer, people):
    market.refuses(replace(offer, underwriter=people["stranger"]), "UnderwriterSignatureInvalid", people["underwriter"])


@pytest.mark.parametrize("change", [{"validUntil": FLIGHT_AT}, {"sumInsured": 1_000 * TUSD, "premium": 100 * TUSD}])
def test_bind__quote_changed_after_signing__refuses(market, offer, people, change):
    signature = people["underwriter"].sign(digest("Quote", offer.quote, market.domain))
    changed = replace(offer.change(**change), forged={"Quote": signature})

    market.refuses(changed, "UnderwriterSignatureInvalid", people["underwriter"])


@pytest.mark.parametrize("change", [{"validUntil": FLIGHT_AT}, {"sumInsured": 1_000 * TUSD, "premium": 100 * TUSD}])
def test_bind__quote_changed_after_acceptance__refuses(market, offer, holders, change):
    signature = holders[0].sign(digest("Acceptance", offer.quote, market.domain))
    changed = replace(offer.change(**change), forged={"Acceptance": signature})

    market.refuses(changed, "AcceptanceInvalid", holders[0])


def test_bind__quote_signed_for_another_product__refuses(market, house, offer, people):
    elsewhere = {**market.domain, "verifyingContract": house.implementation.address}
    signature = people["underwriter"].sign(digest("Quote", offer.quote, elsewhere))

    market.refuses(replace(offer, forged={"Quote": signature}), "UnderwriterSignatureInvalid", people["underwriter"])


def test_bind__acceptance_by_somebody_else__refuses(market, offer, holders):
    signature = holders[1].sign(digest("Acceptance", offer.quote, market.domain))

    market.refuses(replace(offer, forged={"Acceptance": signature}), "AcceptanceInvalid", holders[0])


def test_bind__holder_signed_the_quote_as_if_underwriting__is_no_acceptance(market, offer, holders):
    signature = holders[0].sign(digest("Quote", offer.quote, market.domain))

    market.refuses(replace(offer, forged={"Acceptance": signature}), "AcceptanceInvalid", holders[0])


def test_bind__no_acceptance_and_another_sender__refuses(market, offer, holders):
    market.refuses(replace(offer, accepted=False), "AcceptanceInvalid", holders[0])


def test_bind__holder_sends_it__needs_no_signature(market, offer, holders):
    market.sell(replace(offer, accepted=False), sender=holders[0])

    assert market.product.ownerOf(policy_id(FLIGHT, 0)) == holders[0].address


def test_bind__holder_is_a_contract__its_owner_accepts(market, house, people, holders, accounts):
    owner = holders[0]
    wallet = ContractWallet.deploy(owner, {"from": accounts[0]})
    house.token.mint(wallet, 100 * TUSD, people["issuer"].sends)
    allow = house.token.approve.encode_input(house.treasury, 100 * TUSD)
    wallet.execute(house.token, allow, owner.sends)

    market.sell(market.offer(owner).change(holder=wallet.address))

    assert market.product.ownerOf(policy_id(FLIGHT, 0)) == wallet
    assert house.token.balanceOf(wallet) == 50 * TUSD


def test_bind__holder_is_a_contract_whose_owner_did_not_sign__refuses(market, holders, accounts):
    wallet = ContractWallet.deploy(holders[1], {"from": accounts[0]})

    market.refuses(market.offer(holders[0]).change(holder=wallet.address), "AcceptanceInvalid", wallet)
