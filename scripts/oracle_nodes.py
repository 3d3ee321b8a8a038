"""Oracle nodes as processes of their own: keys, configuration, start, kill -9, start again with the same state."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil
import yaml
from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger.atomic_file import write_atomically
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from scripts.anvil import PortBusy, give_gas_money, require_free
from scripts.processes import ProcessFolder, ProcessRecord
from scripts.rehearsal import account

COMMAND: Final = (sys.executable, "-W", "ignore", "-m", "scripts.cli", "oracle", "run")
HEALTH_SECONDS: Final = 90.0
HTTP_SECONDS: Final = 5.0
KEY_WORK: Final = 4_096
"""Of the keystores; their keys guard nothing, and nodes start often here."""
SETTINGS: Final = {"confirmations": 1, "poll_ms": 250, "valid_seconds": 600}
PRIVATE: Final = 0o600
NULLIFIER_KEYS: Final = "nullifier-keys.json"
LOWEST_PORT, PORTS = 20_000, 12_000


class NodeFailed(RuntimeError):
    """A node did not do what the rehearsal needs; the message has its last words."""


@dataclass
class OracleNode:
    """One signer's node.

    Attributes:
        number: Its place among the signers.
        folder: Its keys, configuration and state; the state survives every restart.
        pids: Of every process it has had, the children that read evidence left out.
    """

    number: int
    signer: LocalAccount
    folder: Path
    port: int
    processes: ProcessFolder
    record: ProcessRecord | None = None
    environment: dict[str, str] = field(default_factory=dict)
    pids: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """In logs and records."""
        return f"node-{self.number}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        """What it remembers."""
        return self.folder / "state"

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.record is not None and self.record.process() is not None

    def start(self, *, kill_at: str | None = None) -> None:
        """Start it, or start it again.

        Args:
            kill_at: Label at which it kills itself, once.
        """
        faults = {} if kill_at is None else {"QUITTANCE_KILL_AT": kill_at, "QUITTANCE_ALLOW_FAULTS": "1"}
        command = [
            *COMMAND, "--deployment", str(self.folder / "deployment.json"), "--keystore", str(self.folder / "key.json"),
            "--password-file", str(self.folder / "key.password"), "--port", str(self.port), "--state", str(self.state),
            "--network", str(self.folder / "network.yaml"),
        ]  # fmt: skip
        self.record = self.processes.start(self.name, command, {**self.environment, **faults})
        self.pids.append(self.record.pid)

    def healthy(self) -> bool:
        """Whether it says that it is well."""
        try:
            answer = httpx.get(f"{self.url}/health", timeout=HTTP_SECONDS, trust_env=False)
            return answer.is_success and answer.json().get("status") == "ok"
        except (httpx.HTTPError, ValueError):
            return False

    def wait_healthy(self) -> None:
        """Raises:
        NodeFailed: It ended, or was not well in time.
        """
        deadline = time.monotonic() + HEALTH_SECONDS
        while not self.healthy():
            if not self.alive or time.monotonic() > deadline:
                raise NodeFailed(f"{self.name} is not healthy. The last it wrote:\n{self.last_words()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        found = None if self.record is None else self.record.process()
        if found is not None:
            found.send_signal(signal.SIGKILL)
            _wait_gone(found)

    def ask_to_stop(self) -> None:
        """As an operator would; does not wait."""
        found = None if self.record is None else self.record.process()
        if found is not None:
            with suppress(psutil.NoSuchProcess):
                found.terminate()

    def stop(self) -> None:
        """End it as an operator would, and wait until it is gone."""
        if self.record is not None:
            self.processes.stop(self.record)

    def get(self, path: str) -> httpx.Response:
        """What its API answers."""
        return httpx.get(f"{self.url}{path}", timeout=HTTP_SECONDS, trust_env=False)

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """What its API answers to a body in JSON."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=HTTP_SECONDS, trust_env=False)

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.processes.log_file(self.name).read_text("utf-8", "replace").splitlines()[-15:])


