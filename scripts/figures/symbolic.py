"""Proofs by symbolic execution: how many hold, and whether each can fail."""

from __future__ import annotations

from scripts import symbolic
from scripts.figures.figure import Figure
from scripts.symbolic_bugs import BUGS

COMMAND = "quittance figures symbolic"
LEAST = 12


def measure(*, full: bool = False) -> list[Figure]:
    """Run every proof, then every bug planted for one. The proofs are for all inputs, so there is no larger size.

    Raises:
        ProofToolsMissing, HalmosFailed, BugDoesNotFit
    """
    del full
    results = symbolic.prove_all()
    held = sum(result.holds for result in results)
    counted = sum(result.end == "counter-example" for result in results)
    missed = symbolic.missed_bugs()
    paths = sum(result.paths for result in results)
    return [
        Figure("properties proven for every input", held, "proofs", LEAST, ">=", COMMAND, f"{paths:,} paths"),
        Figure("counter-examples", counted, "proofs", 0, "==", COMMAND),
        Figure(
            "proofs that timed out, were cut short or did not run",
            len(results) - held - counted,
            "proofs",
            0,
            "==",
            COMMAND,
        ),
        Figure(
            "planted bugs no counter-example was found for",
            len(missed),
            "bugs",
            0,
            "==",
            COMMAND,
            f"{len(BUGS)} bugs, one or more for each proof",
        ),
    ]
