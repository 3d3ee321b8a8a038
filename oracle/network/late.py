"""A node that sees something only when the others have agreed on it already, and sees something else."""

from __future__ import annotations

import structlog

from oracle.network.row import Look
from oracle.rounds.agreement import check_own
from oracle.rounds.refusals import WORDS, Disagreement
from oracle.rounds.runner import RoundRunner
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def tell_late(runner: RoundRunner, look: Look) -> None:
    """Say in this node's log what it would have had against the report: to the others it only was silent."""
    outcome, seen = runner.machine.outcome, look.seen.observation
    if outcome is None or outcome.agreed is None or isinstance(seen, Unobserved):
        return
    try:
        check_own(runner.machine.rules, outcome.agreed, seen)
    except Disagreement as found:
        log.warning(
            "round.seen_otherwise", request=look.request.id.hex(), code=found.code.value, fields=list(found.fields),
            explained=f"this node {WORDS[found.code]}, and saw it when the others had agreed",
        )  # fmt: skip
