"""How long a stranger waits: from a clean clone to the demonstration's verified end, installation included."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from scripts import ROOT
from scripts.figures.figure import Figure

LIMIT_SECONDS = 360.0
COMMAND = "quittance figures clone"
TAIL_LINES = 20


class CloneFailed(RuntimeError):
    """The clone or the demonstration failed; has the last lines of its output."""


def measure(*, full: bool = False) -> list[Figure]:
    """Clone what is committed, run `make demo`, and take the time. At full size with the default 2,000 policies."""
    policies = 2_000 if full else 200
    with tempfile.TemporaryDirectory(prefix="quittance-clone-") as folder:
        clone, report = Path(folder) / "quittance", Path(folder) / "report.json"
        _run(["git", "clone", "--quiet", str(ROOT), str(clone)], Path(folder))
        arguments = f"--exit --policies {policies} --report {report}"
        started = time.perf_counter()
        _run(["make", "demo", f"ARGS={arguments}"], clone)
        seconds = time.perf_counter() - started
        verified = json.loads(report.read_text("utf-8"))["verified"]
    note = f"{policies:,} policies; package managers may have packages in their caches"
    return [
        Figure("clean clone to the demonstration's end", round(seconds, 0), "s", LIMIT_SECONDS, "<=", COMMAND, note),
        Figure("discrepancies in its ledger", verified["discrepancies"], "discrepancies", 0, "==", COMMAND),
    ]


def _run(command: list[str], folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("QUITTANCE_HOME", "MAKEFLAGS")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-TAIL_LINES:])
        raise CloneFailed(f"`{' '.join(command)}` ended with {done.returncode}:\n{tail}")
