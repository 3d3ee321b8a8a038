"""One chain with hospital care on it, one store and one sealed reader; what a test does on the chain is undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.claims.book import ClaimsBook
from oracle.claims.build import StoreAddress, observing
from oracle.claims.chain import ClaimChain
from oracle.claims.keys import make_nullifier_keys
from oracle.claims.known import KnownEvidence
from oracle.claims.observe import LossObserver
from scripts.anvil import running_anvil
from tests.ledger.indemnity.claims_house import GENESIS
from tests.oracle.claims.evidence_server import KEY, StoreServer, serving
from tests.oracle.claims.hospital import Filed, HospitalHouse


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HospitalHouse]:
    with running_anvil(timestamp=GENESIS) as rpc:
        yield HospitalHouse(rpc, tmp_path_factory.mktemp("deployment"))


@pytest.fixture
def house(deployed: HospitalHouse) -> Iterator[HospitalHouse]:
    with deployed.undone():
        yield deployed


@pytest.fixture
def policy(house: HospitalHouse) -> int:
    """Ann's, 100 days old."""
    number = house.sell()
    house.later(100)
    return number


@pytest.fixture
def filed(house: HospitalHouse, policy: int, store: StoreServer) -> Filed:
    """An honest claim of hers, its dossier in the store."""
    return file_claim(house, policy, store)


@pytest.fixture
def book(house: HospitalHouse, tmp_path: Path) -> Iterator[ClaimsBook]:
    opened = ClaimsBook(tmp_path / "book", house.deployment)
    yield opened
    opened.close()


@pytest.fixture
def chain(house: HospitalHouse, book: ClaimsBook) -> ClaimChain:
    return ClaimChain(house.rpc, house.deployment, house.folder, book)


@pytest.fixture
def known(book: ClaimsBook) -> KnownEvidence:
    return KnownEvidence(book)


@pytest.fixture
def store() -> Iterator[StoreServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nodes' shared file."""
    path = tmp_path_factory.mktemp("keys") / "nullifier-keys.json"
    make_nullifier_keys(path)
    return path


@pytest.fixture
def observer(house: HospitalHouse, store: StoreServer, keys: Path, tmp_path: Path) -> Iterator[LossObserver]:
    with observing(
        house.rpc, house.path, tmp_path / "node", stores=stores(house, store, tmp_path), nullifier_keys=keys
    ) as made:
        yield made


def stores(house: HospitalHouse, store: StoreServer, folder: Path) -> dict[str, StoreAddress]:
    """The insurer's store, as a node is told of it."""
    key_file = folder / "store.key"
    key_file.write_text(KEY, "utf-8")
    key_file.chmod(0o600)
    return {house.product: StoreAddress(store.url, key_file)}


def file_claim(house: HospitalHouse, policy: int, store: StoreServer, *bills: bytes, **how: object) -> Filed:
    """A claim with these bills, or with one of its own, its dossier in the store."""
    dossier = house.dossier(*(bills or (house.bill(),)))
    made = house.notify(policy, dossier, **how)  # type: ignore[arg-type]  # as `notify` takes it
    store.put(made.claim_id, dossier)
    return made
