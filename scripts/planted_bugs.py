"""Show that every invariant catches a bug planted for it: `python -m scripts.planted_bugs [I3 …]`.

Each bug of scripts/planted_bug_list.py and scripts/planted_claim_bugs.py is one or two exact replacements in a copy of
the contracts. Only the invariant it was planted for is run, and it has to fail with its own words; before that, the
untouched copy has to pass. docs/invariants.md is written from those lists (`--write`), and a test compares them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts import ROOT
from scripts.forge_tree import copied_tree
from scripts.planted_bug_list import HOUSE_BUGS, Patch, PlantedBug
from scripts.planted_claim_bugs import CLAIM_BUGS
from scripts.steps import forge_binary

__all__ = ["BUGS", "PAGE", "BugDoesNotFit", "Patch", "PlantedBug", "page_with", "patched", "show", "verdict"]

BUGS: Final = (*HOUSE_BUGS, *CLAIM_BUGS)
PAGE: Final = ROOT / "docs" / "invariants.md"
BEGIN: Final = "<!-- planted:begin -->"
END: Final = "<!-- planted:end -->"
COPIED: Final = ("contracts", "tests/invariants")
FORGE_SECONDS: Final = 900
_SUITES: Final = {
    "I": ("tests/invariants/Invariants.t.sol", "^EachInvariantTest$"),
    "C": ("tests/invariants/claims/ClaimsInvariants.t.sol", "^EachClaims(End)?InvariantTest$"),
    "D": ("tests/invariants/PanelInvariants.t.sol", "^PanelInvariantsTest$"),
}
"""Suite -> where it is, and the contract that holds it."""
_UNTOUCHED: Final = {"C": "^AllClaimsInvariantsTest$"}
"""Suite -> what has to pass before any bug is planted, where one by one would take long."""
_SUBJECTS: Final = {"I": "parametric", "C": "indemnity", "D": "disputes"}


class BugDoesNotFit(RuntimeError):
    """The text to be replaced is not there exactly once: the contracts have changed, the bug has to follow."""


def patched(bug: PlantedBug, root: Path = ROOT) -> dict[str, str]:
    """File → text with the bug in it.

    Raises:
        BugDoesNotFit
    """
    texts: dict[str, str] = {}
    for patch in bug.patches:
        text = texts.get(patch.file) or (root / patch.file).read_text("utf-8")
        if text.count(patch.old) != 1:
            found = text.count(patch.old)
            raise BugDoesNotFit(f"{bug.invariant}, {bug.story}: found {found} times in {patch.file}: {patch.old!r}")
        texts[patch.file] = text.replace(patch.old, patch.new)
    return texts


def table(bugs: Sequence[PlantedBug] = BUGS) -> str:
    """The Markdown table of docs/invariants.md."""
    rows = [
        f"| {bug.invariant} | {_SUBJECTS[bug.suite]} | {bug.story} | `{bug.patches[0].file}` | `{bug.says.strip()}` |"
        for bug in bugs
    ]
    head = ["| invariant | of | planted bug | in | how it is caught |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def page_with(text: str) -> str:
    """docs/invariants.md with its table renewed."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END, 1)[1]}"


def run_invariant(tree: Path, suite: str, name: str, *, reverts_count: bool = False) -> tuple[bool, str]:
    """Run one invariant of a suite, or all by `invariant_`; returns whether it passed, and forge's words.

    Those of disputes are one function, and say which of them failed.
    """
    path, contract = _SUITES[suite]
    if name == "invariant_":
        contract = _UNTOUCHED.get(suite, contract)
    environment = {"FOUNDRY_PROFILE": "planted", "FOUNDRY_INVARIANT_FAIL_ON_REVERT": str(reverts_count).lower()}
    command = [forge_binary(), "test", "--match-contract", contract, "--match-test", f"^{name}"]
    command += ["--match-path", path]
    done = subprocess.run(
        command, cwd=tree, env=os.environ | environment, capture_output=True, text=True, timeout=FORGE_SECONDS
    )
    return done.returncode == 0, done.stdout + done.stderr


def verdict(passed: bool, output: str, says: str) -> str:
    """Empty if the invariant failed as it should; else what happened instead."""
    failures = [line for line in output.splitlines() if line.startswith("[FAIL")]
    if passed:
        return "was not caught"
    if not failures:
        return f"could not be run: {output.strip()[-400:]}"
    return "" if any(says in line for line in failures) else f"was caught in other words: {failures[0][:200]}"


def show(bugs: Sequence[PlantedBug]) -> int:
    """Run every bug; prints a line each. Returns how many were not caught as they should be."""
    missed = 0
    with copied_tree(COPIED) as tree:
        for suite in sorted({bug.suite for bug in bugs}):
            passed, output = run_invariant(tree, suite, "invariant_")
            if not passed:
                _say(f"The contracts as they are do not keep their invariants:\n{output[-2000:]}")
                return 1
        _say("contracts as they are: every invariant holds")
        for bug in bugs:
            sound = {patch.file: (tree / patch.file).read_text("utf-8") for patch in bug.patches}
            for file, text in patched(bug, tree).items():
                (tree / file).write_text(text, "utf-8")
            name = "invariant_" if bug.suite == "D" else f"invariant_{bug.invariant}_"
            outcome = run_invariant(tree, bug.suite, name, reverts_count=bug.reverts_count)
            trouble = verdict(*outcome, bug.says)
            missed += bool(trouble)
            _say(f"{bug.invariant}: {bug.story}: {trouble or 'caught'}")
            for file, text in sound.items():
                (tree / file).write_text(text, "utf-8")
    return missed


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bugs of the invariants named, or of all. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("invariants", nargs="*", help="I1, I2 …; all when none is named")
    parser.add_argument("--write", action="store_true", help="only renew the table in docs/invariants.md")
    given = parser.parse_args(arguments)
    if given.write:
        PAGE.write_text(page_with(PAGE.read_text("utf-8")), "utf-8")
        return 0
    known = sorted({bug.invariant for bug in BUGS}, key=lambda name: (name[0], int(name[1:])))
    unknown = sorted(set(given.invariants) - set(known))
    if unknown:
        parser.error(f"no bug is planted for {', '.join(unknown)}: choose from {', '.join(known)}")
    return 1 if show([b for b in BUGS if not given.invariants or b.invariant in given.invariants]) else 0


if __name__ == "__main__":
    sys.exit(main())
