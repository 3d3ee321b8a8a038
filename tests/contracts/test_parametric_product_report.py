"""ParametricProduct.reportEvents and closeUnreported: how an event ends, once."""

import pytest
from answers import fields, plain
from brownie import chain
from chain_clock import DAY, HOUR, now, travel_to
from flights import SECOND, UNSOLD
from market import CANCELLED, DIVERTED, FLIGHT, FLIGHT_AT, MEASURED, NOT_REPORTED, OPEN, event_id
from parties import person, signers
from refusals import refused
from typed_messages import digest

pytestmark = pytest.mark.usefixtures("flights_sold")


def refused_report(market, arguments, *error):
    """Both ways of handing this report in must revert with this error."""
    with refused(*error):
        market.product.reportEvents.call(*arguments, market.relayer.sends)
    with refused(*error):
        market.product.reportAndSettle.call(*arguments, 400, market.relayer.sends)


# What a report does


def test_report_events__outcomes__close_events_with_their_shares(market, product):
    receipt = market.report((FLIGHT, MEASURED, 45), (SECOND, CANCELLED, 0))

    closed = [fields(event, "eventId", "outcome", "value", "shareBps") for event in receipt.events["EventClosed"]]
    assert closed == [(event_id(FLIGHT), MEASURED, 45, 2_000), (event_id(SECOND), CANCELLED, 0, 6_000)]
    stored = product.insuredEvent(event_id(FLIGHT))
    assert fields(stored, "policies", "settled", "outcome", "value", "shareBps") == (5, 0, MEASURED, 45, 2_000)


def test_report_events__diverted__gives_the_share_of_the_terms(market, product):
    receipt = market.report((FLIGHT, DIVERTED, 0))

    assert fields(receipt.events["EventClosed"], "outcome", "shareBps") == (DIVERTED, 8_000)


def test_report_events__event__carries_report_and_signatures(market, product):
    report = market.event_report((FLIGHT, MEASURED, -7))
    arguments = market.signed("EventReport", report)

    receipt = product.reportEvents(*arguments, market.relayer.sends)

    event = receipt.events["EventsReported"]
    assert bytes(event["digest"]) == digest("EventReport", report, market.domain)
    assert plain(event["report"]) == plain(arguments[0])
    assert plain(event["signatures"]) == plain(arguments[1])


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (-(2**31), 0),
        (-20, 0),
        (0, 0),
        (29, 0),
        (30, 2_000),
        (59, 2_000),
        (60, 5_000),
        (119, 5_000),
        (120, 10_000),
        (2**31 - 1, 10_000),
    ],
)
def test_report_events__value__gives_the_share_of_the_highest_threshold_reached(market, product, value, share):
    receipt = market.report((FLIGHT, MEASURED, value))

    assert fields(receipt.events["EventClosed"], "value", "shareBps") == (value, share)


def test_report_events__anyone_hands_it_in__counts(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45))

    product.reportEvents(*arguments, person("passer-by").sends)

    assert product.insuredEvent(event_id(FLIGHT))["outcome"] == MEASURED


def test_report_events__one_node_lies__the_others_decide(market, nodes, product):
    true, lie = market.event_report((FLIGHT, MEASURED, 45)), market.event_report((FLIGHT, MEASURED, 500))
    signatures = [node.sign(digest("EventReport", true, market.domain)) for node in nodes[1:]]
    lying = nodes[0].sign(digest("EventReport", lie, market.domain))
    report, _ = market.signed("EventReport", true)

    with refused("TooFewSignatures", 1, 3):
        product.reportEvents.call(market.signed("EventReport", lie)[0], [lying], market.relayer.sends)
    product.reportEvents(report, signatures, market.relayer.sends)

    assert product.insuredEvent(event_id(FLIGHT))["value"] == 45


# What it refuses


def test_report_events__same_report_again__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45))
    product.reportEvents(*arguments, market.relayer.sends)

    refused_report(market, arguments, "EventAlreadyClosed", event_id(FLIGHT), MEASURED)


def test_report_events__another_report_on_a_closed_event__refuses(market, product):
    market.report((FLIGHT, CANCELLED, 0))

    arguments = market.report_arguments((FLIGHT, MEASURED, 500))
    refused_report(market, arguments, "EventAlreadyClosed", event_id(FLIGHT), CANCELLED)


def test_report_events__event_twice_in_one_report__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), (FLIGHT, MEASURED, 500))

    refused_report(market, arguments, "EventAlreadyClosed", event_id(FLIGHT), MEASURED)


def test_report_events__event_nobody_insured__refuses(market, product):
    refused_report(market, market.report_arguments((UNSOLD, MEASURED, 45)), "EventUnknown", event_id(UNSOLD))


def test_report_events__one_of_many_events_unknown__closes_none(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), (UNSOLD, MEASURED, 45))

    with refused("EventUnknown", event_id(UNSOLD)):
        product.reportEvents(*arguments, market.relayer.sends)

    assert product.insuredEvent(event_id(FLIGHT))["outcome"] == OPEN


