"""The planted bugs still fit the contracts, and docs/invariants.md lists them. Running them is `make invariants`."""

import pytest

from scripts.planted_bugs import BUGS, PAGE, BugDoesNotFit, Patch, PlantedBug, page_with, patched, verdict

INVARIANTS = {
    "I": {"I1", "I2", "I3", "I5", "I7", "I8", "I12", "I13"},
    "C": {f"I{number}" for number in range(1, 18)},
    "D": {f"D{number}" for number in range(1, 8)},
}


@pytest.mark.parametrize("suite", INVARIANTS)
def test_bugs__every_invariant__has_one(suite: str) -> None:
    assert {bug.invariant for bug in BUGS if bug.suite == suite} == INVARIANTS[suite]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.invariant}: {bug.story}")
def test_patched__bug_of_the_list__fits_the_contracts(bug: PlantedBug) -> None:
    texts = patched(bug)

    assert set(texts) == {patch.file for patch in bug.patches}


def test_patched__text_is_gone__names_bug_and_file() -> None:
    bug = PlantedBug("I1", "a story", (Patch("contracts/Treasury.sol", "no such text", ""),), "I1")

    with pytest.raises(BugDoesNotFit, match=r"I1, a story: found 0 times in contracts/Treasury\.sol"):
        patched(bug)


def test_page__as_committed__lists_the_bugs() -> None:
    text = PAGE.read_text("utf-8")

    assert page_with(text) == text, "run `python -m scripts.planted_bugs --write`"


@pytest.mark.parametrize(
    ("passed", "output", "expected"),
    [
        (True, "", "was not caught"),
        (False, "error: stack too deep", "could not be run"),
        (False, "[FAIL: I2: in != out]", "was caught in other words"),
        (False, "[FAIL: I1: assets < held payouts: 1 < 2]", ""),
    ],
)
def test_verdict__of_a_run__says_what_happened(passed: bool, output: str, expected: str) -> None:
    assert verdict(passed, output, "I1: assets").startswith(expected)
    assert bool(verdict(passed, output, "I1: assets")) == bool(expected)
