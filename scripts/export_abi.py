"""Export the contracts' ABIs and bytecode to `ledger/abi/` and write the typed bindings made from them.

Run as `python -m scripts.export_abi`; with `--check` nothing is written and the exit code says whether what is
committed is what the sources give.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ledger.atomic_file import write_atomically
from scripts import ROOT
from scripts.binding_writer import write_bindings
from scripts.compile import OPENZEPPELIN, compile_contracts

ABI_FOLDER = ROOT / "ledger" / "abi"
BINDINGS = ROOT / "ledger" / "bindings.py"
SOURCES = {
    "AccessManager": f"{OPENZEPPELIN}access/manager/AccessManager.sol",
    "AccessManagerMaker": "contracts/AccessManagerMaker.sol",
    "AdjusterAuthority": "contracts/AdjusterAuthority.sol",
    "ClaimsDesk": "contracts/ClaimsDesk.sol",
    "ClaimsLens": "contracts/ClaimsLens.sol",
    "Disbursement": "contracts/Disbursement.sol",
    "DisputePanel": "contracts/DisputePanel.sol",
    "IncidentRegistry": "contracts/IncidentRegistry.sol",
    "IndemnityProduct": "contracts/IndemnityProduct.sol",
    "InsurerRegistry": "contracts/InsurerRegistry.sol",
    "OracleQuorum": "contracts/OracleQuorum.sol",
    "ParametricProduct": "contracts/ParametricProduct.sol",
    "PolicyRules": "contracts/PolicyRules.sol",
    "ProductFactory": "contracts/ProductFactory.sol",
    "TransparencyAnchor": "contracts/TransparencyAnchor.sol",
    "TestStablecoin": "contracts/mocks/TestStablecoin.sol",
    "Treasury": "contracts/Treasury.sol",
    "TreasuryMaker": "contracts/TreasuryMaker.sol",
}


def artefacts() -> dict[str, dict[str, Any]]:
    """Compile and return contract -> {contract, abi, bytecode, deployed_bytecode}, hex with 0x."""
    compiled = compile_contracts(list(SOURCES.values()))
    found = {}
    for name, source in SOURCES.items():
        output = compiled[source][name]
        found[name] = {
            "contract": name,
            "abi": output["abi"],
            "bytecode": "0x" + output["evm"]["bytecode"]["object"],
            "deployed_bytecode": "0x" + output["evm"]["deployedBytecode"]["object"],
        }
    return found


def _formatted(source: str) -> str:
    # The name says which settings hold: those of this repository.
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(ROOT / "ledger" / "bindings.py"), "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def expected_files() -> dict[Path, str]:
    """Every generated file and the text it should have."""
    found = artefacts()
    files = {ABI_FOLDER / f"{name}.json": json.dumps(artefact, indent=1) + "\n" for name, artefact in found.items()}
    files[BINDINGS] = _formatted(write_bindings({name: artefact["abi"] for name, artefact in found.items()}))
    return files


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which differ. Returns the exit code."""
    check = "--check" in arguments
    expected = expected_files()
    stale = sorted(set(ABI_FOLDER.glob("*.json")) - set(expected))
    differing = [path for path, text in expected.items() if not path.exists() or path.read_text("utf-8") != text]
    if not differing and not stale:
        sys.stdout.write("ABIs and bindings are up to date.\n")
        return 0
    if not check:
        for path in stale:
            path.unlink()
        for path in differing:
            write_atomically(path, expected[path])
    names = [str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path) for path in [*differing, *stale]]
    verb = "differ from the contracts: run `python -m scripts.export_abi`" if check else "written or removed"
    sys.stdout.write("\n".join(names) + f"\n{verb}\n")
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