def test_report_events__observed_before_the_event__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), observedAt=FLIGHT_AT - 1)

    refused_report(market, arguments, "EventNotDue", event_id(FLIGHT), FLIGHT_AT, FLIGHT_AT - 1)


def test_report_events__observed_as_the_event_is_due__counts(market, product):
    market.report((FLIGHT, CANCELLED, 0), observedAt=FLIGHT_AT)

    assert product.insuredEvent(event_id(FLIGHT))["outcome"] == CANCELLED


@pytest.mark.parametrize(
    ("outcome", "value"), [(OPEN, 0), (OPEN, 45), (NOT_REPORTED, 0), (CANCELLED, 1), (DIVERTED, -1)]
)
def test_report_events__outcome_without_sense__refuses(market, product, outcome, value):
    arguments = market.report_arguments((FLIGHT, outcome, value))

    refused_report(market, arguments, "MeasurementInvalid", event_id(FLIGHT), outcome, value)


@pytest.mark.parametrize("chain_id", [1, 31338])
def test_report_events__for_another_chain__refuses(market, product, chain_id):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), chainId=chain_id)

    refused_report(market, arguments, "ReportForOtherChain", chain_id, chain.id)


def test_report_events__for_another_contract__refuses(market, product, house):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), product=house.implementation.address)

    refused_report(market, arguments, "ReportForOtherContract", house.implementation, product)


def test_report_events__signed_in_another_domain__refuses(market, product, house, nodes):
    report = market.event_report((FLIGHT, MEASURED, 45))
    elsewhere = digest("EventReport", report, {**market.domain, "verifyingContract": house.implementation.address})
    call, _ = market.signed("EventReport", report)

    with pytest.raises(Exception, match="SignerNotInSet"):
        product.reportEvents.call(call, [node.sign(elsewhere) for node in nodes[:3]], market.relayer.sends)


def test_report_events__expired__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), validUntil=now() - 1)

    refused_report(market, arguments, "ReportExpired", now() - 1, now())


def test_report_events__from_the_future__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), observedAt=now() + 1)

    refused_report(market, arguments, "ReportFromFuture", now() + 1, now())


@pytest.mark.parametrize("count", [0, 401])
def test_report_events__wrong_number_of_measurements__refuses(market, product, count):
    refused_report(market, market.report_arguments(*[(FLIGHT, MEASURED, 45)] * count), "ReportSizeInvalid", count)


def test_report_events__too_few_signatures__refuses(market, product):
    report, signatures = market.report_arguments((FLIGHT, MEASURED, 45))

    refused_report(market, (report, signatures[:2]), "TooFewSignatures", 2, 3)


def test_report_events__three_bad_signatures_of_four__refuses(market, product, nodes):
    team = sorted((nodes[0], *signers(3, "liar")), key=lambda node: int(node.address, 16))
    first_liar = next(node for node in team if node not in nodes)
    arguments = market.signed("EventReport", market.event_report((FLIGHT, MEASURED, 500)), team)

    refused_report(market, arguments, "SignerNotInSet", first_liar, 1)


def test_report_events__one_signature_three_times__refuses(market, product, nodes):
    arguments = market.signed("EventReport", market.event_report((FLIGHT, MEASURED, 500)), [nodes[0]] * 3)

    refused_report(market, arguments, "SignaturesNotAscending", nodes[0], nodes[0])


def test_report_events__unknown_signer_set__refuses(market, product):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), signerEpoch=2)

    refused_report(market, arguments, "SignerSetUnknown", 2)


# Rotation


def rotate(house, people, overlap_seconds):
    fresh = signers(4, "successor")
    addresses = [node.address for node in fresh]
    receipt = house.quorum.rotateSigners(addresses, 1, overlap_seconds, people["oracle governor"].sends)
    return fresh, receipt.timestamp + overlap_seconds


def test_report_events__both_sets_during_the_overlap__count(market, house, people, product):
    fresh, _ = rotate(house, people, DAY)
    travel_to(now() + HOUR)
    newer = market.event_report((SECOND, MEASURED, 45), signerEpoch=2)

    market.report((FLIGHT, MEASURED, 45))
    product.reportEvents(*market.signed("EventReport", newer, fresh[:3]), market.relayer.sends)

    outcomes = [product.insuredEvent(event_id(text))["outcome"] for text in (FLIGHT, SECOND)]
    assert outcomes == [MEASURED, MEASURED]


def test_report_events__set_retired__refuses(market, house, people, product):
    _, retired_at = rotate(house, people, HOUR)
    travel_to(retired_at)

    refused_report(market, market.report_arguments((FLIGHT, MEASURED, 45)), "SignerSetRetired", 1, retired_at)


def test_report_events__old_set_under_the_new_number__refuses(market, house, people, product, nodes):
    rotate(house, people, DAY)
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), signerEpoch=2)

    refused_report(market, arguments, "SignerNotInSet", nodes[0], 2)