def _wait_gone(process: psutil.Process) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.01)


def make_nodes(
    signers: Sequence[LocalAccount], folder: Path, environments: Mapping[int, Mapping[str, str]] | None = None
) -> list[OracleNode]:
    """A node for each signer, with nothing in its folder yet.

    Args:
        environments: Of some nodes' processes, by number, on top of this process's own.
    """
    processes, given = ProcessFolder(folder / "processes"), environments or {}
    return [
        OracleNode(
            number, signer, folder / f"node-{number}", quiet_port(), processes,
            environment=dict(given.get(number, {})),
        )
        for number, signer in enumerate(signers)
    ]  # fmt: skip


def quiet_port() -> int:
    """A free port below those the system gives to connections: nobody takes it while its node is down."""
    while True:
        port = LOWEST_PORT + secrets.randbelow(PORTS)
        with suppress(PortBusy):
            require_free(port, "another run")
            return port


def equip(node: OracleNode, rpc: Rpc, deployment: Deployment, home: Path) -> None:
    """Keys, passwords, deployment, gas money. `home` holds the products' documents and the nodes' nullifier keys."""
    folder, payer = node.folder, account(f"gas of {node.name}")
    folder.mkdir(parents=True)
    give_gas_money(rpc, payer.address)
    seal_key(folder / "key.json", folder / "key.password", node.signer)
    seal_key(folder / "gas.json", folder / "gas.password", payer)
    shutil.copy2(home / NULLIFIER_KEYS, folder / NULLIFIER_KEYS)
    deployment.save(folder / "deployment.json")
    shutil.copytree(home / "documents", folder / "documents")


def seal_key(keystore: Path, password_file: Path, owner: LocalAccount) -> None:
    """A keystore V3 and its password beside it."""
    password = secrets.token_hex(32)
    encrypted = Account.encrypt(owner.key, password, kdf="pbkdf2", iterations=KEY_WORK)
    write_atomically(password_file, password, mode=PRIVATE)
    write_atomically(keystore, json.dumps(encrypted), mode=PRIVATE)


def write_network_file(
    node: OracleNode, nodes: Sequence[OracleNode], fields: Mapping[str, object], urls: Mapping[int, str] | None = None
) -> None:
    """`network.yaml` of one node.

    Args:
        fields: On top of peers, keys and `SETTINGS`, or in the place of some of these.
        urls: Where the others are found, by number; None: where they listen.
    """
    told = {
        "peers": {o.signer.address: o.url if urls is None else urls[o.number] for o in nodes if o is not node},
        "nullifier_keys": NULLIFIER_KEYS,
        "gas_keystore": "gas.json",
        "gas_password_file": "gas.password",
        **SETTINGS,
        **fields,
    }
    write_atomically(node.folder / "network.yaml", yaml.safe_dump(told, sort_keys=False))


@contextmanager
def running(nodes: Sequence[OracleNode], *, kill_at: Mapping[int, str] | None = None) -> Iterator[Sequence[OracleNode]]:
    """Nodes that are well, for the length of a `with` block.

    Args:
        kill_at: Labels at which some of them kill themselves, by number.
    Raises:
        NodeFailed
    """
    try:
        for node in nodes:
            node.start(kill_at=(kill_at or {}).get(node.number))
        for node in nodes:
            node.wait_healthy()
        yield nodes
    finally:
        for node in nodes:
            node.ask_to_stop()  # all first: each takes its time
        for node in nodes:
            node.stop()
        end_children(nodes)


def end_children(nodes: Sequence[OracleNode]) -> list[int]:
    """Ends what nodes left behind: processes of the sessions they began. Returns their ids; none are expected."""
    sessions = {pid for node in nodes for pid in node.pids}
    left = [process for process in psutil.process_iter() if _session(process) in sessions]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return [process.pid for process in left]


def _session(process: psutil.Process) -> int | None:
    """Of a process that runs."""
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return None
