"""The whole system on one machine: chain, contracts, four oracle nodes, database, backend and page.

Everything it keeps is in one folder, and everything it starts is remembered there, so that a stack that was
stopped in any way, even killed, is cleared away before the next one starts.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

from backend.access.operator_keys import add_operator_key
from backend.access.roles import Role
from domain.hashing import keccak256
from ledger.atomic_file import write_atomically
from ledger.bindings import AccessManager
from ledger.deployment import Deployment
from ledger.journal import SqliteJournal
from ledger.product_file import load_product
from ledger.rpc import Rpc, RpcUnavailable
from ledger.sender import Sender
from scripts import ROOT
from scripts.anvil import STEADY_MINING, anvil_command, free_port, give_gas_money, require_free
from scripts.deploy import LOG_WRITER, Deployer, Parties
from scripts.processes import ProcessFolder, ProcessRecord, stop_database
from scripts.stack_keys import Keys

NODE_COUNT = 4
READY_SECONDS = 120.0
NOTHING_LEFT_BYTES = 500 * 1024 * 1024


class StackFailed(RuntimeError):
    """The stack did not come up; says what did not and what to do."""


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How to start a stack.

    Args:
        home: Its folder; whatever is in it is removed.
        model: The delay model's file.
        genesis: First block's time, unix seconds.
        capital: Capital of the treasury, token units.
        port: Of page and API; 0 for any free one.
        chain_port: Of the chain; 0 for any free one.
        confirmations: Blocks after which the backend takes a transaction as final.
        extra_chain_arguments: For Anvil.
        metrics_port: Of the backend's /metrics; 0: none.
    """

    home: Path
    model: Path
    genesis: int
    capital: int
    port: int = 0
    chain_port: int = 0
    confirmations: int = 1
    extra_chain_arguments: tuple[str, ...] = STEADY_MINING
    metrics_port: int = 0


