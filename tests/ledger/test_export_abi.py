"""Generated files are what the contracts give; a change of a contract is noticed. Nothing is compiled here."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.codec import load_artefact
from scripts import ROOT, export_abi


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """A copy of the generated files, and what the compiler will be said to have given."""
    shutil.copytree(ROOT / "ledger" / "abi", tmp_path / "abi")
    shutil.copy(ROOT / "ledger" / "bindings.py", tmp_path / "bindings.py")
    compiled = {name: copy.deepcopy(load_artefact(name)) for name in export_abi.SOURCES}
    monkeypatch.setattr(export_abi, "ABI_FOLDER", tmp_path / "abi")
    monkeypatch.setattr(export_abi, "BINDINGS", tmp_path / "bindings.py")
    monkeypatch.setattr(export_abi, "artefacts", lambda: compiled)
    return compiled


def add_function(compiled: dict[str, dict[str, Any]]) -> None:
    """A contract of the name Treasury that can do one thing more."""
    entry = {"type": "function", "name": "closeForEver", "inputs": [], "outputs": [], "stateMutability": "nonpayable"}
    compiled["Treasury"]["abi"].append(entry)


@pytest.mark.usefixtures("generated")
def test_main__nothing_changed__committed_bindings_follow_from_committed_abis(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export_abi.main(["--check"]) == 0
    assert "up to date" in capsys.readouterr().out


def test_main__abi_changed__check_names_the_files_and_writes_nothing(
    generated: dict[str, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (tmp_path / "bindings.py").read_text()
    add_function(generated)

    code = export_abi.main(["--check"])

    said = capsys.readouterr().out
    assert code == 1
    assert str(tmp_path / "abi" / "Treasury.json") in said
    assert str(tmp_path / "bindings.py") in said
    assert "run `python -m scripts.export_abi`" in said
    assert (tmp_path / "bindings.py").read_text() == before


def test_main__abi_changed__writes_it_and_is_up_to_date_then(
    generated: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    add_function(generated)

    assert export_abi.main([]) == 0

    assert "def close_for_ever() -> Call[None]:" in (tmp_path / "bindings.py").read_text()
    assert json.loads((tmp_path / "abi" / "Treasury.json").read_text()) == generated["Treasury"]
    assert export_abi.main(["--check"]) == 0


def test_main__bytecode_changed__only_the_artefact_differs(
    generated: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    generated["Treasury"]["bytecode"] += "00"

    assert export_abi.main(["--check"]) == 1

    assert capsys.readouterr().out.count("\n") == 2


@pytest.mark.usefixtures("generated")
def test_main__file_of_a_contract_that_is_gone__is_removed(tmp_path: Path) -> None:
    left = tmp_path / "abi" / "OldTreasury.json"
    left.write_text("{}")

    assert export_abi.main(["--check"]) == 1
    assert left.exists()
    assert export_abi.main([]) == 0

    assert not left.exists()
