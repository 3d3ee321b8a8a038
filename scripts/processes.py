"""Processes that are started together, remembered on disk, and stopped by what was remembered.

Only what was started here is ever stopped: a record names process id and start time, so that a number the system
has given to somebody else since is left alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from ledger.atomic_file import write_atomically

STOP_SECONDS = 10.0
START_TIME_SLACK_SECONDS = 0.5


class ProcessFailed(RuntimeError):
    """A process ended when it should have gone on; the message has the last lines it wrote."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process as it was started; `created` in unix seconds as the system counts it."""

    name: str
    pid: int
    created: float
    command: list[str]

    def process(self) -> psutil.Process | None:
        """The process, if it is still this one."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < START_TIME_SLACK_SECONDS
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class ProcessFolder:
    """Starts processes with a log and a record each in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def log_file(self, name: str) -> Path:
        """Where a process writes."""
        return self._folder / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> ProcessRecord:
        """Start a process in a session of its own, so that Ctrl-C reaches only us, and remember it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.log_file(name).open("ab") as log:
            process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **(environment or {})},
            )  # fmt: skip
        record = ProcessRecord(name, process.pid, psutil.Process(process.pid).create_time(), list(command))
        write_atomically(self._folder / f"{name}.json", json.dumps(asdict(record)))
        return record

    def require_running(self, record: ProcessRecord) -> None:
        """Refuse to go on when a process has ended.

        Raises:
            ProcessFailed
        """
        if record.process() is None:
            tail = "\n".join(self.log_file(record.name).read_text("utf-8", "replace").splitlines()[-12:])
            raise ProcessFailed(f"{record.name} has ended. The last it wrote:\n{tail}")

    def records(self) -> list[ProcessRecord]:
        """Everything remembered, running or not; a record that cannot be read is passed over."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                found.append(ProcessRecord(**json.loads(path.read_text("utf-8"))))
            except (ValueError, TypeError):
                path.unlink(missing_ok=True)
        return found

    def running(self) -> list[ProcessRecord]:
        """What is remembered and still runs."""
        return [record for record in self.records() if record.process() is not None]

    def stop(self, record: ProcessRecord) -> None:
        """Ask a process and its children to end, and end them if they do not."""
        found = record.process()
        if found is not None:
            end_all([*found.children(recursive=True), found])
        (self._folder / f"{record.name}.json").unlink(missing_ok=True)

    def stop_all(self) -> list[str]:
        """Stop everything remembered, latest first; returns the names of what was running."""
        names = []
        for record in sorted(self.records(), key=lambda r: r.created, reverse=True):
            if record.process() is not None:
                names.append(record.name)
            self.stop(record)
        return names


def end_all(processes: Sequence[psutil.Process]) -> None:
    """Terminate, wait, then kill what is left."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, left = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in left:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def stop_database(folder: Path) -> None:
    """Stop an embedded PostgreSQL that a killed backend left running on its data folder."""
    try:
        pid = int((folder / "postmaster.pid").read_text("utf-8").split()[0])
        process = psutil.Process(pid)
        if not any(str(folder) in part for part in process.cmdline()):
            return
        process.send_signal(signal.SIGINT)
        process.wait(timeout=STOP_SECONDS)
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        return
    except psutil.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        time.sleep(0.2)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
