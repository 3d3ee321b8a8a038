"""A state folder of its own for each test of the demonstration; the trained model is shared."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from scripts.machine import state_folder
from scripts.processes import stop_database
from scripts.stack import stop

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Home:
    """A state folder and the environment that points at it."""

    folder: Path
    environment: dict[str, str]

    def left_running(self) -> list[psutil.Process]:
        """Processes whose command line names this folder."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            words = process.info["cmdline"] or []
            if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(self.folder) in word for word in words):
                found.append(process)
        return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "state"
    folder.mkdir()
    for shared in ("models", "cache"):
        source = state_folder() / shared
        source.mkdir(parents=True, exist_ok=True)
        (folder / shared).symlink_to(source)
    yield Home(folder, {**os.environ, "QUITTANCE_HOME": str(folder), "COLUMNS": "200"})
    stop(folder / "demo")
    stop_database(folder / "demo" / "pgdata")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])
