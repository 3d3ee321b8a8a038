"""Rounds on a real chain with four node processes and kill -9: `quittance figures oracle_chain`.

Claims with real bills are notified while one node after another is killed, by lot and at every labelled point of a
round, and started again with its state. What every bill comes to is known before.
"""

from __future__ import annotations

from typing import Final

from scripts.claims_rehearsal.chaos import KILL_POINTS
from scripts.claims_rehearsal.play import Ordeal, ordeal
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures oracle_chain"
ROUNDS, FULL_ROUNDS = 12, 200
LEAST_HEARD: Final = 2
"""Signatures of a claim that must have gone over the wire: a quorum of three less the one of who hands it in."""
GAP_SECONDS, FULL_GAP_SECONDS = 4.0, 5.0
"""Between notices, on average. In full long enough for a node to die at each label and come back."""


def measure(*, full: bool) -> list[Figure]:
    """200 rounds, or 12."""
    rounds, gap = (FULL_ROUNDS, FULL_GAP_SECONDS) if full else (ROUNDS, GAP_SECONDS)
    found = ordeal(rounds=rounds, gap_seconds=gap)
    return figures_of(found, COMMAND + (" --full" if full else ""), all_labels=full)


def figures_of(found: Ordeal, command: str, *, all_labels: bool) -> list[Figure]:
    """The figures of one run; `all_labels` wants every labelled point reached."""
    f = found.findings
    kills = found.kills + len(found.reached)
    where = f"{f.claims} rounds on chain, four processes, {kills} times kill -9"
    note = f"{found.kills} kills by lot, {len(found.reached)} at labelled points; {found.seconds:.0f} s"
    unreached = f"of {len(KILL_POINTS)}; not reached: {', '.join(found.unreached) or 'none'}"
    return [
        Figure(f"Claims without a loss report: {where}", f.lost, "claims", 0, "==", command, note),
        Figure(f"Claims with more than one: {where}", f.twice, "claims", 0, "==", command),
        Figure(f"Wrong reports accepted: {where}", f.wrong, "claims", 0, "==", command),
        Figure(f"Claims paid another amount than the terms give: {where}", f.paid_wrongly, "claims", 0, "==", command),
        Figure(f"Nodes that signed two reports of one claim: {where}", f.signed_twice, "nodes", 0, "==", command),
        Figure(f"Signatures on chain their node had not kept: {where}", f.unkept, "signatures", 0, "==", command),
        Figure(
            f"Report signatures heard on the wire and compared: {where}",
            f.heard,
            "signatures",
            LEAST_HEARD * f.claims,
            ">=",
            command,
        ),
        Figure(
            f"Labelled points at which no node was killed: {where}",
            len(found.unreached),
            "labels",
            0 if all_labels else None,
            "==",
            command,
            unreached,
        ),
    ]
