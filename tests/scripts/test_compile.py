"""What was compiled is taken again only while everything it was compiled from is the same. Nothing is compiled here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import compile as compiling

HOUSE = "contracts/House.sol"
SOURCES = {
    HOUSE: 'import {\n  Door\n} from "./parts/Door.sol";\nimport "@openzeppelin/contracts/Token.sol";',
    "contracts/parts/Door.sol": "import '../Lock.sol';\ncontract Door {}",
    "contracts/Lock.sol": 'contract Lock { string s = "import nothing"; }',
    "node_modules/@openzeppelin/contracts/Token.sol": "contract Token {}",
    "contracts/Garden.sol": "contract Garden {}",
}


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the compiler was asked for, in a tree of its own."""
    for name, text in SOURCES.items():
        write(tmp_path / name, text)
    write(tmp_path / "node_modules" / "solc" / "package.json", "{}")
    monkeypatch.setattr(compiling, "ROOT", tmp_path)
    monkeypatch.setattr(compiling, "KEPT", tmp_path / "build" / "compiled")
    monkeypatch.setattr(compiling, "NPM_PACKAGE", tmp_path / "node_modules" / "solc" / "package.json")
    monkeypatch.setattr(compiling, "compiler", lambda: compiling.LAUNCHER)
    asked: list[list[str]] = []

    def compile_standard(standard_input: dict[str, Any], **_options: object) -> dict[str, Any]:
        asked.append(sorted(standard_input["sources"]))
        return {"contracts": {name: {"turn": len(asked)} for name in standard_input["sources"]}}

    monkeypatch.setattr(compiling.solcx, "compile_standard", compile_standard)
    return asked


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_compile_contracts__nothing_changed__compiled_once(compiled: list[list[str]]) -> None:
    first, second = compiling.compile_contracts([HOUSE]), compiling.compile_contracts([HOUSE])

    assert first == second == {HOUSE: {"turn": 1}}
    assert compiled == [[HOUSE]]


@pytest.mark.parametrize("name", sorted(set(SOURCES) - {"contracts/Garden.sol"}))
def test_compile_contracts__something_it_reads_changed__compiled_again(
    compiled: list[list[str]], tmp_path: Path, name: str
) -> None:
    compiling.compile_contracts([HOUSE])
    write(tmp_path / name, SOURCES[name] + "\n// changed")

    assert compiling.compile_contracts([HOUSE]) == {HOUSE: {"turn": 2}}
    assert len(compiled) == 2


def test_compile_contracts__something_else_changed__not_compiled_again(
    compiled: list[list[str]], tmp_path: Path
) -> None:
    compiling.compile_contracts([HOUSE])
    write(tmp_path / "contracts" / "Garden.sol", "contract Garden { uint256 trees; }")
    compiling.compile_contracts([HOUSE])

    assert len(compiled) == 1


def _another_setting(monkeypatch: pytest.MonkeyPatch, _tree: Path) -> None:
    monkeypatch.setitem(compiling.SETTINGS, "evmVersion", "prague")


def _another_version(monkeypatch: pytest.MonkeyPatch, _tree: Path) -> None:
    monkeypatch.setattr(compiling, "SOLC_VERSION", "0.8.99")


def _another_package(_monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    write(tree / "node_modules" / "solc" / "package.json", '{"version": "0.8.99"}')


def _native(monkeypatch: pytest.MonkeyPatch, tree: Path) -> None:
    monkeypatch.setattr(compiling, "compiler", lambda: tree / "solc-v0.8.37")


@pytest.mark.parametrize("change", [_another_setting, _another_version, _another_package, _native])
def test_compile_contracts__other_compiler_or_settings__compiled_again(
    compiled: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: Callable[[pytest.MonkeyPatch, Path], None],
) -> None:
    compiling.compile_contracts([HOUSE])
    change(monkeypatch, tmp_path)
    compiling.compile_contracts([HOUSE])

    assert len(compiled) == 2


def test_compile_contracts__other_sources__compiled_apart(compiled: list[list[str]]) -> None:
    compiling.compile_contracts([HOUSE])

    assert compiling.compile_contracts(["contracts/Garden.sol"]) == {"contracts/Garden.sol": {"turn": 2}}
    assert compiled == [[HOUSE], ["contracts/Garden.sol"]]
