"""What the sources in the tree compile to, kept by the hash of those sources."""

import hashlib
import json
from functools import cache
from typing import Any, Final, TypedDict

from scripts import ROOT
from scripts.compile import SETTINGS, compile_contracts
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
    sources = {**SOURCES, **MOCKS}
    kept = ROOT / "build" / "figures" / f"{_sources_hash()}.json"
    if kept.exists():
        loaded: dict[str, Artifact] = json.loads(kept.read_text("utf-8"))
        return loaded
    compiled = compile_contracts(list(sources.values()))
    found = {name: _artifact(compiled[source][name]) for name, source in sources.items()}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found), "utf-8")
    return found


def _artifact(output: dict[str, Any]) -> Artifact:
    code = output["evm"]
    return {
        "abi": output["abi"],
        "bytecode": "0x" + code["bytecode"]["object"],
        "deployed_bytecode": "0x" + code["deployedBytecode"]["object"],
    }


def _sources_hash() -> str:
    digest = hashlib.sha256(json.dumps(SETTINGS, sort_keys=True).encode())
    for path in sorted((ROOT / "contracts").rglob("*.sol")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
