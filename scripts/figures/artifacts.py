"""What the sources in the tree compile to."""

from functools import cache
from typing import Any, Final, TypedDict

from scripts import ROOT
from scripts.compile import compile_contracts
from scripts.export_abi import SOURCES

MOCKS: Final = {
    name: f"contracts/mocks/{name}.sol"
    for name in ("BareTransferLoop", "TwinHarness")
    if (ROOT / "contracts" / "mocks" / f"{name}.sol").exists()
}


class Artifact(TypedDict):
    """ABI and code of one contract, hex with 0x."""

    abi: list[dict[str, Any]]
    bytecode: str
    deployed_bytecode: str


@cache
def artifacts() -> dict[str, Artifact]:
    """Contract → artifact, compiled now unless these very sources were compiled before.

    Raises:
        scripts.compile.CompilerMissing: No compiler is installed.
    """
    found: dict[str, Artifact] = {}
    for sources in (SOURCES, MOCKS):  # one after the other: the first is what the generated code was compiled from
        compiled = compile_contracts(list(sources.values()))
        found |= {name: _artifact(compiled[source][name]) for name, source in sources.items()}
    return found


def _artifact(output: dict[str, Any]) -> Artifact:
    code = output["evm"]
    return {
        "abi": output["abi"],
        "bytecode": "0x" + code["bytecode"]["object"],
        "deployed_bytecode": "0x" + code["deployedBytecode"]["object"],
    }
