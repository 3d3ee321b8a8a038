"""The delay model for local use: trained once, then kept under the state folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from rich.console import Console

from scripts.stack import quittance


class TrainingFailed(RuntimeError):
    """The model could not be trained; has what the trainer said."""


def trained_model(base: Path, console: Console) -> Path:
    """The newest model in `base`/models, trained first if there is none.

    Raises:
        TrainingFailed
    """
    folder = base / "models"
    found = sorted(folder.glob("*.skops"), key=lambda path: path.stat().st_mtime)
    if found:
        return found[-1]
    with console.status("training the delay model on January to June (once)"):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "QUITTANCE_HOME": str(base)}
        command = [*quittance(), "oracle", "train", "--out", str(folder)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.skops"), key=lambda path: path.stat().st_mtime)
    if done.returncode != 0 or not found:
        raise TrainingFailed(f"the delay model could not be trained: {(done.stderr or done.stdout).strip()[-600:]}")
    return found[-1]
