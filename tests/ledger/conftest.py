"""Two houses on chains of their own, played once for all tests of this room. No test may change them."""

from collections.abc import Iterator

import pytest

from ledger.rpc import Rpc
from scripts.anvil import running_anvil
from tests.ledger.busy_house import BusyHouse, play
from tests.ledger.story import GENESIS, Story, tell


@pytest.fixture(scope="session")
def story_rpc() -> Iterator[Rpc]:
    with running_anvil(timestamp=GENESIS) as chain:
        yield chain


@pytest.fixture(scope="session")
def story(story_rpc: Rpc) -> Story:
    return tell(story_rpc)


@pytest.fixture(scope="session")
def busy() -> Iterator[BusyHouse]:
    with running_anvil(timestamp=GENESIS) as chain:
        yield play(chain)
