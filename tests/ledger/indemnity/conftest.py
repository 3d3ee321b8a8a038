"""One chain with a network on it; what a test does there is undone."""

from collections.abc import Iterator

import pytest

from scripts.anvil import running_anvil
from tests.ledger.indemnity.claims_house import GENESIS, ClaimsHouse


@pytest.fixture(scope="session")
def claims_house() -> Iterator[ClaimsHouse]:
    with running_anvil(timestamp=GENESIS) as rpc:
        yield ClaimsHouse(rpc)
