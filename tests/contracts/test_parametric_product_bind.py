"""ParametricProduct.bind: what a sale does, and which reports it takes."""

from dataclasses import replace

import pytest
from answers import fields, plain
from brownie import chain
from chain_clock import now, travel_to
from eth_utils import keccak
from flights import SECOND
from market import FLIGHT, FLIGHT_AT, TUSD, event_id, policy_id
from parties import person, signers
from refusals import refused
from typed_messages import digest, values

from scripts.brownie.deploy import open_product

SUM = 500 * TUSD


# A sale


def test_bind__right_offer__issues_the_policy(market, offer, holders):
    receipt = market.sell(offer)

    policy = policy_id(FLIGHT, 0)
    assert plain(receipt.return_value) == (policy,)
    assert market.product.ownerOf(policy) == holders[0].address
    stored = market.product.policy(policy)
    assert (stored["holder"], int(stored["sumInsured"])) == (holders[0].address, SUM)
    assert int(stored["premium"]) == 50 * TUSD == offer.quote["premium"]
    assert market.product.isApplicationUsed(offer.quote["applicationId"])
    assert not market.product.isSettled(policy)


def test_bind__right_offer__takes_the_premium_and_locks_exposure(market, house, offer, holders):
    purse, pool = house.token.balanceOf(holders[0]), house.treasury.heldAssets()

    market.sell(offer)

    assert purse - house.token.balanceOf(holders[0]) == offer.quote["premium"]
    assert house.treasury.heldAssets() - pool == offer.quote["premium"]
    assert house.treasury.exposureOf(market.product) == SUM
    event = market.product.insuredEvent(event_id(FLIGHT))
    assert fields(event, "policies", "settled", "exposure", "occursAt", "outcome") == (1, 0, SUM, FLIGHT_AT, 0)


def test_bind__right_offer__is_told_in_full(market, offer):
    arguments = market.bind_arguments(offer)

    receipt = market.product.bind(*arguments, market.relayer.sends)

    report, signatures, [(_, quote, underwriter_signature, acceptance, _)] = arguments
    bound, reported = receipt.events["PolicyBound"], receipt.events["RisksReported"]
    assert fields(bound, "policyId", "holder", "applicationId") == (policy_id(FLIGHT, 0), quote[1], quote[0])
    assert plain(bound["quote"]) == plain(quote)
    assert fields(bound, "underwriterSignature", "acceptance") == (underwriter_signature, acceptance)
    assert plain(reported["report"]) == plain(report)
    assert plain(reported["signatures"]) == plain(signatures)
    assert bytes(reported["digest"]) == digest(
        "RiskReport", market.risk_report([offer], **named(report)), market.domain
    )


def named(report):
    """The times of a report, to build the very same again."""
    return {"observedAt": report[3], "validUntil": report[4]}


def test_bind__several_offers__are_numbered_as_bound(market, holders):
    offers = [market.offer(holders[0]), market.offer(holders[1], text=SECOND), market.offer(holders[2])]

    receipt = market.sell(*offers)

    expected = (policy_id(FLIGHT, 0), policy_id(SECOND, 0), policy_id(FLIGHT, 1))
    assert plain(receipt.return_value) == expected
    assert [market.product.ownerOf(policy) for policy in expected] == [h.address for h in holders[:3]]
    assert receipt.events["ExposureLocked"]["premiums"] == sum(offer.quote["premium"] for offer in offers)
    assert receipt.events["ExposureLocked"]["exposure"] == 3 * SUM


def test_bind__one_report__serves_policies_bound_one_by_one(market, holders):
    offers = [market.offer(holders[0]), market.offer(holders[1])]
    report, signatures, bindings = market.bind_arguments(*offers)

    market.product.bind(report, signatures, bindings[:1], market.relayer.sends)
    market.product.bind(report, signatures, bindings[1:], market.relayer.sends)

    assert market.product.insuredEvent(event_id(FLIGHT))["policies"] == 2


def test_bind__one_of_a_batch_is_wrong__refuses_all(market, holders):
    good, bad = market.offer(holders[0]), market.offer(holders[1]).change(validUntil=1)
    arguments = market.bind_arguments(good, bad)

    with refused("QuoteExpired", 1, now()):
        market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__batch_with_one_empty_purse__binds_none(market, house, people, holders):
    poor, rich = market.offer(people["stranger"]), market.offer(holders[0])

    with refused("ERC20InsufficientAllowance", house.treasury, 0, poor.quote["premium"]):
        market.sell(rich, poor)

    assert not market.product.isApplicationUsed(rich.quote["applicationId"])
    assert house.treasury.totalExposure() == 0


