"""How many small wrong changes to libraries and to functions that move money the forge tests notice."""

from __future__ import annotations

from scripts import mutation
from scripts.figures.figure import Figure

COMMAND = "quittance figures mutation"
SAMPLE = 40
LEAST_PERCENT = 90


def measure(*, full: bool = False) -> list[Figure]:
    """Try a sample drawn by a fixed seed, or at full size every mutant there is.

    Raises:
        TestsFail
    """
    mutants = mutation.all_mutants()
    tried = mutation.try_all(mutants if full else mutation.sample(mutants, SAMPLE))
    counted = [t for t in tried if t.end in mutation.COUNTED]
    killed = sum(t.end in mutation.KILLED for t in counted)
    missing = mutation.unexplained(tried, mutation.known_survivors())
    note = f"{killed} of {len(counted)} killed; {len(tried) - len(counted)} more do not compile or change no code"
    return [
        Figure("mutants killed", 100 * killed / max(len(counted), 1), "%", LEAST_PERCENT, ">=", COMMAND, note),
        Figure("mutants tried", len(counted), "mutants", None, "<=", COMMAND, f"of {len(mutants)} there are"),
        Figure("survivors without a reason", len(missing), "mutants", 0, "==", COMMAND, "docs/mutants.yaml"),
    ]
