"""`quittance up`, as an operator runs it: every worker works."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from scripts.processes import stop_database
from scripts.stack import stop
from tests.demo.conftest import ROOT, Home

PATIENCE_SECONDS = 60.0
AT_WORK = re.compile(r'^quittance_worker_at_work\{worker="([^"]+)"\} ([01])\.0$', re.MULTILINE)
WORKERS = {
    "audit", "claims", "claims-announced", "claims-due", "deadlines", "dispatcher", "evidence", "forgetting", "indexer",
    "notices", "password resets", "purge", "relayer", "sentinel", "service", "teller", "webhooks", "workflows",
}  # fmt: skip


@pytest.fixture
def left_running(home: Home) -> Iterator[int]:
    """The stack, started and left to itself: the port of its metrics."""
    port = free_port()
    command = [sys.executable, "-m", "scripts.cli", "up", "--port", "0", "--chain-port", "0"]
    command += ["--metrics-port", str(port)]
    try:
        done = subprocess.run(command, cwd=ROOT, env=home.environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        yield port
    finally:
        stop(home.folder / "up")
        stop_database(home.folder / "up" / "pgdata")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def operated(home: Home, words: str) -> subprocess.CompletedProcess[str]:
    """An operator's command beside the stack, told where it lives by the file it left."""
    line = f". {home.folder}/up/operator.env && {sys.executable} -m scripts.cli {words}"
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env=home.environment, capture_output=True, text=True, timeout=99
    )


def workers(port: int) -> dict[str, str]:
    """Which workers there are, and "1" for those at work; none while nobody answers."""
    try:
        return dict(AT_WORK.findall(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text))
    except httpx.HTTPError:
        return {}


def test_up__left_running__every_worker_is_at_work_and_commands_find_it(left_running: int, home: Home) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while set((found := workers(left_running)).values()) != {"1"} and time.monotonic() < deadline:
        time.sleep(0.5)

    assert found == dict.fromkeys(WORKERS, "1")

    added = operated(home, 'tenant add acme "Acme Mutual"')
    assert added.returncode == 0, added.stdout + added.stderr
    assert "acme" in added.stdout
