"""One node as a process: puts its parts together, takes its port, and serves until it is told to stop."""

import logging
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
import structlog
import uvicorn
from fastapi import FastAPI

from domain.errors import AddressInvalid
from domain.hashing import checksum_address
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from oracle.claims.build import StoreAddress, observing
from oracle.claims.keys import load_nullifier_keys
from oracle.home import cache_folder, state_folder
from oracle.network.config import load_config
from oracle.network.dry_run import DryRun
from oracle.network.service import NetworkService
from oracle.network.wanted import claim_id_of
from oracle.node.app import create_app
from oracle.node.chain import RpcChain
from oracle.node.check import TIMEOUT as CHECK_TIMEOUT
from oracle.node.check import Checked, Finding, check
from oracle.node.external_signer import external_signer
from oracle.node.faults import Fault, with_fault
from oracle.node.folder_lock import alone_in
from oracle.node.journal import SigningJournal
from oracle.node.node import Node, NodeLike, log
from oracle.node.pricer import FlightPricer
from oracle.node.rounds_process import build_dry_run, build_rounds
from oracle.node.signer import ReportSigner
from oracle.node.underwriting_process import build_underwriting
from oracle.risk.flights.scorecard import load_scorecard
from oracle.sources import http_deadline
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import load_records
from oracle.sources.flight_status import FlightStatusSource
from oracle.sources.flight_status_api import BASE_URL, aeroapi_source

RPC_TIMEOUT_SECONDS = 10.0
DRAIN_SECONDS = 5
MOST_CONNECTIONS = 256
"""At one time; further ones are answered with 503. Each may hold a body of a megabyte."""


class SourceName(StrEnum):
    """Where a node looks."""

    ARCHIVE = "archive"
    AEROAPI = "aeroapi"


class PortBusy(Exception):
    """Somebody else listens there; the message says where and what to do."""


@dataclass(frozen=True)
class NodeConfig:
    """What a node is started with. One of `model`, `network` and `underwrite` is given, or more.

    Attributes:
        deployment: Deployment file.
        keystore, password_file: The node's key; without them, or a signing service, it looks and signs nothing.
        model: File, or the folder the model was trained into; without it the node prices and reports no flights.
        network: Network file; without it the node takes no part in rounds.
        underwrite: Indemnity products and their lines, as in "hospital-care=health"; none: no applications are taken.
        signer_url, signer_address, signer_key_file: A signing service in the place of a keystore.
        host, port: Where to listen; port 0 takes a free one.
        source, source_url: Where to look for flights; the address is for `aeroapi` only.
        state: Where journals are kept; None: in the state folder, under the signer's address.
        fault: For tests only.
    """

    deployment: Path
    keystore: Path | None = None
    password_file: Path | None = None
    model: Path | None = None
    network: Path | None = None
    underwrite: tuple[str, ...] = ()
    signer_url: str | None = None
    signer_address: str | None = None
    signer_key_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    source: SourceName = SourceName.ARCHIVE
    source_url: str = BASE_URL
    state: Path | None = None
    fault: Fault | None = None


class NodeMisconfigured(Exception):
    """Options that do not go together; the message says which, and what to give."""


def run(config: NodeConfig) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        NodeMisconfigured, DeploymentInvalid, KeyUnusable, ModelInvalid, SourceMisconfigured, PortBusy,
        FaultsNotAllowed, FolderUnusable, NetworkConfigInvalid, ClaimError, EvidenceUnread,
        UnderwritingMisconfigured, TableInvalid
    """
    listener = take_port(config.host, config.port)  # first: a busy port is told before the slow part
    try:
        with ExitStack() as closing:
            app, signer = build_app(config, closing)
            log.info("node.started", signer=signer, host=config.host, port=listener.getsockname()[1])
            settings = uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=DRAIN_SECONDS,
                limit_concurrency=MOST_CONNECTIONS,
            )  # fmt: skip
            uvicorn.Server(settings).run(sockets=[listener])
    finally:
        listener.close()


def build_app(config: NodeConfig, closing: ExitStack) -> tuple[FastAPI, str]:
    """The node's HTTP side over its parts, and who signs; rounds are under way when it returns and end with `closing`.

    Raises:
        As `run`.
    """
    if config.model is None and config.network is None and not config.underwrite:
        raise NodeMisconfigured("none of --model, --network and --underwrite is given: give what to report on")
    signer = signer_of(config)
    deployment = Deployment.load(config.deployment)
    closing.enter_context(alone_in(folder_of(config, signer)))
    rpc = Rpc(deployment.rpc_url, timeout_seconds=RPC_TIMEOUT_SECONDS)
    closing.callback(rpc.close)
    network = build_network(config, rpc, signer, closing)
    served: NodeLike | None = None
    if config.model is not None:
        if signer is None:
            raise NodeMisconfigured("--model needs a key: give --keystore with --password-file, or a signing service")
        node = build_node(config, deployment, signer)
        served = with_fault(node, signer, config.fault) if config.fault else node
    underwriting = None
    if config.underwrite:
        if signer is None:
            raise NodeMisconfigured("--underwrite needs a key: give --keystore with --password-file, or a service")
        folder = folder_of(config, signer)
        underwriting = build_underwriting(config.underwrite, config.deployment, rpc, signer, folder, closing)
    configure_logs()
    if network is not None:
        network.start()
        closing.callback(network.stop)
    head = RpcChain(rpc, deployment).head
    app = create_app(served, network=network, underwriting=underwriting, head=head, fault=config.fault)
    return app, "none: dry run" if signer is None else signer.address


def build_network(
    config: NodeConfig, rpc: Rpc, signer: ReportSigner | None, closing: ExitStack
) -> NetworkService | DryRun | None:
    """The node's part in rounds, not under way yet; without a key it will only look."""
    if config.network is None:
        return None
    folder = folder_of(config, signer)
    if signer is None:
        return build_dry_run(config.network, config.deployment, rpc, folder, closing)
    return build_rounds(config.network, config.deployment, rpc, signer, folder, closing)


