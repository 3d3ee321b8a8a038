"""The backend as `quittance backend run` runs it, but for one thing: it kills itself at a boundary it is told.

Run as a module it is that process; imported, it starts, kills and starts it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from backend.workflows.boundaries import watch
from scripts import ROOT
from scripts.anvil import free_port

DIE_AT: Final = "QUITTANCE_REHEARSAL_DIE_AT"
"""Names a file; whoever reaches the boundary written in it removes it and dies."""
PATIENCE_SECONDS: Final = 240.0


class NotUp(RuntimeError):
    """The backend did not come up; the text ends with what it wrote last."""


class MortalBackend:
    """A backend that can be killed and started again, however often."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._log = home / "backend.log"
        self._die_at = home / "die-at"
        self._environment = {**os.environ, **environment, DIE_AT: str(self._die_at)}
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; again, when it ended because the database was away.

        Raises:
            NotUp
        """
        command = [sys.executable, "-W", "ignore", "-m", "scripts.bridge_rehearsal.process", "backend", "run"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [*command, "--port", str(self._port)], cwd=ROOT, env=self._environment, stdout=log, stderr=log
                )
            while self._process.poll() is None and time.monotonic() < deadline:
                if self._answers():
                    return
                time.sleep(0.2)
            time.sleep(0.2)
        said = self._log.read_text("utf-8", "replace")[-2_000:]
        raise NotUp(f"the backend did not come up in {PATIENCE_SECONDS:.0f} s; the last it wrote:\n{said}")

    def kill(self) -> None:
        """kill -9."""
        self._die_at.unlink(missing_ok=True)
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def die_at(self, boundary: str, seconds: float) -> bool:
        """Have it die at a boundary. Returns whether it came there in time; if not, it lives on."""
        self._die_at.write_text(boundary)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return True
            time.sleep(0.02)
        self._die_at.unlink(missing_ok=True)
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self._port}/v1/health/live", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False


def _die_where_told() -> None:
    told = Path(os.environ[DIE_AT])

    def at(boundary: str) -> None:
        try:
            if told.read_text() == boundary:
                told.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
        except FileNotFoundError:
            return

    watch(at)


if __name__ == "__main__":
    from scripts.cli import app

    _die_where_told()
    app()