def test_bind__fifty_at_once__binds_all(market, holders):
    offers = [market.offer(holders[i % 5], sum_insured=100 * TUSD) for i in range(50)]

    receipt = market.sell(*offers)

    assert len(receipt.return_value) == 50
    assert receipt.gas_used < 2**24


# The report


@pytest.mark.parametrize("chain_id", [1, 31338])
def test_bind__report_for_another_chain__refuses(market, offer, chain_id):
    with refused("ReportForOtherChain", chain_id, chain.id):
        market.product.bind.call(*market.bind_arguments(offer, chainId=chain_id), market.relayer.sends)


def test_bind__report_for_another_contract__refuses(market, offer, house):
    arguments = market.bind_arguments(offer, product=house.implementation.address)

    with refused("ReportForOtherContract", house.implementation, market.product):
        market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__report_expired__refuses(market, offer):
    arguments = market.bind_arguments(offer, validUntil=now() + 60)
    until = arguments[0][4]

    travel_to(until + 1)

    with refused("ReportExpired", until, until + 1):
        market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__report_in_its_last_second__is_taken(market, offer):
    arguments = market.bind_arguments(offer, validUntil=now() + 60)

    travel_to(arguments[0][4])

    assert market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__report_from_the_future__refuses(market, offer):
    arguments = market.bind_arguments(offer, observedAt=now() + 1)

    with refused("ReportFromFuture", arguments[0][3], now()):
        market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__report_on_nothing__refuses(market, offer):
    report, signatures = market.signed("RiskReport", market.risk_report([]))

    with refused("ReportSizeInvalid", 0):
        market.product.bind.call(report, signatures, [market.binding(offer, 0)], market.relayer.sends)


def test_bind__report_too_long__refuses(market, offer):
    report, signatures = market.signed("RiskReport", market.risk_report([offer] * 401))

    with refused("ReportSizeInvalid", 401):
        market.product.bind.call(report, signatures, [market.binding(offer, 0)], market.relayer.sends)


def test_bind__too_few_signatures__refuses(market, offer):
    report, signatures, bindings = market.bind_arguments(offer)

    with refused("TooFewSignatures", 2, 3):
        market.product.bind.call(report, signatures[:2], bindings, market.relayer.sends)


def test_bind__three_bad_signatures_of_four__refuses(market, offer, nodes):
    team = sorted((nodes[0], *signers(3, "liar")), key=lambda node: int(node.address, 16))
    report, signatures = market.signed("RiskReport", market.risk_report([offer]), team)
    first_liar = next(node for node in team if node not in nodes)

    with refused("SignerNotInSet", first_liar, 1):
        market.product.bind.call(report, signatures, [market.binding(offer, 0)], market.relayer.sends)


def test_bind__report_of_a_retired_set__refuses(market, house, offer, people):
    arguments = market.bind_arguments(offer)
    fresh = [node.address for node in signers(4, "successor")]
    receipt = house.quorum.rotateSigners(fresh, 1, 0, people["oracle governor"].sends)

    travel_to(receipt.timestamp + 1)

    with refused("SignerSetRetired", 1, receipt.timestamp):
        market.product.bind.call(*arguments, market.relayer.sends)


def test_bind__terms_ask_for_more_signatures_than_the_set__refuses(market, house, people, holders, terms):
    strict_terms = values("ParametricTerms", {**terms, "minSignatures": 4})
    strict = open_product(house, strict_terms, manager=people["product manager"].account)
    shop = replace(market, product=strict)
    offer = shop.offer(holders[0])

    with refused("TooFewSignatures", 3, 4):
        strict.bind.call(*shop.bind_arguments(offer), market.relayer.sends)


# Anyone may send it


def test_domain_separator__product__binds_chain_and_contract(market):
    kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    words = (kind, keccak(text="Quittance"), keccak(text="1"), chain.id.to_bytes(32))
    address = bytes.fromhex(market.product.address[2:]).rjust(32, b"\0")

    assert bytes(market.product.domainSeparator()) == keccak(b"".join(words) + address)


def test_bind__holder_without_ether__is_served_by_anyone(market, offer):
    market.sell(offer, sender=person("passer-by"))

    assert market.product.ownerOf(policy_id(FLIGHT, 0)) == offer.holder.address