class Stack:
    """Starts and stops the system. Use `Stack.start`."""

    def __init__(self, options: StackOptions) -> None:
        self.options = options
        self.home = options.home
        self.processes = ProcessFolder(self.home / "run")
        self.keys = Keys(self.home / "keys")
        self.port = options.port or free_port()
        self.chain_port = options.chain_port or free_port()
        self.rpc = Rpc(f"http://127.0.0.1:{self.chain_port}")
        self.api = f"http://127.0.0.1:{self.port}"
        self.page = f"http://localhost:{self.port}"  # a passkey belongs to a name, never to an address
        self.node_ports = [free_port() for _ in range(NODE_COUNT)]
        self.deployment: Deployment | None = None
        self._administrator: Sender | None = None

    @property
    def deployment_file(self) -> Path:
        """Where the deployment is recorded."""
        return self.home / "deployment.json"

    @property
    def operator_file(self) -> Path:
        """What an operator's shell has to know, as exports: the database's address can hold its password."""
        return self.home / "operator.env"

    @property
    def administrator(self) -> Sender:
        """Sends for the insurer's administrator, who also issues the test tokens."""
        if self._administrator is None:
            raise StackFailed("the stack is not started")
        return self._administrator

    def start(self, say: Callable[[str], None]) -> None:
        """Clear the folder, start everything, and wait until all of it is ready.

        Args:
            say: Told each step in a few words.
        Raises:
            StackFailed, ProcessFailed, PortBusy, AnvilMissing
        """
        for port, option in ((self.options.port, "--port"), (self.options.chain_port, "--chain-port")):
            if port:
                require_free(port, option)
        clear(self.home)
        self._require_space()
        say("starting the chain")
        self._start_chain()
        say("deploying the contracts")
        self._deploy()
        say("starting four oracle nodes and the backend")
        nodes = [self.start_node(number) for number in range(NODE_COUNT)]
        backend = self.start_backend()
        say("waiting until all of them are ready")
        for number, node in enumerate(nodes):
            self._wait(node, f"http://127.0.0.1:{self.node_ports[number]}/health")
        self._wait(backend, f"{self.api}/health/ready")

    def stop(self) -> None:
        """Stop everything that runs, keep what is on disk."""
        self.rpc.close()
        stop(self.home)

    def start_node(self, number: int, *extra: str, environment: dict[str, str] | None = None) -> ProcessRecord:
        """Start (or start again) one oracle node."""
        name = f"node-{number}"
        paths = ["--deployment", str(self.deployment_file), "--model", str(self.options.model)]
        key = ["--keystore", str(self.keys.keystore(name)), "--password-file", str(self.keys.password(name))]
        address = ["--host", "127.0.0.1", "--port", str(self.node_ports[number])]
        command = [*quittance(), "oracle", "run", *paths, *key, *address, *extra]
        home = {"QUITTANCE_HOME": str(self.home / name), "QUITTANCE_CACHE": str(self.home.parent / "cache")}
        return self.processes.start(name, command, {**home, **(environment or {})})

    def start_backend(self) -> ProcessRecord:
        """Start (or start again) the backend with its database."""
        environment = self._operator_environment()
        lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items() if value]
        write_atomically(self.operator_file, "\n".join(lines) + "\n", mode=0o600)
        environment["QUITTANCE_METRICS_PORT"] = str(self.options.metrics_port)
        command = [*quittance(), "backend", "run", "--host", "127.0.0.1", "--port", str(self.port)]
        return self.processes.start("backend", command, environment)

    def _operator_environment(self) -> dict[str, str]:
        """Where everything is: for the backend, and for an operator's commands beside it. Names keys, holds none."""
        return {
            "QUITTANCE_HOME": str(self.home),
            "QUITTANCE_DATABASE_URL": os.environ.get("QUITTANCE_DATABASE_URL", ""),
            "QUITTANCE_DEPLOYMENT": str(self.deployment_file),
            "QUITTANCE_NODE_URLS": ",".join(f"http://127.0.0.1:{port}" for port in self.node_ports),
            "QUITTANCE_UNDERWRITER_KEYSTORE": str(self.keys.keystore("underwriter")),
            "QUITTANCE_UNDERWRITER_PASSWORD_FILE": str(self.keys.password("underwriter")),
            "QUITTANCE_RELAYER_KEYSTORE": str(self.keys.keystore("relayer")),
            "QUITTANCE_RELAYER_PASSWORD_FILE": str(self.keys.password("relayer")),
            "QUITTANCE_OPERATOR_KEY_FILE": str(self._operator_keys),
            "QUITTANCE_IDENTITY_KEY_FILE": str(self.home / "keys" / "identity.key"),
            "QUITTANCE_PUBLIC_ORIGIN": self.page,
            "QUITTANCE_VAULT_KEY_FILE": str(self.home / "keys" / "vault.key"),
            "QUITTANCE_AUDIT_KEY_FILE": str(self.home / "keys" / "audit.key"),
            "QUITTANCE_FRONTEND_DIR": str(ROOT / "frontend" / "dist"),
            "QUITTANCE_CONFIRMATIONS": str(self.options.confirmations),
        }

    @property
    def _operator_keys(self) -> Path:
        return self.home / "keys" / "operator-keys.json"

    @property
    def seller_key(self) -> str:
        """The API key of the till that sells policies. Only this account may read it."""
        return (self.home / "keys" / "seller.key").read_text("utf-8").strip()

    def _make_seller(self) -> None:
        """A machine of one insurer that may ask for quotes and hand acceptances in, and nothing else."""
        key = add_operator_key(
            self._operator_keys, tenant_id=uuid4(), roles=[Role.CUSTOMER_SERVICE],
            scopes=["quotes.make", "acceptances.make"],
        )  # fmt: skip
        write_atomically(self.home / "keys" / "seller.key", key, mode=0o600)

    def _start_chain(self) -> None:
        options = self.options
        command = anvil_command(self.chain_port, timestamp=options.genesis, extra=options.extra_chain_arguments)
        record = self.processes.start("chain", command)
        self._until(record, lambda: self.rpc.chain_id() > 0)

    def _deploy(self) -> None:
        administrator, relayer = self.keys.make("administrator"), self.keys.make("relayer")
        for account in (administrator, relayer):
            give_gas_money(self.rpc, account.address, 1_000_000)
        signers = [self.keys.make(f"node-{number}").address for number in range(NODE_COUNT)]
        parties = Parties(self.keys.make("underwriter").address, self.keys.make("guardian").address, signers)
        for name in ("vault.key", "audit.key", "identity.key"):
            write_atomically(self.home / "keys" / name, secrets.token_hex(32), mode=0o600)
        self._make_seller()
        journal = SqliteJournal(self.home / "administrator.sqlite")
        self._administrator = Sender(self.rpc, administrator, journal, chain_id=self.rpc.chain_id())
        deployer = Deployer(self.rpc, self._administrator)
        house = deployer.house(parties)
        deployer.capital(house, self.options.capital)
        writes_log = AccessManager.grant_role(LOG_WRITER, relayer.address, 0)
        deployer.run("role/log writer/relayer", house.contracts["PlatformManager"], writes_log.data)
        product = load_product(ROOT / "products" / "flight-delay.yaml")
        self.deployment = deployer.product(house, product, self.home)
        self.deployment.save(self.deployment_file)

    def _wait(self, record: ProcessRecord, url: str) -> None:
        self._until(record, lambda: httpx.get(url, timeout=5, trust_env=False).status_code == 200)

    def _until(self, record: ProcessRecord, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            self.processes.require_running(record)
            try:
                if ready():
                    return
            except (httpx.HTTPError, RpcUnavailable):
                pass  # not up yet
            if time.monotonic() > deadline:
                log = self.processes.log_file(record.name)
                raise StackFailed(f"{record.name} was not ready after {READY_SECONDS:.0f} s: see {log}")
            time.sleep(0.1)

    def _require_space(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < NOTHING_LEFT_BYTES:
            raise StackFailed(
                f"{self.home} has {free // 2**20} MiB free; the database needs {NOTHING_LEFT_BYTES // 2**20}: "
                "make room there, or set QUITTANCE_HOME to a folder on another disk"
            )


def quittance() -> list[str]:
    """Command line of this very installation."""
    return [sys.executable, "-m", "scripts.cli"]


def stop(home: Path) -> list[str]:
    """Stop what a stack in this folder left running; returns the names."""
    names = ProcessFolder(home / "run").stop_all()
    stop_database(home / "pgdata")
    return names


def clear(home: Path) -> None:
    """Stop what runs there and remove the folder's contents.

    Raises:
        StackFailed: The folder holds something a stack did not make.
    """
    marker = home / "run"
    if home.exists() and any(home.iterdir()) and not marker.is_dir():
        raise StackFailed(f"{home} holds other files: name an empty folder with QUITTANCE_HOME")
    stop(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        marker.mkdir(parents=True)
    except OSError as error:
        raise StackFailed(
            f"{home} cannot be written ({error.strerror}): set QUITTANCE_HOME to a folder that can"
        ) from error


def derived_key(seed: int, number: int) -> LocalAccount:
    """Key of a made-up policyholder of a demonstration: anybody can derive it, nothing is worth anything."""
    account: LocalAccount = Account.from_key(keccak256(f"quittance demo {seed} {number}".encode()))
    return account
