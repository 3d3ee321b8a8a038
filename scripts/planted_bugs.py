"""Show that every invariant catches a bug planted for it: `python -m scripts.planted_bugs [I3 …]`.

Each bug is one or two exact replacements in a copy of the contracts. Only the invariant it was planted for is run, and
it has to fail with its own words; before that, the untouched copy has to pass. docs/invariants.md is written from this
list (`--write`), and a test compares the two.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts import ROOT
from scripts.forge_tree import copied_tree
from scripts.steps import forge_binary

PAGE: Final = ROOT / "docs" / "invariants.md"
BEGIN: Final = "<!-- planted:begin -->"
END: Final = "<!-- planted:end -->"
COPIED: Final = ("contracts", "tests/invariants")
FORGE_SECONDS: Final = 900


@dataclass(frozen=True)
class Patch:
    """One exact replacement; `old` occurs exactly once in `file`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class PlantedBug:
    """A bug, and the words of the failure it has to cause.

    Args:
        invariant: `I1` …
        story: What somebody might have done, in a few words.
        patches: The bug itself.
        says: What the failing invariant says.
        reverts_count: Whether a call that reverts counts as caught: for bugs that stop others' payments altogether.
    """

    invariant: str
    story: str
    patches: tuple[Patch, ...]
    says: str
    reverts_count: bool = False


class BugDoesNotFit(RuntimeError):
    """The text to be replaced is not there exactly once: the contracts have changed, the bug has to follow."""


_PRODUCT: Final = "contracts/ParametricProduct.sol"
_TREASURY: Final = "contracts/Treasury.sol"

BUGS: Final = (
    PlantedBug(
        "I1",
        "all the treasury has may be withdrawn",
        (
            Patch(
                _TREASURY,
                "Math.saturatingSub(heldAssets(), _requiredCapital() + _totalHeldPayouts)",
                "heldAssets()",
            ),
            Patch(_TREASURY, "Math.saturatingSub(heldAssets(), _totalHeldPayouts)", "heldAssets()"),
        ),
        "I1: assets < held payouts",
    ),
    PlantedBug(
        "I2",
        "indemnities are rounded up by a unit",
        (Patch("contracts/libraries/PayoutCurve.sol", "(sumInsured * share) / BPS", "(sumInsured * share) / BPS + 1"),),
        "I2: in != out + there",
    ),
    PlantedBug(
        "I3",
        "a policy is paid on the sums insured of all before it in the batch",
        (Patch(_PRODUCT, "indemnity(p.sumInsured,", "indemnity(exposure + p.sumInsured,"),),
        "I3: paid > sum insured",
    ),
    PlantedBug(
        "I5",
        "settlement forgets how far it came",
        (Patch(_PRODUCT, "        _events[eventId] = e;\n        batch.settled", "        batch.settled"),),
        "I5: ",
    ),
    PlantedBug(
        "I7",
        "the event of a closing tells no share",
        (
            Patch(
                _PRODUCT,
                "EventClosed(m.eventId, m.outcome, m.value, share)",
                "EventClosed(m.eventId, m.outcome, m.value, 0)",
            ),
        ),
        "I7: event",
    ),
    PlantedBug(
        "I8",
        "the required ratio is left out of the capital that has to stay",
        (Patch(_TREASURY, "Math.ceilDiv(uint256(_totalExposure) * _requiredRatioBps, BPS)", "_totalExposure"),),
        "I8: ",
    ),
    PlantedBug(
        "I12",
        "the batch ends with the first transfer that fails",
        (
            Patch(
                _TREASURY,
                ".payee, payout.amount);\n        }",
                ".payee, payout.amount);\n            break;\n        }",
            ),
        ),
        "I12: not paid as owed",
    ),
    PlantedBug(
        "I12",
        "a transfer that fails (`AccountBlocked`) takes the batch with it",
        (
            Patch(
                _TREASURY,
                "if (token.trySafeTransfer(payout.payee, payout.amount)) continue;",
                "token.safeTransfer(payout.payee, payout.amount);\n            continue;",
            ),
        ),
        "custom error 0x28e9b385",  # AccountBlocked
        reverts_count=True,
    ),
    PlantedBug(
        "I13",
        "an event may be reported again",
        (
            Patch(
                _PRODUCT,
                "if (e.policies == 0) revert EventUnknown(eventId);\n        if (e.outcome != Outcome.Open)",
                "if (e.policies == 0)",
            ),
        ),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "an application may be bound again",
        (Patch(_PRODUCT, "if (used & bit != 0) revert ApplicationUsed(applicationId);", ""),),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "a report for another chain counts",
        (Patch("contracts/ReportRules.sol", "if (chainId != block.chainid)", "if (chainId == 0)"),),
        "I13: accepted what had to be refused",
    ),
    PlantedBug(
        "I13",
        "one signer may sign twice",
        (Patch("contracts/OracleQuorum.sol", "if (signer <= previous) revert", "if (signer < previous) revert"),),
        "I13: accepted what had to be refused",
    ),
)


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
    rows = [f"| {bug.invariant} | {bug.story} | `{bug.patches[0].file}` | `{bug.says.strip()}` |" for bug in bugs]
    return "\n".join(["| invariant | planted bug | in | how it is caught |", "| --- | --- | --- | --- |", *rows])


def page_with(text: str) -> str:
    """docs/invariants.md with its table renewed."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END, 1)[1]}"


def run_invariant(tree: Path, name: str, *, reverts_count: bool = False) -> tuple[bool, str]:
    """Run one invariant (`invariant_I1`), or all by `invariant_`; returns whether it passed, and forge's words."""
    environment = {"FOUNDRY_PROFILE": "planted", "FOUNDRY_INVARIANT_FAIL_ON_REVERT": str(reverts_count).lower()}
    command = [forge_binary(), "test", "--match-contract", "^EachInvariantTest$", "--match-test", f"^{name}"]
    command += ["--match-path", "tests/invariants/Invariants.t.sol"]
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
        passed, output = run_invariant(tree, "invariant_")
        if not passed:
            _say(f"The contracts as they are do not keep their invariants:\n{output[-2000:]}")
            return 1
        _say("contracts as they are: every invariant holds")
        for bug in bugs:
            for file, text in patched(bug).items():
                (tree / file).write_text(text, "utf-8")
            outcome = run_invariant(tree, f"invariant_{bug.invariant}_", reverts_count=bug.reverts_count)
            trouble = verdict(*outcome, bug.says)
            missed += bool(trouble)
            _say(f"{bug.invariant}: {bug.story}: {trouble or 'caught'}")
            for file in {patch.file for patch in bug.patches}:
                shutil.copy(ROOT / file, tree / file)
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
    known = sorted({bug.invariant for bug in BUGS}, key=lambda name: int(name[1:]))
    unknown = sorted(set(given.invariants) - set(known))
    if unknown:
        parser.error(f"no bug is planted for {', '.join(unknown)}: choose from {', '.join(known)}")
    return 1 if show([b for b in BUGS if not given.invariants or b.invariant in given.invariants]) else 0


if __name__ == "__main__":
    sys.exit(main())
