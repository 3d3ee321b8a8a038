"""One chain and one database for all tests of claims; each takes policies of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.anvil import give_gas_money
from scripts.claims_rehearsal.stack import claims_stack
from tests.backend.claims.office import ADJUSTER, Office, make_office
from tests.backend.conftest import database_from_template

POLICIES, LARGE = 100, 7


@pytest.fixture(scope="package")
def office(template: str) -> Iterator[Office]:
    with claims_stack(policies=POLICIES, large=LARGE) as stack, database_from_template(template) as database:
        stack.rpc.call("evm_setIntervalMining", 0)
        stack.rpc.call("evm_setAutomine", True)
        give_gas_money(stack.rpc, ADJUSTER.address)
        yield make_office(database, stack, stack.insurer.folder)
