"""How long the auditor's page takes to read and search a large ledger, in a real browser against a real chain."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from scripts import ROOT
from scripts.figures.figure import Figure

COMMAND = "quittance figures page"
POLICIES, FULL_POLICIES = 600, 5_000
READ_LIMIT_MILLISECONDS = 15_000
SEARCH_LIMIT_MILLISECONDS = 1_000
_MEASURED = re.compile(r"(\d+) policies: read (\d+) ms, searched (\d+) ms")
_TAIL_CHARACTERS = 3_000


class PageNotMeasured(RuntimeError):
    """The browser test failed or said nothing; has its last words."""


def measure(*, full: bool = False) -> list[Figure]:
    """Read a ledger of 600 policies, or 5,000 at full size, then search it.

    Raises:
        PageNotMeasured
    """
    policies = FULL_POLICIES if full else POLICIES
    npm = shutil.which("npm")
    if npm is None:
        raise PageNotMeasured("npm is not on the PATH: install Node 20 or newer, then `make setup`")
    done = subprocess.run(
        [npm, "run", "--silent", "e2e", "--", "scale.spec.ts"],
        cwd=ROOT / "frontend",
        env={**os.environ, "LEDGER_SIZE": str(policies)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    found = _MEASURED.search(said)
    if done.returncode != 0 or found is None:
        raise PageNotMeasured(f"the browser test says:\n{said[-_TAIL_CHARACTERS:]}")
    read, searched = int(found[2]), int(found[3])
    note = f"{policies:,} policies"
    return [
        Figure("the whole ledger is shown after", read, "ms", READ_LIMIT_MILLISECONDS, "<=", COMMAND, note),
        Figure("from the last key to the rows found", searched, "ms", SEARCH_LIMIT_MILLISECONDS, "<=", COMMAND, note),
    ]
