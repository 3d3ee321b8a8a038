"""Where a node keeps its state, and where what can be computed again."""

import os
from pathlib import Path


def state_folder() -> Path:
    """`QUITTANCE_HOME`, else `.quittance` in the working folder."""
    return Path(os.environ.get("QUITTANCE_HOME") or ".quittance").absolute()


def cache_folder() -> Path:
    """`QUITTANCE_CACHE`, else `cache` in the state folder. Nodes of one machine may share it; it can be deleted."""
    named = os.environ.get("QUITTANCE_CACHE")
    return Path(named).absolute() if named else state_folder() / "cache"
