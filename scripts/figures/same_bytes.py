"""Two nodes over the same inputs, in processes with little else in common: not one byte of theirs may differ.

The second process has another hash seed, time zone and locale; works from the last input to the first; has read all
claims before it looks at one; and takes files, sources and others' words in another order.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from scripts.figures.figure import Figure
from scripts.same_bytes.compare import Compared, Counts, two_nodes, unlike, write_inputs

COMMAND: Final = "quittance figures same_bytes"
EVERYDAY: Final = Counts(claims=100, events=300, applications=300)
FULL: Final = Counts(claims=10_000, events=10_000, applications=10_000)
SEED: Final = 20_260_301
_SAID: Final = {
    "claim": "dossiers: signed observation, loss report, its digest and words",
    "event": "insured events: signed observation, event report and its digest",
    "application": "applications: assessment, notice, underwriting report's digest",
}


def measure(*, full: bool = False) -> list[Figure]:
    """100 dossiers, 300 events and 300 applications; 10,000 of each with `full`."""
    command = f"{COMMAND} --full" if full else COMMAND
    with tempfile.TemporaryDirectory(prefix="quittance-bytes-") as name:
        folder = Path(name)
        write_inputs(folder / "inputs", FULL if full else EVERYDAY, SEED)
        found = two_nodes(folder, unlike(folder))
    return figures_of(found, command)


def figures_of(found: Compared, command: str) -> list[Figure]:
    """For each kind: inputs two nodes say something else of. And that there were reports, and nodes far apart."""
    figures = []
    for kind, said in _SAID.items():
        differing = sum(each.startswith(f"{kind} ") for each in found.differing)
        note = (
            f"{found.inputs[kind]:,} inputs, {found.reports[kind]:,} of them with a report; the others told as refused"
        )
        figures.append(Figure(f"{said}; inputs that differ", differing, "inputs", 0, "==", command, note))
    reports, inputs = found.reports.total(), found.inputs.total()
    figures.append(
        Figure("inputs with a report among them", reports, "reports", inputs // 2, ">=", command, f"of {inputs:,}")
    )
    first, second = found.around
    unlike_in = [name for name in first if first[name] != second[name]]
    figures.append(
        Figure("surroundings in which the two nodes differed", len(unlike_in), "of 4", 3, ">=", command, _told(found))
    )
    return figures


def _told(found: Compared) -> str:
    first, second = found.around
    parts = ["another order of sets"] if first["set_order"] != second["set_order"] else []
    words = {"time_zone": "time zone", "decimal_point": "decimal point", "text_encoding": "encoding of texts"}
    parts += [f"{words[each]} {first[each]} and {second[each]}" for each in words if first[each] != second[each]]
    return "; ".join([*parts, "the order of work"])
