"""ParametricProduct.bind: what is sold, at what price, to whom, and everything it refuses."""

from dataclasses import replace

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, ContractWallet, chain
from chain_clock import DAY, HOUR, now, travel_to
from eth_utils import keccak
from market import FLIGHT, FLIGHT_AT, TERMS, TUSD, event_id, policy_id, premium_due
from parties import person, signers
from refusals import refused
from typed_messages import digest, values

OTHER_FLIGHT = "flight/B6/725/JFK/BQN/2013-09-12T10:00Z"
SUM = 500 * TUSD


@pytest.fixture
def offer(market, holders):
    return market.offer(holders[0])


def refused_offer(market, offer, *error):
    """Binding this offer must revert with this error."""
    with refused(*error):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


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
    assert bytes(reported["digest"]) == digest("RiskReport", market.risk_report([offer], **named(report)), market.domain)


def named(report):
    """The times of a report, to build the very same again."""
    return {"observedAt": report[3], "validUntil": report[4]}


def test_bind__several_offers__are_numbered_as_bound(market, holders):
    offers = [market.offer(holders[0]), market.offer(holders[1], text=OTHER_FLIGHT), market.offer(holders[2])]

    receipt = market.sell(*offers)

    expected = (policy_id(FLIGHT, 0), policy_id(OTHER_FLIGHT, 0), policy_id(FLIGHT, 1))
    assert plain(receipt.return_value) == expected
    assert [market.product.ownerOf(policy) for policy in expected] == [h.address for h in holders[:3]]
    assert len(receipt.events["PremiumReceived"]) == 3
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
    from scripts.brownie.deploy import open_product

    strict = open_product(
        house,
        values("ParametricTerms", {**terms, "minSignatures": 4}),
        manager=people["product manager"].account,
        administrator=people["administrator"].account,
    )
    shop = replace(market, product=strict)
    offer = shop.offer(holders[0])

    with refused("TooFewSignatures", 3, 4):
        strict.bind.call(*shop.bind_arguments(offer), market.relayer.sends)


# Which assessment


@pytest.mark.parametrize("count", [0, 129])
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

    refused_offer(market, offer.change(applicationId=application + 1), "ApplicationMismatch", application + 1, application)


def test_bind__quote_for_another_event__refuses(market, offer):
    error = ("EventMismatch", event_id(OTHER_FLIGHT), event_id(FLIGHT))

    refused_offer(market, offer.change(insuredEvent=OTHER_FLIGHT), *error)


def test_bind__quote_for_another_time__refuses(market, offer):
    refused_offer(market, offer.change(occursAt=FLIGHT_AT + 1), "OccursAtMismatch", FLIGHT_AT + 1, FLIGHT_AT)


def test_bind__event_known_at_another_time__refuses(market, offer, holders):
    market.sell(offer)
    later = market.offer(holders[1], occurs_at=FLIGHT_AT + 60)

    refused_offer(market, later, "OccursAtMismatch", FLIGHT_AT + 60, FLIGHT_AT)


def test_bind__application_bound_before__refuses(market, offer):
    market.sell(offer)

    refused_offer(market, offer, "ApplicationUsed", offer.quote["applicationId"])


def test_bind__application_twice_in_one_batch__refuses(market, offer):
    with refused("ApplicationUsed", offer.quote["applicationId"]):
        market.product.bind.call(*market.bind_arguments(offer, offer), market.relayer.sends)


@pytest.mark.parametrize("length", [0, 129])
def test_bind__event_text_of_wrong_length__refuses(market, holders, length):
    refused_offer(market, market.offer(holders[0], text="x" * length), "InsuredEventTextInvalid", length)


def test_bind__longest_event_text__is_allowed(market, holders):
    market.sell(market.offer(holders[0], text="x" * 128))

    assert market.product.ownerOf(policy_id("x" * 128, 0)) == holders[0].address


def test_bind__event_closed_already__refuses(market, offer, holders):
    market.sell(offer)
    travel_to(FLIGHT_AT + HOUR)
    market.report((FLIGHT, 1, 45))
    postponed = market.offer(holders[1], occurs_at=FLIGHT_AT + DAY)

    refused_offer(market, postponed, "EventAlreadyClosed", event_id(FLIGHT), 1)


# Who