def signer_of(config: NodeConfig) -> ReportSigner | None:
    """Who signs here: a keystore's key or a signing service's; None: nobody, a dry run.

    Raises:
        NodeMisconfigured, KeyUnusable
    """
    if config.signer_url is not None:
        if config.signer_address is None or config.keystore is not None:
            raise NodeMisconfigured("--signer-url goes with --signer-address and without --keystore: give those")
        try:
            address = checksum_address(config.signer_address)
        except AddressInvalid as error:
            raise NodeMisconfigured(f"--signer-address: {error}") from error
        return external_signer(config.signer_url, address, config.signer_key_file)
    if config.signer_address is not None or config.signer_key_file is not None:
        detail = "--signer-address and --signer-key-file are of a signing service"
        raise NodeMisconfigured(f"{detail}: give its --signer-url too, or leave them out")
    if config.keystore is None and config.password_file is None:
        return None
    if config.keystore is None or config.password_file is None:
        raise NodeMisconfigured("--keystore and --password-file belong together: give both")
    return ReportSigner.from_keystore(config.keystore, config.password_file)


def build_node(config: NodeConfig, deployment: Deployment, signer: ReportSigner) -> Node:
    """An honest node that prices and reports flights, from its files."""
    assert config.model is not None
    scorecard = load_scorecard(config.model)
    records = load_records(cache_folder())
    archive = ArchiveSource(records)
    source: FlightStatusSource = archive
    if config.source is SourceName.AEROAPI:
        source = aeroapi_source(config.source_url)
    pricer = FlightPricer(records, archive, scorecard)
    ledger = f"{deployment.chain_id}:{deployment.block_hash}"
    return Node(
        chain=RpcChain(Rpc(deployment.rpc_url, timeout_seconds=RPC_TIMEOUT_SECONDS), deployment),
        source=source,
        price=pricer.price,
        model_hash=pricer.model_hash,
        signer=signer,
        journal=SigningJournal(folder_of(config, signer) / "journal.sqlite", ledger),
    )


def folder_of(config: NodeConfig, signer: ReportSigner | None) -> Path:
    """Where this node's journals are."""
    return config.state or state_folder() / "nodes" / ("dry-run" if signer is None else signer.address)


def check_node(config: NodeConfig) -> list[Finding]:
    """Whether a node started so could do its work.

    Raises:
        NodeMisconfigured, DeploymentInvalid, KeyUnusable, NetworkConfigInvalid
    """
    if config.network is None:
        raise NodeMisconfigured("--network is not given: name the network file")
    deployment, signer = Deployment.load(config.deployment), signer_of(config)
    network, folder = load_config(config.network), folder_of(config, signer)
    given = Checked(deployment, network, signer, folder, load_nullifier_keys, config.deployment.parent)
    with ExitStack() as closing:
        rpc = Rpc(deployment.rpc_url, timeout_seconds=RPC_TIMEOUT_SECONDS)
        closing.callback(rpc.close)
        transport = http_deadline.DeadlineTransport()
        client = closing.enter_context(httpx.Client(timeout=CHECK_TIMEOUT, transport=transport, trust_env=False))
        return list(check(given, rpc, client))


def look_at_claim(config: NodeConfig, claim: str) -> Mapping[str, object]:
    """What a node would say of a claim now.

    Raises:
        NodeMisconfigured, DeploymentInvalid, FolderUnusable, NetworkConfigInvalid, ClaimError, EvidenceUnread
    """
    claim_id = claim_id_of(claim)
    if claim_id is None:
        raise NodeMisconfigured(f"claim is {claim[:80]}: give its id, 0x and 64 hex digits")
    if config.network is None:
        raise NodeMisconfigured("--network is not given: name the network file")
    network, deployment = load_config(config.network), Deployment.load(config.deployment)
    with ExitStack() as closing:
        closing.enter_context(alone_in(folder_of(config, None)))
        rpc = Rpc(deployment.rpc_url, timeout_seconds=RPC_TIMEOUT_SECONDS)
        closing.callback(rpc.close)
        stores = {product: StoreAddress(store.url, store.key_file) for product, store in network.stores.items()}
        observer = closing.enter_context(
            observing(
                rpc, config.deployment, folder_of(config, None), stores=stores, nullifier_keys=network.nullifier_keys,
                valid_seconds=network.valid_seconds,
            )
        )  # fmt: skip
        return observer.observe(claim_id, observer.chain.newest(network.confirmations)).explained


def take_port(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PortBusy
    """
    # The protocol by name: asyncio sends an answer's parts at once (TCP_NODELAY) only where it reads TCP here.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        told = f"port {port} on {host} cannot be taken ({error.strerror})"
        raise PortBusy(f"{told}: give another with --port, or an IPv4 address of this machine with --host") from error
    return listener


def configure_logs() -> None:
    """JSON lines on standard error. httpx is silenced below warnings: it would log every request."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
