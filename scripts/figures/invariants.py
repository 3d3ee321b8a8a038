"""The contracts' invariants at the size they are held at, and the bugs planted to show that each can fail.

At full size this takes hours, so each suite's result is kept under build/ with a digest of what it depends on: an
interrupted campaign goes on where it was, and a change runs again only the suites it touches.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Final

from scripts import ROOT
from scripts.figures.figure import Figure
from scripts.forge_tree import closure
from scripts.planted_bugs import BUGS, show
from scripts.steps import forge_binary

COMMAND = "quittance figures invariants"
RUNS, DEPTH = 256, 64
"""Histories at everyday size, more than `make test` has time for, and calls in each; cases of each fuzz test."""
FULL_RUNS, FULL_DEPTH = 10_000, 32
TESTS: Final = "tests/invariants"
SUITES: Final = {
    "parametric insurance": ("AllInvariantsTest", f"{TESTS}/Invariants.t.sol"),
    "indemnity insurance": ("AllClaimsInvariantsTest", f"{TESTS}/claims/ClaimsInvariants.t.sol"),
    "dispute panels": ("PanelInvariantsTest", f"{TESTS}/PanelInvariants.t.sol"),
}
NOT_FUZZED: Final = "^(GasTest|.*InvariantsTest|Each.*InvariantTest)$"
KEPT: Final = ROOT / "build" / "campaign.json"
_RESULT: Final = re.compile(r"runs: (\d+), calls: (\d+), reverts: (\d+)")
_FUZZED: Final = re.compile(r"\[PASS\] test\w+\([^)]*\) \(runs: (\d+),")


class InvariantBroken(RuntimeError):
    """An invariant does not hold; has what forge said."""


def _forge(arguments: list[str], *, full: bool) -> str:
    """What forge prints, with the profile of that size.

    Raises:
        InvariantBroken
    """
    environment = {**os.environ, "FOUNDRY_PROFILE": "campaign" if full else "default"}
    if not full:
        environment["FOUNDRY_INVARIANT_RUNS"] = str(RUNS)
    command = [forge_binary(), "test", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InvariantBroken(f"forge says:\n{(done.stdout + done.stderr)[-3_000:]}")
    return done.stdout


def digest_of(file: str, *, full: bool, root: Path = ROOT) -> str:
    """Digest of a size, the settings, a test file and everything of ours it imports."""
    digest = hashlib.sha256(f"{full}\0".encode() + (root / "foundry.toml").read_bytes())
    for name in sorted(closure([file], root)):
        digest.update(f"{name}\0".encode() + (root / name).read_bytes())
    return digest.hexdigest()


def _histories(contract: str, file: str, *, full: bool) -> tuple[int, int, int]:
    """Histories, calls in them, and calls that reverted, of one suite; taken over where nothing has changed.

    Raises:
        InvariantBroken
    """
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    digest = digest_of(file, full=full)
    if digest not in kept:
        found = _RESULT.search(_forge(["--match-contract", f"^{contract}$"], full=full))
        if found is None:
            raise InvariantBroken(f"forge ran no history of {contract}")
        kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
        kept[digest] = [int(number) for number in found.groups()]
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept), "utf-8")
    histories, calls, reverts = kept[digest]
    return histories, calls, reverts


def _fuzz_runs(*, full: bool) -> list[int]:
    """Cases of every fuzz test but the histories."""
    return [int(runs) for runs in _FUZZED.findall(_forge(["--no-match-contract", NOT_FUZZED], full=full))]


def measure(*, full: bool = False) -> list[Figure]:
    """Histories of random calls and fuzz tests, more of them at full size, then every planted bug.

    Raises:
        InvariantBroken
    """
    runs, depth = (FULL_RUNS, FULL_DEPTH) if full else (RUNS, DEPTH)
    figures: list[Figure] = []
    for subject, (contract, file) in SUITES.items():
        histories, calls, reverts = _histories(contract, file, full=full)
        name = f"{subject}: random histories in which every invariant held"
        figures += [
            Figure(name, histories, "histories", runs, ">=", COMMAND, f"{calls:,} calls"),
            Figure(f"{subject}: calls in them", calls, "calls", runs * depth, ">=", COMMAND),
            Figure(f"{subject}: calls that reverted and should not", reverts, "calls", 0, "==", COMMAND),
        ]
    fuzzed = min(_fuzz_runs(full=full), default=0)
    missed = show(BUGS)
    return [
        *figures,
        Figure("cases of each fuzz test", fuzzed, "cases", FULL_RUNS if full else RUNS, ">=", COMMAND),
        Figure("planted bugs not caught", missed, "bugs", 0, "==", COMMAND, f"{len(BUGS)} bugs planted"),
    ]
