"""From a claim's notice to its loss report on chain, four node processes: `quittance figures oracle_latency`.

Claims with real bills are notified at random moments; blocks come every second. Both ends are blocks: when they were
first seen by the wall clock, and the times they carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scripts.claims_rehearsal.findings import Findings
from scripts.claims_rehearsal.play import Latency, in_peace, percentile
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures oracle_latency"
CLAIMS, FULL_CLAIMS = 60, 200
GAP_SECONDS: Final = 1.5
P95_SECONDS: Final = 6.0


def measure(*, full: bool) -> list[Figure]:
    """200 claims, or 60."""
    measured, findings = in_peace(claims=FULL_CLAIMS if full else CLAIMS, gap_seconds=GAP_SECONDS)
    return figures_of(measured, findings, COMMAND + (" --full" if full else ""))


def figures_of(measured: Sequence[Latency], findings: Findings, command: str) -> list[Figure]:
    """The figures of one run. Without a report there is no latency, so those claims are counted beside it."""
    where = f"notice mined to loss report mined, {findings.claims} claims, four processes, blocks every second"
    wrong = findings.lost + findings.twice + findings.wrong + findings.paid_wrongly
    missed = Figure(f"Claims without the right report: {where}", wrong, "claims", 0, "==", command)
    if not measured:
        return [missed]
    wall, block = [each.wall for each in measured], [float(each.block) for each in measured]
    note = f"longest {max(wall):.1f} s; a claim every {GAP_SECONDS} s on average"
    return [
        Figure(f"p95 by the wall clock: {where}", percentile(wall, 0.95), "s", P95_SECONDS, "<=", command, note),
        Figure(f"p50 by the wall clock: {where}", percentile(wall, 0.5), "s", None, "<=", command),
        Figure(f"p95 by block time: {where}", percentile(block, 0.95), "s", P95_SECONDS, "<=", command),
        Figure(f"p50 by block time: {where}", percentile(block, 0.5), "s", None, "<=", command),
        missed,
    ]
