"""Where tests keep what no loss of power has to survive: in memory, where the machine has enough."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import psutil

MEMORY: Final = Path("/dev/shm")  # nosec B108  # tmpfs of Linux; every user's folder in it is made by mkdtemp
LEAST_BYTES: Final = 6 * 1024**3
"""Databases, chains and journals of a whole test run take about a third of it."""


def memory_folder(folder: Path = MEMORY) -> Path | None:
    """A folder in memory with room for a test run, None where there is none: then the disk does, more slowly."""
    try:
        free = min(shutil.disk_usage(folder).free, psutil.virtual_memory().available // 2)
        runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    except OSError:
        return None
    return folder if free >= LEAST_BYTES and runs_programs and os.access(folder, os.W_OK) else None
