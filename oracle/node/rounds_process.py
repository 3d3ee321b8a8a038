"""Puts a node's part in the network together from its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from eth_account import Account

from ledger.deployment import Deployment
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import FeePolicy, Sender
from oracle.claims.build import StoreAddress, observing_together
from oracle.claims.observe import CATCH_UP_SECONDS
from oracle.claims.rules import field_rules
from oracle.network.chain import RoundChain
from oracle.network.claims import ObservedClaims
from oracle.network.config import NetworkConfig, load_config
from oracle.network.dry_run import DryRun
from oracle.network.engine import Engine
from oracle.network.event_book import EventBook
from oracle.network.event_sources import sources_for
from oracle.network.events import WatchedEvents
from oracle.network.gate import Gate
from oracle.network.hand_in import HandInWorker
from oracle.network.looking import Looking
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.overturned import OverturnedWatch
from oracle.network.service import NetworkService, Parts
from oracle.network.surroundings import NodeSurroundings, RoundSettings, steady_ms
from oracle.network.transport import Peers
from oracle.node.faults import kill_point
from oracle.node.signer import ReportSigner, open_keystore
from oracle.rounds.journal import RoundJournal
from oracle.rounds.rules import Timing
from oracle.rounds.steps import Seat

DEADLINE_MS = 240_000
"""A round may take so long, on a busy machine or with nodes that come back late; a report counts for longer."""
JOURNAL, MEMORY, TRANSACTIONS, EVENTS = "rounds.sqlite", "memory.sqlite", "transactions.sqlite", "events.sqlite"


def build_rounds(
    network: Path, deployment_file: Path, rpc: Rpc, signer: ReportSigner, folder: Path, closing: ExitStack
) -> NetworkService:
    """A service from its files, ready to be started; its parts close with `closing`.

    Raises:
        NetworkConfigInvalid, KeyUnusable, FaultsNotAllowed, ClaimError, EvidenceUnread
    """
    config, deployment = load_config(network), Deployment.load(deployment_file)
    claims = closing.enter_context(claims_of(config, deployment_file, rpc, folder))
    return build_service(config, deployment, rpc, signer, claims, folder, kill_point())


def build_dry_run(network: Path, deployment_file: Path, rpc: Rpc, folder: Path, closing: ExitStack) -> DryRun:
    """A dry run from its files, ready to be started.

    Raises:
        NetworkConfigInvalid, ClaimError, EvidenceUnread
    """
    config, deployment = load_config(network), Deployment.load(deployment_file)
    claims = closing.enter_context(claims_of(config, deployment_file, rpc, folder, dry=True))
    memory = Memory(folder / MEMORY, f"{deployment.chain_id}:{deployment.block_hash}")
    return DryRun(RoundChain(rpc, config.confirmations), claims, memory, Metrics(), config.poll_ms)


@contextmanager
def claims_of(
    config: NetworkConfig, deployment_file: Path, rpc: Rpc, folder: Path, *, dry: bool = False
) -> Iterator[ObservedClaims]:  # fmt: skip
    """What this node finds out about claims.

    Args:
        dry: One look at a time, which reads earlier claims itself: nobody waits for what it says.
    Raises:
        ClaimError, EvidenceUnread
    """
    stores = {product: StoreAddress(store.url, store.key_file) for product, store in config.stores.items()}
    with observing_together(
        rpc, deployment_file, folder,
        stores=stores, nullifier_keys=config.nullifier_keys, valid_seconds=config.valid_seconds,
        count=1 if dry else config.looks_at_once, catch_up_seconds=CATCH_UP_SECONDS if dry else 0.0,
    ) as observers:  # fmt: skip
        yield ObservedClaims(observers, holds_back=not dry)


def build_service(
    config: NetworkConfig,
    deployment: Deployment,
    rpc: Rpc,
    signer: ReportSigner,
    claims: ObservedClaims,
    folder: Path,
    kill_point: Callable[[str], None],
) -> NetworkService:
    """A service, ready to be started.

    Args:
        folder: Where journal and memory are kept; never shared by two nodes.
    Raises:
        KeyUnusable: The gas keystore cannot be used.
    """
    ledger = f"{deployment.chain_id}:{deployment.block_hash}"
    settings = RoundSettings(
        chain_id=deployment.chain_id,
        fields=field_rules(),
        valid_seconds=config.valid_seconds,
        hand_in_after_ms=config.hand_in_after_ms,
        poll_ms=config.poll_ms,
        timing=Timing(deadline_ms=DEADLINE_MS),
    )
    memory, metrics = Memory(folder / MEMORY, ledger), Metrics()
    journal = RoundJournal(folder / JOURNAL, ledger)
    peers = Peers({node: url for node, url in config.peers.items() if node != signer.address}, metrics)
    around = NodeSurroundings(signer.address, memory, metrics, settings, wake=lambda: hand_in.wake())
    hand_in = HandInWorker(
        memory, rpc, _sender(config, deployment.chain_id, rpc, folder), metrics,
        chain_time=around.chain_time, final_block=around.final_block, clock_ms=steady_ms,
    )  # fmt: skip
    engine = Engine(
        Seat(signer.address, signer.sign), journal, around, metrics,
        send=peers.send, clock_ms=steady_ms, kill_point=kill_point,
    )  # fmt: skip
    chain = RoundChain(rpc, config.confirmations)
    overturned = OverturnedWatch(rpc, deployment.contracts["ClaimsDesk"], deployment.block_number, memory)
    gate = Gate(config.peers)
    events = _events(config, rpc, folder, ledger)
    looking = Looking(config.looks_at_once, config.places, claims)
    parts = Parts(
        chain, claims, memory, metrics, peers, engine, hand_in, overturned, gate, journal.unfinished, looking, events
    )
    return NetworkService(signer.address, settings, around, parts)


def _sender(config: NetworkConfig, chain_id: int, rpc: Rpc, folder: Path) -> Sender | None:
    if config.gas_keystore is None or config.gas_password_file is None:
        return None
    account = Account.from_key(open_keystore(config.gas_keystore, config.gas_password_file))
    fees = FeePolicy(confirmations=config.confirmations)
    return Sender(rpc, account, SqliteJournal(folder / TRANSACTIONS), chain_id=chain_id, fees=fees)


def _events(config: NetworkConfig, rpc: Rpc, folder: Path, ledger: str) -> WatchedEvents | None:
    if not config.events:
        return None
    sources = {product: sources_for(configs) for product, configs in config.events.items()}
    return WatchedEvents(rpc, EventBook(folder / EVENTS, ledger), sources)
