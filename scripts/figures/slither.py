"""What slither finds in the contracts, of any severity, and whether each finding has its reason."""

from __future__ import annotations

from scripts import slither
from scripts.figures.figure import Figure

COMMAND = "quittance figures slither"


def measure(*, full: bool = False) -> list[Figure]:
    """One analysis; there is no larger one.

    Raises:
        ProofToolsMissing, SlitherFailed, TriageUnreadable
    """
    del full
    triage, detectors = slither.look()
    return [
        Figure("findings without a reason, of any severity", len(triage.untriaged), "findings", 0, "==", COMMAND),
        Figure("reasons whose finding is gone", len(triage.stale), "reasons", 0, "==", COMMAND),
        Figure("findings with a reason", len(triage.triaged), "findings", None, "<=", COMMAND, "docs/slither.yaml"),
        Figure("detectors that looked", detectors, "detectors", None, "<=", COMMAND),
    ]
