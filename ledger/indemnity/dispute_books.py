"""What is known of a dispute: how it was opened, its panels, its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.panel import PanelDecision, PanelRuling
from ledger import bindings as b

DECIDED, DELIVERED = 5, 6


@dataclass(slots=True)
class Sitting:
    """A drawn panel. Times in unix seconds; commitments and rulings by arbitrator."""

    arbitrators: tuple[str, ...]
    drawn_at: int
    commit_until: int
    reveal_until: int
    committed: dict[str, bytes] = field(default_factory=dict)
    rulings: dict[str, PanelRuling] = field(default_factory=dict)


@dataclass(slots=True)
class OpenDispute:
    """A dispute as its opening said it, and what came of it. Amounts in token units.

    Attributes:
        bench_block, hash_block: Drawn from the bench of the one, by the hash of the other.
        waiting_since: A panel has to be drawn since then, unix seconds.
        sittings: Panels, at most two.
        is_delivered: Whether the court has taken the decision.
    """

    number: int
    opening: b.DisputeOpened
    bench_block: int
    hash_block: int
    waiting_since: int
    sittings: list[Sitting] = field(default_factory=list)
    awaits_draw: bool = True
    decision: PanelDecision | None = None
    is_delivered: bool = False

    @property
    def state(self) -> int:
        """As `DisputeState` numbers it."""
        if self.decision is not None:
            return DELIVERED if self.is_delivered else DECIDED
        return 2 * len(self.sittings) + (1 if self.awaits_draw else 0)
