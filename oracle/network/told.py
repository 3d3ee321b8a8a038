"""Rounds and claims as JSON, for whoever asks a node. Nothing personal in them."""

from __future__ import annotations

from collections.abc import Mapping

from domain.claim_reports import LossReport
from domain.reports import EventReport
from oracle.network.transport import PeerState
from oracle.network.wanted import Seen
from oracle.rounds.outcome import MOST_NAMED, Outcome
from oracle.rounds.scorecard import NodeScore
from oracle.rounds.steps import Unobserved


def told_of(outcome: Outcome) -> dict[str, object]:
    """An outcome as JSON: where it led, spreads, who had what against it, and each node's part."""
    report = None if outcome.report is None else outcome.report.report
    return {
        "request": outcome.request.id.hex(),
        "path": outcome.path.value,
        "explained": outcome.explained(),
        "attempt": outcome.attempt,
        "took_ms": outcome.took_ms,
        "sequence": outcome.request.sequence,
        "signer_epoch": outcome.request.signer_epoch,
        "digest": None if outcome.report is None else f"0x{outcome.report.digest.hex()}",
        "loss": str(report.loss) if isinstance(report, LossReport) else None,
        "value": report.measurements[0].value if isinstance(report, EventReport) else None,
        "signatures": len(outcome.signatures),
        "spreads": {name: str(spread) for name, spread in outcome.spreads.items()},
        "reasons": [
            {"node": each.node, "code": each.code.value, "fields": list(each.fields[:MOST_NAMED]), "words": str(each)}
            for each in outcome.reasons
        ],
        "nodes": [
            {
                "node": each.node,
                "latency_ms": each.latency_ms,
                "agreed": each.agreed,
                "signed": each.signed,
                "equivocated": each.equivocated,
            }
            for each in outcome.standings
        ],
    }


def explained(seen: Seen) -> dict[str, object]:
    """What this node saw, as JSON."""
    missing = list(seen.observation.fields) if isinstance(seen.observation, Unobserved) else []
    return {**seen.explained, "could_not_see": missing}


def peers_of(states: Mapping[str, PeerState], now: float) -> list[dict[str, object]]:
    """How each peer was last found, at a time of the monotonic clock."""
    return [
        {
            "node": node,
            "heard_seconds_ago": None if state.heard_at is None else int(now - state.heard_at),
            "failed_seconds_ago": None if state.failed_at is None else int(now - state.failed_at),
            "refused": state.refused,
        }
        for node, state in states.items()
    ]


def score_of(row: NodeScore) -> dict[str, object]:
    """A row of the scorecard."""
    return {
        "node": row.node,
        "rounds": row.rounds,
        "observed": row.observed,
        "reported": row.reported,
        "agreed": row.agreed,
        "signed": row.signed,
        "equivocated": row.equivocated,
        "overturned": row.overturned,
        "agreement_bps": row.agreement_bps,
        "latency_mean_ms": row.latency_mean_ms,
        "latency_most_ms": row.latency_most_ms,
    }
