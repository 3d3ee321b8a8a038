"""Compile the contracts with the pinned compiler, by py-solc-x.

py-solc-x runs the native compiler where it has one; where it cannot be downloaded, `tools/solc`, a launcher
over the npm package of the same version, takes its place. Both give the same bytecode.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solcx

from scripts import ROOT

SOLC_VERSION = "0.8.37"
LAUNCHER = ROOT / "tools" / "solc"
OPENZEPPELIN = "node_modules/@openzeppelin/contracts/"
SETTINGS: dict[str, Any] = {
    "optimizer": {"enabled": True, "runs": 200},
    "evmVersion": "cancun",
    "remappings": [f"@openzeppelin/contracts/={OPENZEPPELIN}"],
    # No metadata hash at the end of the code: a comment may change without changing what is deployed.
    "metadata": {"bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}


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
    """Compile source files, given relative to the repository, with all they import.

    Returns:
        The compiler's `contracts` output: file -> contract -> {abi, evm}.
    """
    standard_input = {
        "language": "Solidity",
        "sources": {name: {"content": (ROOT / name).read_text("utf-8")} for name in sources},
        "settings": SETTINGS,
    }
    output = solcx.compile_standard(
        standard_input, solc_binary=compiler(), base_path=str(ROOT), allow_paths=[str(ROOT)]
    )
    contracts: dict[str, Any] = output["contracts"]
    return contracts
