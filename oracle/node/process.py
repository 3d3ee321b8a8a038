"""One node as a process: puts its parts together, takes its port, and serves until it is told to stop."""

import logging
import socket
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog
import uvicorn

from ledger.deployment import Deployment
from ledger.rpc import Rpc
from oracle.home import cache_folder, state_folder
from oracle.node.app import create_app
from oracle.node.chain import RpcChain
from oracle.node.faults import Fault, with_fault
from oracle.node.journal import SigningJournal
from oracle.node.node import Node, log
from oracle.node.pricer import FlightPricer
from oracle.node.signer import ReportSigner
from oracle.risk.flights.scorecard import load_scorecard
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import load_records
from oracle.sources.flight_status import FlightStatusSource
from oracle.sources.flight_status_api import BASE_URL, aeroapi_source

RPC_TIMEOUT_SECONDS = 10.0
DRAIN_SECONDS = 5


class SourceName(StrEnum):
    """Where a node looks."""

    ARCHIVE = "archive"
    AEROAPI = "aeroapi"


class PortBusy(Exception):
    """Somebody else listens there; the message says where and what to do."""


@dataclass(frozen=True)
class NodeConfig:
    """What a node is started with.

    Attributes:
        deployment, keystore, password_file, model: Files; the model may be the folder it was trained into.
        host, port: Where to listen; port 0 takes a free one.
        source, source_url: Where to look; the address is for `aeroapi` only.
        state: Where the journal is kept; None: in the state folder, under the signer's address.
        fault: For tests only.
    """

    deployment: Path
    keystore: Path
    password_file: Path
    model: Path
    host: str = "127.0.0.1"
    port: int = 0
    source: SourceName = SourceName.ARCHIVE
    source_url: str = BASE_URL
    state: Path | None = None
    fault: Fault | None = None


def run(config: NodeConfig) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        DeploymentInvalid, KeyUnusable, ModelInvalid, SourceMisconfigured, PortBusy, FaultsNotAllowed
    """
    listener = take_port(config.host, config.port)  # first: a busy port is told before the slow part
    try:
        signer = ReportSigner.from_keystore(config.keystore, config.password_file)
        node = build_node(config, signer)
        served = with_fault(node, signer, config.fault) if config.fault else node
        app = create_app(served, fault=config.fault)
        configure_logs()
        log.info("node.started", signer=signer.address, host=config.host, port=listener.getsockname()[1])
        settings = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=DRAIN_SECONDS
        )
        uvicorn.Server(settings).run(sockets=[listener])
    finally:
        listener.close()


def build_node(config: NodeConfig, signer: ReportSigner) -> Node:
    """An honest node from its files."""
    deployment = Deployment.load(config.deployment)
    scorecard = load_scorecard(config.model)
    records = load_records(cache_folder())
    archive = ArchiveSource(records)
    source: FlightStatusSource = archive
    if config.source is SourceName.AEROAPI:
        source = aeroapi_source(config.source_url)
    pricer = FlightPricer(records, archive, scorecard)
    folder = config.state or state_folder() / "nodes" / signer.address
    ledger = f"{deployment.chain_id}:{deployment.block_hash}"
    return Node(
        chain=RpcChain(Rpc(deployment.rpc_url, timeout_seconds=RPC_TIMEOUT_SECONDS), deployment),
        source=source,
        price=pricer.price,
        model_hash=pricer.model_hash,
        signer=signer,
        journal=SigningJournal(folder / "journal.sqlite", ledger),
    )


def take_port(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PortBusy
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortBusy(f"port {port} on {host} cannot be taken ({error.strerror}): give another with --port") from error
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