def test_bind__holder_is_nobody__refuses(market, offer):
    refused_offer(market, offer.change(holder=ZERO_ADDRESS), "HolderInvalid", ZERO_ADDRESS)


def test_bind__holder_is_the_treasury__refuses(market, house, offer):
    refused_offer(market, offer.change(holder=house.treasury.address), "HolderInvalid", house.treasury)


def test_bind__holder_is_the_product__refuses(market, offer):
    refused_offer(market, offer.change(holder=market.product.address), "HolderInvalid", market.product)


def test_bind__quote_by_somebody_who_is_no_underwriter__refuses(market, offer, people):
    stranger = people["stranger"]
    forged = replace(offer, underwriter=stranger).change(underwriter=stranger.address)

    refused_offer(market, forged, "UnderwriterNotAuthorised", stranger)


def test_bind__underwriter_dismissed__refuses(market, house, offer, people):
    underwriter = people["underwriter"]
    house.authority.revokeRole(2, underwriter, people["administrator"].sends)

    refused_offer(market, offer, "UnderwriterNotAuthorised", underwriter)


def test_bind__underwriter_did_not_sign__refuses(market, offer, people):
    refused_offer(market, replace(offer, underwriter=people["stranger"]), "UnderwriterSignatureInvalid", people["underwriter"])


@pytest.mark.parametrize("field", ["sumInsured", "premium", "validUntil"])
def test_bind__quote_changed_after_signing__refuses(market, offer, people, field):
    signature = people["underwriter"].sign(digest("Quote", offer.quote, market.domain))
    changed = replace(offer.change(**{field: offer.quote[field] + 1}), forged={"Quote": signature})

    refused_offer(market, changed, "UnderwriterSignatureInvalid", people["underwriter"])


def test_bind__quote_signed_for_another_product__refuses(market, house, offer, people):
    elsewhere = {**market.domain, "verifyingContract": house.implementation.address}
    signature = people["underwriter"].sign(digest("Quote", offer.quote, elsewhere))

    refused_offer(market, replace(offer, forged={"Quote": signature}), "UnderwriterSignatureInvalid", people["underwriter"])


def test_bind__acceptance_by_somebody_else__refuses(market, offer, holders):
    signature = holders[1].sign(digest("Acceptance", offer.quote, market.domain))

    refused_offer(market, replace(offer, forged={"Acceptance": signature}), "AcceptanceInvalid", holders[0])


def test_bind__holder_signed_the_quote_as_if_underwriting__is_no_acceptance(market, offer, holders):
    signature = holders[0].sign(digest("Quote", offer.quote, market.domain))

    refused_offer(market, replace(offer, forged={"Acceptance": signature}), "AcceptanceInvalid", holders[0])


def test_bind__no_acceptance_and_another_sender__refuses(market, offer, holders):
    refused_offer(market, replace(offer, accepted=False), "AcceptanceInvalid", holders[0])


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

    refused_offer(market, market.offer(holders[0]).change(holder=wallet.address), "AcceptanceInvalid", wallet)


# When


def test_bind__quote_expired__refuses(market, offer):
    refused_offer(market, offer.change(validUntil=now() - 1), "QuoteExpired", now() - 1, now())


def test_bind__quote_in_its_last_second__is_taken(market, offer):
    arguments = market.bind_arguments(offer.change(validUntil=now() + 60), validUntil=now() + HOUR)

    travel_to(arguments[2][0][1][7])

    assert market.product.bind.call(*arguments, market.relayer.sends)


@pytest.mark.parametrize("occurs_at", [TERMS["periodStart"] - 1, TERMS["periodEnd"] + 1])
def test_bind__event_outside_the_period__refuses(market, holders, occurs_at):
    error = ("EventOutsidePeriod", occurs_at, TERMS["periodStart"], TERMS["periodEnd"])

    refused_offer(market, market.offer(holders[0], occurs_at=occurs_at), *error)


def test_bind__before_sale_opens__refuses(market, holders):
    occurs_at = now() + 30 * DAY + 60
    error = ("SaleClosed", occurs_at, occurs_at - 30 * DAY, occurs_at - HOUR)

    refused_offer(market, market.offer(holders[0], occurs_at=occurs_at), *error)


