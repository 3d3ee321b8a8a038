"""Chains for this room. The two houses are played once for all tests, so no test may change them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.bundle import export_bundle
from ledger.journal import SqliteJournal
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


@pytest.fixture(scope="session")
def mining_rpc() -> Iterator[Rpc]:
    """A chain that mines every transaction at once, for accounts of the test's own."""
    with running_anvil() as chain:
        yield chain


@pytest.fixture(scope="session")
def still_rpc() -> Iterator[Rpc]:
    """A chain that mines only when told to."""
    with running_anvil(extra=["--no-mining"]) as chain:
        yield chain


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    kept = SqliteJournal(tmp_path / "journal.sqlite")
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def exported(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story in one file."""
    path = tmp_path_factory.mktemp("bundle") / "bundle.json"
    export_bundle(story.rehearsal.rpc, story.rehearsal.deployment, story.documents, path)
    return path
