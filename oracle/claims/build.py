"""Puts an observer together from files and addresses, and takes it apart again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from domain.hashing import checksum_address
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from oracle.claims.book import ClaimsBook
from oracle.claims.chain import ClaimChain
from oracle.claims.errors import ClaimUnfit
from oracle.claims.held import Held
from oracle.claims.in_hand import InHand
from oracle.claims.keys import load_nullifier_keys, read_store_key
from oracle.claims.known import KnownEvidence
from oracle.claims.observe import CATCH_UP_SECONDS, VALID_SECONDS, LossObserver
from oracle.claims.reading import KeptReader
from oracle.claims.store import EvidenceStore
from oracle.evidence.refusals import EvidenceUnread
from oracle.sources.errors import SourceMisconfigured


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where an insurer's evidence store is, and the file with the key it knows this node by."""

    url: str
    key_file: Path


@contextmanager
def observing(
    rpc: Rpc,
    deployment_file: Path,
    state: Path,
    *,
    stores: Mapping[str, StoreAddress],
    nullifier_keys: Path,
    valid_seconds: int = VALID_SECONDS,
) -> Iterator[LossObserver]:
    """One observer that reads earlier claims itself, as `observing_together`."""
    with observing_together(
        rpc, deployment_file, state,
        stores=stores, nullifier_keys=nullifier_keys, valid_seconds=valid_seconds,
        count=1, catch_up_seconds=CATCH_UP_SECONDS,
    ) as made:  # fmt: skip
        yield made[0]


@contextmanager
def observing_together(
    rpc: Rpc,
    deployment_file: Path,
    state: Path,
    *,
    stores: Mapping[str, StoreAddress],
    nullifier_keys: Path,
    valid_seconds: int,
    count: int,
    catch_up_seconds: float,
) -> Iterator[Sequence[LossObserver]]:
    """Observers for a `with` block, each with a reader of its own. The first is started and sealed, the others soon.

    Args:
        deployment_file: With its documents beside it.
        state: Folder for what is known of earlier claims.
        stores: By address of the product.
        catch_up_seconds: As `LossObserver`.
    Raises:
        DeploymentInvalid
        SecretUnsafe: A key file is missing, malformed, weak or readable by others.
        ClaimUnfit: `store_misnamed`, `no_desk`.
        EvidenceUnread: The reader cannot be started or sealed here.
    """
    deployment, keys = Deployment.load(deployment_file), load_nullifier_keys(nullifier_keys)
    with ExitStack() as stack:
        opened: dict[str, EvidenceStore] = {}
        for product, address in stores.items():
            opened[checksum_address(product)] = store = _store(address)
            stack.callback(store.close)
        book = ClaimsBook(state, deployment)
        stack.callback(book.close)
        chain, known = ClaimChain(rpc, deployment, deployment_file.parent, book), KnownEvidence(book)
        in_hand, held = InHand(), Held()
        readers = [KeptReader() for _ in range(count)]
        for each in readers:
            stack.callback(each.close)
        readers[0].start()
        stack.enter_context(_starting(readers[1:]))
        yield [
            LossObserver(
                chain, opened, keys, known, reader, in_hand, held,
                valid_seconds=valid_seconds, catch_up_seconds=catch_up_seconds,
            )
            for reader in readers
        ]  # fmt: skip


@contextmanager
def _starting(readers: Sequence[KeptReader]) -> Iterator[None]:
    """Started one after the other while the node works already: each takes most of a second."""
    stopped = Event()

    def start() -> None:
        for reader in readers:
            with suppress(EvidenceUnread):  # told by the first claim that needs it
                if not stopped.is_set():
                    reader.start()

    thread = Thread(target=start, name="readers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _store(address: StoreAddress) -> EvidenceStore:
    try:
        return EvidenceStore(address.url, read_store_key(address.key_file))
    except SourceMisconfigured as error:
        remedy = "Write it as in https://example.org/evidence"
        raise ClaimUnfit("store_misnamed", "store", address.url, "is no address", remedy) from error
