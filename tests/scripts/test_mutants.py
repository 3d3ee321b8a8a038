"""Mutants are small, made by rule, and never of comments, texts, types or events; their ends are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import mutation
from scripts.forge_tree import closure
from scripts.machine import ROOT
from scripts.mutants import Mutant, mutants_of, tokens
from scripts.mutation_targets import TARGETS

SOURCE = """\
library Sums {
    uint256 internal constant BPS = 10_000;

    /// @dev a + b < c
    function pay(uint256 a, uint256 b) internal returns (uint256 left) {
        // a - b
        if (a <= b && !done) revert TooSmall(a, b);
        emit Paid(a, b);
        uint256 half = Math.ceilDiv(a, b);
        total -= half;
        (left, a) = (a, 0);
        token.transfer(a, b);
        return Math.min(a, b) + 1;
    }

    function other() internal { total = 1; }
}
"""


def changes(functions: frozenset[str] | None = None) -> set[tuple[str, str, str]]:
    return {
        (m.rule, " ".join(m.old.split()), " ".join(m.new.split())) for m in mutants_of("Sums.sol", SOURCE, functions)
    }


def test_mutants_of__every_rule__makes_its_change() -> None:
    assert {
        ("relation", "<=", "<"),
        ("logic", "&&", "||"),
        ("logic", "!", ""),
        ("left out", "if (a <= b && !done) revert TooSmall(a, b);", ""),
        ("rounding", "Math.ceilDiv(a, b)", "((a) / (b))"),
        ("arguments", "a, b", "b, a"),
        ("arithmetic", "-=", "+="),
        ("arithmetic", "-=", "="),
        ("left out", "total -= half;", ""),
        ("left out", "(left, a) = (a, 0);", ""),
        ("left out", "token.transfer(a, b);", ""),
        ("rounding", "min", "max"),
        ("arithmetic", "+", "-"),
        ("number", "1", "2"),
        ("number", "10_000", "10001"),
    } <= changes()


def test_mutants_of__what_is_no_code__left_alone() -> None:
    found = mutants_of("Sums.sol", SOURCE)
    spared = ("a + b < c", "a - b\n", "emit Paid", "uint256 half =")

    for words in spared:
        start = SOURCE.index(words)
        assert not [m for m in found if start <= m.start < start + len(words.split("=")[0])], words


def test_mutants_of__arguments__not_of_errors_and_not_where_order_does_not_matter() -> None:
    starts = {m.start for m in mutants_of("Sums.sol", SOURCE) if m.rule == "arguments"}

    assert SOURCE.index("a, b", SOURCE.index("TooSmall")) not in starts
    assert SOURCE.index("a, b", SOURCE.index("Math.min")) not in starts


def test_mutants_of__some_functions__only_those_and_no_constants() -> None:
    found = mutants_of("Sums.sol", SOURCE, frozenset({"other"}))

    assert {m.function for m in found} == {"other"}
    assert {(m.rule, m.old) for m in found} == {("number", "1"), ("left out", "total = 1;")}


def test_applied__one_mutant__changes_one_place() -> None:
    mutant = next(m for m in mutants_of("Sums.sol", SOURCE) if m.rule == "logic" and m.old == "&&")

    assert mutant.applied(SOURCE) == SOURCE.replace("&&", "||")
    assert str(mutant) == "Sums.sol:7 pay: logic: `&&` → `||`"
    assert mutation.unnumbered(mutant) == "Sums.sol pay: logic: `&&` → `||`"


@pytest.mark.parametrize("file", TARGETS)
def test_targets__as_committed__are_there_and_have_mutants(file: str) -> None:
    functions = TARGETS[file].functions

    found = mutants_of(file, (ROOT / file).read_text("utf-8"), functions)

    assert found
    if functions is not None:
        assert {m.function for m in found} == functions


@pytest.mark.parametrize("file", TARGETS)
def test_closure__of_a_target_s_tests__holds_the_target(file: str) -> None:
    assert file in closure(TARGETS[file].tests)


@pytest.mark.parametrize("file", TARGETS)
def test_tokens__contracts_as_committed__lose_nothing(file: str) -> None:
    source = (ROOT / file).read_text("utf-8")

    for token in tokens(source):
        assert source[token.start : token.end] == token.text


def test_sample__same_seed__same_mutants_in_order() -> None:
    found = mutants_of("Sums.sol", SOURCE)

    assert mutation.sample(found, 5) == mutation.sample(found, 5)
    assert len(mutation.sample(found, 5)) == 5
    assert mutation.sample(found, None) == found
    assert mutation.sample(found, 5) != mutation.sample(found, 5, seed=1)


@pytest.mark.parametrize(
    ("code", "output", "end"),
    [
        (0, "Ran 3 tests", "survived"),
        (1, "[FAIL: assertion failed] test_a()", "killed"),
        (1, "Error: Compiler run failed", "does not compile"),
        (-24, "", "timed out"),
    ],
)
def test_verdict__of_a_run__by_code_and_words(code: int, output: str, end: str) -> None:
    assert mutation.verdict(code, output) == end


def test_unexplained__survivors__only_those_without_a_reason(tmp_path: Path) -> None:
    known = Mutant("a.sol", "f", 3, "number", 9, "1", "2")
    new = Mutant("a.sol", "g", 4, "number", 19, "1", "2")
    page = tmp_path / "mutants.yaml"
    page.write_text("- reason: never\n    asked\n  mutants: ['a.sol f: number: `1` → `2`']\n", "utf-8")

    reasons = mutation.known_survivors(page)

    assert reasons == {"a.sol f: number: `1` → `2`": "never asked"}
    tried = [mutation.Tried(known, "survived"), mutation.Tried(new, "survived"), mutation.Tried(new, "killed")]
    assert mutation.unexplained(tried, reasons) == [new]


def test_known_survivors__as_committed__each_with_a_reason() -> None:
    assert all(len(reason) > 30 for reason in mutation.known_survivors().values())
