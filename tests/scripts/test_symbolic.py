"""The proofs there are, each with a bug it finds; what halmos says of them; docs/proofs.md lists them."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import symbolic
from scripts.planted_bugs import PlantedBug, patched
from scripts.symbolic_bugs import BUGS


def halmos(exitcode: int, loops: int = 0) -> dict[str, Any]:
    test = {"name": "check_a(uint256)", "exitcode": exitcode, "num_paths": [4, 1, 0], "time": [0.5, 0.1, 0.4]}
    return {"test_results": {"tests/symbolic/A.t.sol:A": [{**test, "num_bounded_loops": loops}]}}


def test_bugs__every_proof__has_one() -> None:
    assert {bug.invariant for bug in BUGS} == {proof.name for proof in symbolic.written_proofs()}


def test_written_proofs__as_committed__at_least_twelve_and_each_says_what_it_proves() -> None:
    proofs = symbolic.written_proofs()

    assert len(proofs) >= 12
    assert len({proof.name for proof in proofs}) == len(proofs)
    assert all(len(proof.says) > 30 and proof.says.endswith(".") for proof in proofs)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.invariant}: {bug.story}")
def test_patched__bug_of_the_list__fits_the_contracts(bug: PlantedBug) -> None:
    assert set(patched(bug)) == {patch.file for patch in bug.patches}


def test_page__as_committed__lists_proofs_and_bugs() -> None:
    text = symbolic.PAGE.read_text("utf-8")

    assert symbolic.page_with(text) == text, "run `python -m scripts.symbolic --write`"


@pytest.mark.parametrize(
    ("exitcode", "loops", "end"),
    [
        (0, 0, "holds"),
        (0, 1, "cut short by a loop bound"),
        (1, 0, "counter-example"),
        (2, 0, "timed out"),
        (3, 0, "stuck"),
        (4, 0, "no path came to its end"),
        (9, 0, "broke off"),
    ],
)
def test_results_of__each_end__told_apart(exitcode: int, loops: int, end: str) -> None:
    (result,) = symbolic.results_of(halmos(exitcode, loops))

    assert (result.name, result.end, result.paths) == ("check_a", end, 4)
    assert result.holds == (end == "holds")
