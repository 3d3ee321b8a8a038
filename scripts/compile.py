"""Compile the contracts with the pinned compiler, by py-solc-x.

py-solc-x runs the native compiler where it has one; where it cannot be downloaded, `tools/solc`, a launcher
over the npm package of the same version, takes its place. Both give the same bytecode.

What was compiled is kept in `build/compiled`, named by a hash of all that it was compiled from: every source that is
read, the settings, and the compiler.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import solcx

from ledger.atomic_file import write_atomically
from scripts import ROOT

SOLC_VERSION = "0.8.37"
LAUNCHER = ROOT / "tools" / "solc"
NPM_PACKAGE: Final = ROOT / "node_modules" / "solc" / "package.json"
KEPT: Final = ROOT / "build" / "compiled"
OPENZEPPELIN = "node_modules/@openzeppelin/contracts/"
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 200},
    "evmVersion": "cancun",
    "remappings": [f"@openzeppelin/contracts/={OPENZEPPELIN}"],
    # No metadata hash at the end of the code: a comment may change without changing what is deployed.
    "metadata": {"bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}
_REMAPPINGS: Final = [(before, after) for before, _, after in (line.partition("=") for line in SETTINGS["remappings"])]
_IMPORT: Final = re.compile(r"^\s*(?:import|\}\s*from)\b[^\"';]*[\"']([^\"']+)[\"']", re.MULTILINE)


class CompilerMissing(RuntimeError):
    """Neither a native compiler nor the npm one is installed."""


def compiler() -> Path:
    """Path of the compiler: py-solc-x's own when installed, else the launcher.

    Raises:
        CompilerMissing: `npm ci` has not been run and py-solc-x has no compiler of this version.
    """
    if any(str(version) == SOLC_VERSION for version in solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    if not (ROOT / "node_modules" / "solc").is_dir():
        raise CompilerMissing(f"solc {SOLC_VERSION} is not installed: run `npm ci` (or `make setup`) first")
    return LAUNCHER


def compile_contracts(sources: list[str]) -> dict[str, Any]:
    """Compile source files, given relative to the repository, with all they import, unless these very ones were before.

    Returns:
        The compiler's `contracts` output: file -> contract -> {abi, evm}.
    Raises:
        CompilerMissing
    """
    binary = compiler()
    standard_input = {
        "language": "Solidity",
        "sources": {name: {"content": (ROOT / name).read_text("utf-8")} for name in sources},
        "settings": SETTINGS,
    }
    kept = KEPT / f"{_hash(sources, binary)}.json"
    if kept.exists():
        before: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        return before
    output = solcx.compile_standard(standard_input, solc_binary=binary, base_path=str(ROOT), allow_paths=[str(ROOT)])
    contracts: dict[str, Any] = output["contracts"]
    write_atomically(kept, json.dumps(contracts))
    return contracts


def _hash(sources: Iterable[str], binary: Path) -> str:
    digest = hashlib.sha256(json.dumps([SETTINGS, SOLC_VERSION, str(binary), sorted(sources)]).encode())
    if binary == LAUNCHER:
        digest.update(LAUNCHER.read_bytes() + NPM_PACKAGE.read_bytes())
    for name in sorted(read_for(sources)):
        content = (ROOT / name).read_bytes()
        digest.update(f"{name}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def read_for(sources: Iterable[str]) -> set[str]:
    """These files and all they import, directly or not, relative to the repository. What is not there is left out."""
    found: set[str] = set()
    waiting = list(sources)
    while waiting:
        name = waiting.pop()
        if name in found or not (ROOT / name).is_file():
            continue
        found.add(name)
        waiting += _imports(name)
    return found


def _imports(name: str) -> Iterator[str]:
    for path in _IMPORT.findall((ROOT / name).read_text("utf-8")):
        if path.startswith("."):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            continue
        remapped = (target + path[len(prefix) :] for prefix, target in _REMAPPINGS if path.startswith(prefix))
        yield next(remapped, path)
