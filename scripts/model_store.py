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
    """The model in `base`/models, trained first if there is none.

    Raises:
        TrainingFailed
    """
    folder = base / "models"
    model = folder / "scorecard.json"
    if model.exists():
        return model
    with console.status("training the delay model on January to June (once)"):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "QUITTANCE_HOME": str(base)}
        command = [*quittance(), "oracle", "train", "--out", str(folder)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not model.exists():
        raise TrainingFailed(f"the delay model could not be trained: {(done.stderr or done.stdout).strip()[-600:]}")
    return model
