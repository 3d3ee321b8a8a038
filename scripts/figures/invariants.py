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
FULL_RUNS = 2_048
_RESULT = re.compile(r"runs: (\d+), calls: (\d+), reverts: (\d+)")


class InvariantBroken(RuntimeError):
    """An invariant does not hold; has what forge said."""


def measure(*, full: bool = False) -> list[Figure]:
    """Histories of random calls, more of them at full size, then every planted bug.

    Raises:
        InvariantBroken
    """
    runs = FULL_RUNS if full else RUNS
    environment = {**os.environ, "FOUNDRY_INVARIANT_RUNS": str(runs), "FOUNDRY_INVARIANT_DEPTH": str(DEPTH)}
    command = [forge_binary(), "test", "--match-contract", "^AllInvariantsTest$"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    found = [tuple(map(int, numbers)) for numbers in _RESULT.findall(done.stdout)]
    if done.returncode != 0 or not found:
        raise InvariantBroken(f"forge says:\n{(done.stdout + done.stderr)[-3_000:]}")
    histories, calls, reverts = (min(f[0] for f in found), min(f[1] for f in found), max(f[2] for f in found))
    missed = show(BUGS)
    return [
        Figure("random histories in which every invariant held", histories, "histories", RUNS, ">=", COMMAND),
        Figure("calls in them", calls, "calls", RUNS * DEPTH, ">=", COMMAND),
        Figure("calls that reverted and should not", reverts, "calls", 0, "==", COMMAND),
        Figure("planted bugs not caught", missed, "bugs", 0, "==", COMMAND, f"{len(BUGS)} bugs planted"),
    ]
