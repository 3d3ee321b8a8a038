"""A copy of the contracts and their forge tests to try things on, with the same tools, that is gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts import ROOT
from scripts.steps import forge_binary

LINKED: Final = ("node_modules", "tools")
PROOF_TOOLS: Final = ROOT / ".venv-proof" / "bin"
_IMPORT: Final = re.compile(r"from\s+\"(\.[^\"]+)\"")
PROOF_LOCK: Final = ROOT / "requirements" / "proof.txt"


class ProofToolsMissing(RuntimeError):
    """slither and halmos are not installed, or not as locked. Says what to do."""

    def __init__(self) -> None:
        super().__init__("slither and halmos are not installed as locked: run `make proof-tools`")


def require_proof_tools() -> None:
    """Raises: ProofToolsMissing"""
    stamp = PROOF_TOOLS.parent / ".installed-from"
    if not stamp.exists() or stamp.read_bytes() != PROOF_LOCK.read_bytes():
        raise ProofToolsMissing


@contextmanager
def copied_tree(names: Sequence[str]) -> Iterator[Path]:
    """These folders of the repository in a folder of their own, ready for forge."""
    with tempfile.TemporaryDirectory(prefix="quittance-forge-") as folder:
        tree = Path(folder)
        for name in names:
            shutil.copytree(ROOT / name, tree / name)
        for name in LINKED:
            (tree / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "foundry.toml", tree)
        yield tree


def closure(files: Iterable[str], root: Path = ROOT) -> set[str]:
    """These files and all of our own that they import, directly or not."""
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for path in _IMPORT.findall((root / file).read_text("utf-8")):
            waiting.append((root / file).parent.joinpath(path).resolve().relative_to(root.resolve()).as_posix())
    return found


@contextmanager
def tree_for(tests: Iterable[str]) -> Iterator[Path]:
    """A tree with these tests and what they need, and nothing else to compile."""
    needed = closure(tests)
    with copied_tree(()) as tree:
        for file in needed:
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, tree / file)
        yield tree


def run_in(
    tree: Path, command: Sequence[str], *, profile: str, seconds: float, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a tree, with forge on the path and one of foundry.toml's profiles; output is captured.

    Raises:
        subprocess.TimeoutExpired
    """
    path = f"{Path(forge_binary()).parent}:{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "FOUNDRY_PROFILE": profile, "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1"}
    return subprocess.run(
        command,
        cwd=tree,
        env={**environment, **(variables or {})},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
