"""ParametricProduct.closeUnreported: no quorum spoke in time."""

import pytest
from answers import fields
from chain_clock import travel_to
from flights import UNSOLD
from market import FLIGHT, FLIGHT_AT, MEASURED, NOT_REPORTED, TERMS, event_id
from parties import person
from refusals import refused

pytestmark = pytest.mark.usefixtures("flights_sold")


WINDOW_END = FLIGHT_AT + TERMS["reportWindowSeconds"]


def test_close_unreported__window_open__refuses(market, product):
    travel_to(WINDOW_END)

    with refused("ReportWindowOpen", event_id(FLIGHT), WINDOW_END, WINDOW_END):
        product.closeUnreported.call(event_id(FLIGHT), market.relayer.sends)


def test_close_unreported__window_past__closes_for_anyone(market, product):
    travel_to(WINDOW_END + 1)

    receipt = product.closeUnreported(event_id(FLIGHT), person("passer-by").sends)

    closed = fields(receipt.events["EventClosed"], "eventId", "outcome", "value", "shareBps")
    assert closed == (event_id(FLIGHT), NOT_REPORTED, 0, 0)


def test_close_unreported__event_unknown__refuses(market, product):
    with refused("EventUnknown", event_id(UNSOLD)):
        product.closeUnreported.call(event_id(UNSOLD), market.relayer.sends)


def test_close_unreported__reported_already__refuses(market, product):
    market.report((FLIGHT, MEASURED, 0))
    travel_to(WINDOW_END + 1)

    with refused("EventAlreadyClosed", event_id(FLIGHT), MEASURED):
        product.closeUnreported.call(event_id(FLIGHT), market.relayer.sends)


def test_close_unreported__twice__refuses(market, product):
    travel_to(WINDOW_END + 1)
    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)

    with refused("EventAlreadyClosed", event_id(FLIGHT), NOT_REPORTED):
        product.closeUnreported.call(event_id(FLIGHT), market.relayer.sends)


def test_report_events__after_the_window_but_before_it_is_closed__still_counts(market, product):
    travel_to(WINDOW_END + 1)

    market.report((FLIGHT, MEASURED, 500))

    assert product.insuredEvent(event_id(FLIGHT))["shareBps"] == 10_000


def test_report_events__event_closed_unreported__refuses(market, product):
    travel_to(WINDOW_END + 1)
    product.closeUnreported(event_id(FLIGHT), market.relayer.sends)

    arguments = market.report_arguments((FLIGHT, MEASURED, 500))
    with refused("EventAlreadyClosed", event_id(FLIGHT), NOT_REPORTED):
        product.reportEvents.call(*arguments, market.relayer.sends)
