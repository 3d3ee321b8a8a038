"""Each node's rounds, agreement, latency and overturned outcomes: events, and a table folded from them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from oracle.rounds.outcome import Outcome


@dataclass(frozen=True, slots=True)
class RoundScored:
    """One node's part in one round. `latency_ms` None: it said nothing."""

    request_id: bytes
    node: str
    latency_ms: int | None
    reported: bool
    agreed: bool
    signed: bool
    equivocated: bool


@dataclass(frozen=True, slots=True)
class OutcomeOverturned:
    """A person or a panel decided otherwise than the report of a request; `at` unix seconds."""

    request_id: bytes
    at: int


ScoreEvent: TypeAlias = RoundScored | OutcomeOverturned


@dataclass(frozen=True, slots=True)
class NodeScore:
    """One row of the table. Latencies in milliseconds, over the rounds it observed in."""

    node: str
    rounds: int = 0
    observed: int = 0
    reported: int = 0
    agreed: int = 0
    signed: int = 0
    equivocated: int = 0
    overturned: int = 0
    latency_sum_ms: int = 0
    latency_most_ms: int = 0

    @property
    def agreement_bps(self) -> int:
        """Rounds it agreed in, of those that gave a report, in basis points, rounded down; 0 before the first."""
        return self.agreed * 10_000 // self.reported if self.reported else 0

    @property
    def latency_mean_ms(self) -> int:
        """Rounded down; 0 before the first."""
        return self.latency_sum_ms // self.observed if self.observed else 0


def events_of(outcome: Outcome) -> list[RoundScored]:
    """What a round says about its nodes."""
    reported = outcome.report is not None
    return [
        RoundScored(
            outcome.request.id, each.node, each.latency_ms, reported, each.agreed and reported,
            each.signed and reported, each.equivocated,
        )
        for each in outcome.standings
    ]  # fmt: skip


def scored(events: Iterable[ScoreEvent]) -> list[NodeScore]:
    """The table, by ascending signer. The order of the events does not matter, repeats count once."""
    rows: dict[str, NodeScore] = {}
    signers: dict[bytes, set[str]] = {}
    counted: set[tuple[bytes, str]] = set()
    overturned: set[bytes] = set()
    for event in events:
        if isinstance(event, OutcomeOverturned):
            overturned.add(event.request_id)
        elif (event.request_id, event.node) not in counted:
            counted.add((event.request_id, event.node))
            rows[event.node] = _with(rows.get(event.node, NodeScore(event.node)), event)
            if event.signed:
                signers.setdefault(event.request_id, set()).add(event.node)
    for request_id in overturned:
        for node in signers.get(request_id, ()):
            rows[node] = replace(rows[node], overturned=rows[node].overturned + 1)
    return sorted(rows.values(), key=lambda row: int(row.node, 16))


def _with(row: NodeScore, event: RoundScored) -> NodeScore:
    latency = event.latency_ms or 0
    return replace(
        row,
        rounds=row.rounds + 1,
        observed=row.observed + (event.latency_ms is not None),
        reported=row.reported + event.reported,
        agreed=row.agreed + event.agreed,
        signed=row.signed + event.signed,
        equivocated=row.equivocated + event.equivocated,
        latency_sum_ms=row.latency_sum_ms + latency,
        latency_most_ms=max(row.latency_most_ms, latency),
    )
