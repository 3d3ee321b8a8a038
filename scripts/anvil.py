"""A local chain: starts Anvil on a free port and stops it again."""

from __future__ import annotations

import platform
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.rpc import Rpc, RpcUnavailable
from scripts import ROOT

BLOCK_GAS_LIMIT = 60_000_000
START_SECONDS = 30.0
STEADY_MINING = ("--block-time", "1", "--mixed-mining")
"""A block at once for each transaction, and one every second: without the second kind, transactions that find a block
full would wait until somebody sends another."""


class AnvilMissing(RuntimeError):
    """Anvil is not installed for this machine."""


class PortBusy(RuntimeError):
    """Somebody else listens on the port."""


def anvil_binary() -> Path:
    """Path of the Anvil binary npm installed.

    Raises:
        AnvilMissing
    """
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    path = ROOT / "node_modules" / "@foundry-rs" / f"anvil-{system}-{machine}" / "bin" / "anvil"
    if not path.exists():
        raise AnvilMissing(f"Anvil is not installed ({path.parent.parent.name} is missing): run `make setup`")
    return path


def free_port() -> int:
    """A port nobody listens on right now, on the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(port: int, option: str) -> None:
    """Refuse a port that is taken.

    Raises:
        PortBusy: Names the port and the option that chooses another.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortBusy(f"port {port} is busy: stop what listens there or choose another with {option}") from None


def anvil_command(port: int, *, timestamp: int | None = None, extra: Sequence[str] = ()) -> list[str]:
    """Command line of a chain. `timestamp` is the genesis time, unix seconds."""
    command = [str(anvil_binary()), "--port", str(port), "--silent", "--hardfork", "cancun", "--accounts", "1"]
    command += ["--gas-limit", str(BLOCK_GAS_LIMIT), "--block-base-fee-per-gas", "1000000000"]
    return command + ([] if timestamp is None else ["--timestamp", str(timestamp)]) + list(extra)


def wait_for_chain(rpc: Rpc, process: subprocess.Popen[bytes]) -> None:
    """Wait until the chain answers.

    Raises:
        RpcUnavailable: It ended, or did not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            rpc.chain_id()
            return
        except RpcUnavailable:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def running_anvil(*, timestamp: int | None = None, extra: Sequence[str] = ()) -> Iterator[Rpc]:
    """A chain for the length of a `with` block."""
    port = free_port()
    process = subprocess.Popen(anvil_command(port, timestamp=timestamp, extra=extra), stdout=subprocess.DEVNULL)
    rpc = Rpc(f"http://127.0.0.1:{port}")
    try:
        wait_for_chain(rpc, process)
        yield rpc
    finally:
        rpc.close()
        process.terminate()
        process.wait(timeout=10)


def give_gas_money(rpc: Rpc, address: str, ether: int = 1_000) -> None:
    """Set an account's ether on a development chain."""
    rpc.call("anvil_setBalance", address, hex(ether * 10**18))


def move_clock(rpc: Rpc, timestamp: int) -> None:
    """Mine a block at a time, unix seconds, which must lie after the latest block's."""
    rpc.call("evm_setNextBlockTimestamp", hex(timestamp))
    rpc.call("evm_mine")


def chain_time(rpc: Rpc) -> int:
    """Time of the latest block, unix seconds."""
    return int(rpc.block("latest")["timestamp"], 16)
