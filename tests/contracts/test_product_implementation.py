"""The code products are cloned from: by itself it has no terms, sells nothing and holds nothing."""

import pytest
from brownie.exceptions import VirtualMachineError
from market import FLIGHT, MEASURED, event_id
from refusals import refused


@pytest.fixture
def implementation(house):
    return house.implementation


def test_bind__implementation__reverts(market, implementation, holders):
    arguments = market.bind_arguments(market.offer(holders[0]), product=implementation.address)

    with pytest.raises(VirtualMachineError):
        implementation.bind.call(*arguments, market.relayer.sends)


def test_report_events__implementation__reverts(market, implementation):
    arguments = market.report_arguments((FLIGHT, MEASURED, 45), product=implementation.address)

    with pytest.raises(VirtualMachineError):
        implementation.reportEvents.call(*arguments, market.relayer.sends)


def test_close_unreported__implementation__knows_no_event(market, implementation):
    with refused("EventUnknown", event_id(FLIGHT)):
        implementation.closeUnreported.call(event_id(FLIGHT), market.relayer.sends)


def test_suspend_sales__implementation__reverts_for_everyone(implementation, people):
    for someone in people.values():
        with pytest.raises(VirtualMachineError):
            implementation.suspendSales.call(True, someone.sends)
