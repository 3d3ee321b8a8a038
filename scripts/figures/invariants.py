"""The contracts' invariants at the size they are held at, and the bugs planted to show that each can fail."""

from __future__ import annotations

import os
import re
import subprocess

from scripts import ROOT
from scripts.figures.figure import Figure
from scripts.planted_bugs import BUGS, show
from scripts.steps import forge_binary

COMMAND = "quittance figures invariants"
RUNS, DEPTH = 256, 64
FULL_RUNS, FULL_DEPTH = 10_000, 32
HISTORIES = "^(AllInvariantsTest|AllClaimsInvariantsTest|PanelInvariantsTest)$"
SLOW = "^(GasTest|.*InvariantsTest|Each.*InvariantTest)$"
_RESULT = re.compile(r"runs: (\d+), calls: (\d+), reverts: (\d+)")
_FUZZED = re.compile(r"\[PASS\] test\w+\([^)]*\) \(runs: (\d+),")


class InvariantBroken(RuntimeError):
    """An invariant does not hold; has what forge said."""


def _forge(arguments: list[str], *, full: bool) -> str:
    """What forge prints, with the profile of that size.

    Raises:
        InvariantBroken
    """
    environment = {**os.environ, "FOUNDRY_PROFILE": "campaign" if full else "default"}
    command = [forge_binary(), "test", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InvariantBroken(f"forge says:\n{(done.stdout + done.stderr)[-3_000:]}")
    return done.stdout


def _fuzz_runs(*, full: bool) -> list[int]:
    """Cases of every fuzz test but the histories."""
    return [int(runs) for runs in _FUZZED.findall(_forge(["--no-match-contract", SLOW], full=full))]


def measure(*, full: bool = False) -> list[Figure]:
    """Histories of random calls and fuzz tests, more of them at full size, then every planted bug.

    Raises:
        InvariantBroken
    """
    runs, depth = (FULL_RUNS, FULL_DEPTH) if full else (RUNS, DEPTH)
    found = [tuple(map(int, n)) for n in _RESULT.findall(_forge(["--match-contract", HISTORIES], full=full))]
    if not found:
        raise InvariantBroken("forge ran no history")
    histories, calls, reverts = (min(f[0] for f in found), min(f[1] for f in found), max(f[2] for f in found))
    fuzzed = _fuzz_runs(full=full)
    missed = show(BUGS)
    return [
        Figure("random histories in which every invariant held", histories, "histories", runs, ">=", COMMAND),
        Figure("calls in them", calls, "calls", runs * depth, ">=", COMMAND),
        Figure("calls that reverted and should not", reverts, "calls", 0, "==", COMMAND),
        Figure("cases of each fuzz test", min(fuzzed, default=0), "cases", FULL_RUNS if full else RUNS, ">=", COMMAND),
        Figure("planted bugs not caught", missed, "bugs", 0, "==", COMMAND, f"{len(BUGS)} bugs planted"),
    ]
