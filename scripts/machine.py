"""What can be seen of a machine before anything is installed. Standard library only; see scripts/doctor.py."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Machine:
    """What the doctor can see of a machine. Tests hand in another one.

    Args:
        root: The repository, or where the package is installed.
        is_checkout: Whether it is the repository.
        home: Where state is kept, QUITTANCE_HOME.
        database_url: An outside database, empty for the embedded one.
        python: Version of the Python that will be used.
        system: `platform.system()`.
        architecture: `platform.machine()`.
        which: Path of a program on PATH, or None.
        version_of: First line of what `program --version` says, or None if it does not run.
        has_module: Whether Python finds a module.
        free_bytes: Free space where a folder is or would be.
        writable: Whether files can be made in a folder, or it can be made.
        memory_bytes: Physical memory, 0 when unknown.
        installed: Package name -> version in .venv, or beside the installed package.
        required: Names of the packages the installed package asks for.
        port_free: Whether nobody listens on a port of this machine.
        browser: Path given by the variable CHROMIUM, empty when it is not set.
    """

    root: Path
    is_checkout: bool
    home: Path
    database_url: str
    python: tuple[int, int]
    system: str
    architecture: str
    which: Callable[[str], str | None]
    version_of: Callable[[str], str | None]
    has_module: Callable[[str], bool]
    free_bytes: Callable[[Path], int]
    writable: Callable[[Path], bool]
    memory_bytes: int
    installed: Callable[[], dict[str, str]]
    required: Callable[[], list[str]]
    port_free: Callable[[int], bool]
    browser: str = ""


def canonical_name(name: str) -> str:
    """A package name as indexes compare it: lower case, one hyphen."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _version_of(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else None


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0


def _installed(root: Path) -> dict[str, str]:
    folders = [str(path) for path in (root / ".venv").glob("lib/python*/site-packages")]
    if not folders and sys.prefix != sys.base_prefix:
        folders = sys.path
    return {canonical_name(found.metadata["Name"]): found.version for found in metadata.distributions(path=folders)}


def _port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def state_folder() -> Path:
    """Where state is kept: QUITTANCE_HOME, or .quittance in the repository, or where the command is run."""
    return Path(
        os.environ.get("QUITTANCE_HOME") or (ROOT if _is_checkout() else Path.cwd()) / ".quittance"
    ).expanduser()


def _is_checkout() -> bool:
    return (ROOT / "pyproject.toml").is_file()


def _required() -> list[str]:
    asked = [line for line in metadata.requires("quittance") or [] if "extra ==" not in line]
    return [canonical_name(re.split(r"[\s\[<>=!~;]", line)[0]) for line in asked]


def this_machine() -> Machine:
    """The machine this runs on."""
    return Machine(
        root=ROOT,
        is_checkout=_is_checkout(),
        home=state_folder(),
        database_url=os.environ.get("QUITTANCE_DATABASE_URL", ""),
        python=(sys.version_info[0], sys.version_info[1]),
        system=platform.system(),
        architecture=platform.machine(),
        which=shutil.which,
        version_of=_version_of,
        has_module=lambda name: find_spec(name) is not None,
        free_bytes=lambda folder: shutil.disk_usage(_existing(folder)).free,
        writable=lambda folder: os.access(_existing(folder), os.W_OK | os.X_OK) and _existing(folder).is_dir(),
        memory_bytes=_memory_bytes(),
        installed=lambda: _installed(ROOT),
        required=_required,
        port_free=_port_free,
        browser=os.environ.get("CHROMIUM", ""),
    )
