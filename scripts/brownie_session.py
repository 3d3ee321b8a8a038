"""Run a Brownie command in a home of its own: `python -m scripts.brownie_session [--rpc URL] run deploy`.

Brownie keeps its networks, accounts and compilers under the user's home and talks to one fixed port. Several runs
share a machine here, and a person may use Brownie for other projects, so each run gets a fresh home under
`.quittance/brownie/` with one network, `development`: anvil from node_modules on a port that is free now; and with
`--rpc URL` a second, `target`: the chain at that address. Standard library only, so that any Python runs it.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".quittance"
BROWNIE = ROOT / ".venv-brownie" / "bin" / "brownie"
ANVIL_FOLDER = ROOT / "node_modules" / "@foundry-rs" / f"anvil-{sys.platform}-amd64" / "bin"
COMPILERS = STATE / "solcx"
LAUNCHER = COMPILERS / "solc-v0.8.37"

BLOCK_GAS_LIMIT = 30_000_000
FIRST_BLOCK_AT = 1_378_771_200  # 2013-09-10 00:00 UTC: the chain's clock stands before the flights it insures

NETWORKS = """\
live: {live}
development:
  - name: Anvil
    id: development
    cmd: anvil --timestamp {first_block_at}
    host: http://127.0.0.1
    cmd_settings:
      port: {port}
      gas_limit: {gas_limit}
      accounts: 10
      base_fee: 0
"""


class BrownieNotReady(RuntimeError):
    """Something Brownie needs is not installed. The message says what and how to mend it."""


def require_setup() -> None:
    """Refuse to start on a half-installed machine.

    Raises:
        BrownieNotReady: The environment, the compiler launcher or anvil is missing.
    """
    for path, remedy in (
        (BROWNIE, "run `scripts/setup_brownie.sh`"),
        (LAUNCHER, "run `scripts/setup_brownie.sh`"),
        (ANVIL_FOLDER / "anvil", "run `npm ci`"),
        (ROOT / "node_modules" / "solc", "run `npm ci`"),
    ):
        if not path.exists():
            raise BrownieNotReady(f"{path.relative_to(ROOT)} is missing: {remedy} (or `make setup`) first")


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def target_network(rpc_url: str) -> str:
    """Brownie's description of the chain at this address, as JSON (which YAML is a superset of).

    Raises:
        OSError: Nobody answers there.
    """
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(rpc_url, question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:  # nosec B310  # the operator names the address
        chain_id = int(json.load(answer)["result"], 16)
    target = {"name": "Target", "id": "target", "host": rpc_url, "chainid": chain_id}
    return json.dumps([{"name": "Given by --rpc", "networks": [target]}])


@contextmanager
def brownie_environment(rpc_url: str | None = None) -> Iterator[dict[str, str]]:
    """Environment variables for one Brownie process; its home is removed afterwards."""
    live = target_network(rpc_url) if rpc_url else "[]"
    homes = STATE / "brownie"
    homes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="home-", dir=homes) as home:
        networks = NETWORKS.format(
            live=live, port=free_port(), first_block_at=FIRST_BLOCK_AT, gas_limit=BLOCK_GAS_LIMIT
        )
        folder = Path(home) / ".brownie"
        folder.mkdir()
        (folder / "network-config.yaml").write_text(networks, "utf-8")
        yield {
            **os.environ,
            "HOME": home,
            "PATH": os.pathsep.join((str(ANVIL_FOLDER), str(BROWNIE.parent), os.environ.get("PATH", ""))),
            "SOLCX_BINARY_PATH": str(COMPILERS),
        }


def compile_once(environment: Mapping[str, str]) -> int:
    """Compile what has changed. One run at a time, because all share `build/brownie`. Returns the exit code."""
    (ROOT / "build" / "brownie").mkdir(parents=True, exist_ok=True)
    with (ROOT / "build" / "brownie.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return run([str(BROWNIE), "compile"], environment)


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command from the repository's root and return its exit code."""
    return subprocess.run(command, cwd=ROOT, env=dict(environment), check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Run `brownie` with these arguments. Returns its exit code."""
    rpc_url = None
    if arguments[:1] == ["--rpc"] and len(arguments) > 1:
        rpc_url, arguments = arguments[1], arguments[2:]
    try:
        require_setup()
        with brownie_environment(rpc_url) as environment:
            return compile_once(environment) or run([str(BROWNIE), *arguments], environment)
    except BrownieNotReady as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as problem:
        sys.stderr.write(f"--rpc {rpc_url}: {problem}; is a chain running there?\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