def test_bind__after_sale_closes__refuses(market, holders):
    travel_to(FLIGHT_AT - HOUR + 1)

    refused_offer(market, market.offer(holders[0]), "SaleClosed", FLIGHT_AT, FLIGHT_AT - 30 * DAY, FLIGHT_AT - HOUR)


def test_bind__last_second_of_sale__is_taken(market, holders):
    travel_to(FLIGHT_AT - HOUR)
    arguments = market.bind_arguments(market.offer(holders[0]))

    assert market.product.bind.call(*arguments, market.relayer.sends)


# How much


@pytest.mark.parametrize("sum_insured", [TERMS["minSumInsured"] - 1, TERMS["maxSumInsured"] + 1])
def test_bind__sum_outside_the_terms__refuses(market, holders, sum_insured):
    error = ("SumInsuredOutOfRange", sum_insured, TERMS["minSumInsured"], TERMS["maxSumInsured"])

    refused_offer(market, market.offer(holders[0], sum_insured=sum_insured), *error)


def test_bind__sum_above_what_the_oracle_allows__refuses(market, offer):
    error = ("SumInsuredOutOfRange", SUM, TERMS["minSumInsured"], SUM - 1)

    refused_offer(market, offer.assess(sumInsuredCap=SUM - 1), *error)


@pytest.mark.parametrize("sum_insured", [TERMS["minSumInsured"], TERMS["maxSumInsured"]])
def test_bind__sum_at_its_bounds__is_insured(market, holders, sum_insured):
    market.sell(market.offer(holders[0], sum_insured=sum_insured))

    assert market.product.policy(policy_id(FLIGHT, 0))["sumInsured"] == sum_insured


def test_bind__too_much_on_one_event__refuses(market, holders):
    most = TERMS["maxEventExposure"]
    market.sell(*(market.offer(holders[i % 5], sum_insured=1_000 * TUSD) for i in range(20)))

    error = ("EventExposureTooLarge", event_id(FLIGHT), most + 50 * TUSD, most)
    refused_offer(market, market.offer(holders[0], sum_insured=50 * TUSD), *error)


def test_bind__more_than_the_capital_carries__refuses(market, house, people, holders):
    treasurer = people["treasurer"]
    house.treasury.withdraw(99_900 * TUSD, treasurer, treasurer, treasurer.sends)
    premium = premium_due(SUM, 80_000_000)

    refused_offer(market, market.offer(holders[0]), "CapitalTooSmall", SUM, 100 * TUSD + premium)


@pytest.mark.parametrize("difference", [-1, 1])
def test_bind__premium_not_as_priced__refuses(market, offer, difference):
    wrong = 50 * TUSD + difference

    refused_offer(market, offer.change(premium=wrong), "PremiumNotAsPriced", wrong, 50 * TUSD)


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

    refused_offer(market, offer.change(premium=due + 1), "PremiumNotAsPriced", due + 1, due)
    assert market.product.bind.call(*market.bind_arguments(offer.change(premium=due)), market.relayer.sends)


def test_bind__premium_reaches_the_sum__refuses(market, holders):
    offer = market.offer(holders[0], expected_share_ppb=800_000_000)

    refused_offer(market, offer, "PremiumTooHigh", SUM, SUM)


def test_bind__largest_numbers_of_their_types__do_not_overflow(market, holders):
    offer = market.offer(holders[0], expected_share_ppb=2**32 - 1).assess(sumInsuredCap=2**96 - 1)

    refused_offer(market, offer, "PremiumTooHigh", premium_due(SUM, 2**32 - 1), SUM)


# Suspended


def test_bind__sale_suspended__refuses(market, offer, people):
    market.product.suspendSales(True, people["guardian"].sends)

    refused_offer(market, offer, "SaleSuspended")


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


def test_domain_separator__product__binds_chain_and_contract(market):
    kind = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    words = (kind, keccak(text="Quittance"), keccak(text="1"), chain.id.to_bytes(32))
    address = bytes.fromhex(market.product.address[2:]).rjust(32, b"\0")

    assert bytes(market.product.domainSeparator()) == keccak(b"".join(words) + address)


def test_bind__holder_without_ether__is_served_by_anyone(market, offer):
    market.sell(offer, sender=person("passer-by"))

    assert market.product.ownerOf(policy_id(FLIGHT, 0)) == offer.holder.address
