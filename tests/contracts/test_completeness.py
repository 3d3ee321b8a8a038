"""Nothing was left out: every custom error and every function of the interfaces appears in these tests."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CONTRACTS = HERE.parents[1] / "contracts"
SOURCES = sorted(path for folder in ("interfaces", "libraries") for path in (CONTRACTS / folder).glob("*.sol"))
TESTS = "\n".join(path.read_text("utf-8") for path in HERE.glob("test_*.py") if path != Path(__file__))


def declared(kind):
    """Names of all errors or functions the interfaces and libraries declare to the outside."""
    pattern = {"error": r"^    error (\w+)\(", "function": r"^    function (\w+)\("}[kind]
    folder = SOURCES if kind == "error" else [path for path in SOURCES if path.parent.name == "interfaces"]
    return sorted({name for path in folder for name in re.findall(pattern, path.read_text("utf-8"), re.MULTILINE)})


@pytest.mark.parametrize("name", declared("error"))
def test_custom_error__of_an_interface__is_provoked_by_name(name):
    assert re.search(rf'"{name}"|"{name}: |r"{name}: ', TESTS), f"no test provokes {name}"


@pytest.mark.parametrize("name", declared("function"))
def test_function__of_an_interface__is_called(name):
    assert re.search(rf"\.{name}\b", TESTS), f"no test calls {name}"
