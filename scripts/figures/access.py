"""Does anybody get at what is not theirs: over the API as every role, and by raw SQL at every table?"""

from __future__ import annotations

import sys
import time
from typing import Final

from backend.access.authoriser import Authoriser, Resource
from backend.access.roles import Role
from scripts.access_rows import try_rows
from scripts.access_table import COLLEAGUE, HOME, NOW, PAGE, asker, read_page
from scripts.access_trial import try_api
from scripts.figures.figure import Figure
from scripts.figures.private_database import private_database

COMMAND: Final = "quittance figures access"
DECISIONS: Final = 2_000
FULL_DECISIONS: Final = 50_000


def measure(*, full: bool) -> list[Figure]:
    """Requests and statements tried, leaks, and what a decision of the policies costs."""
    expected = read_page(PAGE.read_text("utf-8"))
    with private_database() as (database, folder):
        api = try_api(database, folder, expected, Authoriser.load())
        rows = try_rows(database)
    for leak in [*api.leaks, *rows.leaks]:
        sys.stderr.write(f"{leak}\n")
    wrong = len(api.refusals) + len(api.faults) + len(rows.blind)
    new, kept = _decision_micros(FULL_DECISIONS if full else DECISIONS)
    asked = f"{api.operations} operations, every role, a visitor, keys without scope; own, others' and foreign rows"
    tried = f"{rows.tables} tables with tenant_id, every role, a worker, a visitor; reading, changing, moving, deleting"
    return [
        Figure("requests that got what they should not", len(api.leaks), "leaks", 0, "==", COMMAND, asked),
        Figure("requests asked as every role", api.requests, "requests", None, ">=", COMMAND),
        Figure("raw SQL that saw or changed others' rows", len(rows.leaks), "leaks", 0, "==", COMMAND, tried),
        Figure("raw SQL statements tried as every role", rows.tries, "statements", None, ">=", COMMAND),
        Figure("allowed requests refused, faults, tables nobody could read", wrong, "cases", 0, "==", COMMAND),
        Figure("median time of a decision asked for the first time", new, "µs", 1_000, "<=", COMMAND),
        Figure("median time of a decision asked before", kept, "µs", 100, "<=", COMMAND),
    ]  # fmt: skip


def _decision_micros(count: int) -> tuple[float, float]:
    """Median microseconds of a decision that Cedar evaluates, and of one that is kept."""
    authoriser = Authoriser.load()
    names = [line.operation for line in read_page(PAGE.read_text("utf-8"))]
    askers = [asker(role, scopes=["quotes.*"]) for role in Role]
    new: list[float] = []
    kept: list[float] = []
    for number in range(count):
        resource = Resource(HOME, COLLEAGUE, state=str(number))
        for times in (new, kept):
            start = time.perf_counter()
            authoriser.decide(askers[number % len(askers)], names[number % len(names)], resource, now=NOW)
            times.append((time.perf_counter() - start) * 1e6)
    return round(sorted(new)[count // 2], 1), round(sorted(kept)[count // 2], 1)
