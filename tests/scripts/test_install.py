"""What `pip install .` gives in production: every room with its files, and no test tool."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts.house_rules import tracked_files
from scripts.machine import ROOT

TEST_TOOLS = {"eth-brownie", "pytest", "hypothesis", "mypy", "ruff", "py-solc-x", "pre-commit"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The project as a wheel, built as pip would from what git knows."""
    folder = tmp_path_factory.mktemp("wheel")
    for path in tracked_files():
        target = folder / "source" / path
        if path.parts[0] not in {"frontend", "tests", "contracts"}:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / path).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "source"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_wheel__what_it_requires__no_brownie_and_no_test_tool(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())

    required = {
        line.split(";")[0].strip().split("[")[0].split(">")[0].split("=")[0].lower()
        for line in metadata.get_all("Requires-Dist", [])
        if "extra ==" not in line
    }
    assert {"web3", "fastapi", "pydantic", "cryptography", "scikit-learn"} <= required
    assert not required & TEST_TOOLS


def test_wheel__what_is_in_it__every_room_with_its_files(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())

    for room in ("domain", "ledger", "oracle", "backend", "products"):
        committed = {path.as_posix() for path in tracked_files() if path.parts[0] == room}
        assert committed, f"git knows no file in {room}"
        assert committed <= names, f"{room} lacks {sorted(committed - names)[:5]}: name them under package-data"
    assert "ledger/abi/ParametricProduct.json" in names
    assert any(name.startswith("backend/migrations/versions/") for name in names)


def test_wheel__what_is_not_in_it__tests_contracts_page(wheel: zipfile.ZipFile) -> None:
    folders = {Path(name).parts[0] for name in wheel.namelist()}

    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {
        "backend", "domain", "ledger", "oracle", "products", "scripts",
    }  # fmt: skip


def test_wheel__command__is_quittance(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))

    assert "quittance = scripts.cli:main" in wheel.read(name).decode()


def test_dependencies__what_production_imports__is_declared() -> None:
    declared = {
        re.split(r"[\[<>=;]", line)[0].lower().replace("_", "-")
        for line in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    }
    own = {"domain", "ledger", "oracle", "backend", "scripts"}
    distributions = packages_distributions()

    undeclared = {
        (path.relative_to(ROOT).as_posix(), module)
        for room in own - {"scripts"}  # scripts/ also holds what only developers run: the compiler, Brownie
        for path in (ROOT / room).rglob("*.py")
        for module in imported(path)
        if module not in own | sys.stdlib_module_names
        and not {name.lower().replace("_", "-") for name in distributions.get(module, [])} & declared
    }

    assert undeclared == set()


def imported(path: Path) -> set[str]:
    """Top-level modules a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found
