"""OWASP ASVS 5.0: every requirement of levels 1 and 2 has an answer, and what answers name is there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
import yaml

from ledger import product_file
from scripts import ROOT
from scripts.asvs import ANSWERS, IDS, PAGE, Answered, page, read, required

FOUND = read()


@cache
def named_in(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", (ROOT / path).read_text("utf-8"), re.MULTILINE))


def test_required__levels_1_and_2__as_many_as_the_standard_has() -> None:
    counts = {level: said["count"] for level, said in yaml.safe_load(IDS.read_text("utf-8")).items()}

    levels = list(required().values())
    assert counts == {"level_1": 70, "level_2": 183}
    assert (levels.count(1), levels.count(2)) == (70, 183)


def test_read__every_requirement__is_answered_once_and_no_other_is() -> None:
    assert sorted(one.requirement for one in FOUND) == sorted(required())


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.requirement)
def test_answer__what_it_names__is_there_and_what_is_missing_is_said(one: Answered) -> None:
    assert one.answer in ANSWERS
    assert one.by or one.answer in ("not_met", "not_applicable"), "say what shows it"
    assert one.why or one.answer == "met", "say why, or what is missing"
    for reference in one.by:
        path, _, test = reference.partition("::")
        assert (ROOT / path).exists(), f"{path} is not there"
        assert not test or test in named_in(path), f"{path} has no {test}"


def test_page__committed__is_what_the_answers_say() -> None:
    assert PAGE.read_text("utf-8") == page(FOUND), "run python -m scripts.asvs"


def test_sources__of_the_backend__neither_run_what_is_data_nor_start_a_shell() -> None:
    """V1.2.5, V1.3.2, V1.5.2: no eval, exec, compile; no shell; no pickle or marshal; YAML by safe_load."""
    wrong = []
    for room in ("backend", "ledger", "domain"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if _runs_data(node):
                    wrong.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    ["eval(x)", "exec(x)", "os.system(x)", "subprocess.run(x, shell=True)", "import pickle", "yaml.load(x)"],
)
def test_runs_data__each_way__seen(source: str) -> None:
    assert any(_runs_data(node) for node in ast.walk(ast.parse(source)))


def test_product_file__its_loader__is_a_safe_one() -> None:
    assert issubclass(product_file._PlainLoader, yaml.SafeLoader | yaml.CSafeLoader)


def _runs_data(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in ("pickle", "marshal", "shelve") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module in ("pickle", "marshal", "shelve")
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called == "yaml.load" and ast.unparse(node).endswith(", _PlainLoader)"):
        return False  # derived from the safe loader, which the next test holds
    shell = any(keyword.arg == "shell" and ast.unparse(keyword.value) != "False" for keyword in node.keywords)
    return shell or called in ("eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load")
