"""A node without a key: looks at every claim that waits and tells what it would have said. Signs and sends nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from ledger.rpc import RpcError, RpcUnavailable
from oracle.claims.errors import ChainUnread
from oracle.claims.facts import Block
from oracle.network import told
from oracle.network.chain import RoundChain
from oracle.network.events import WatchedEvents
from oracle.network.looking import place_of
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.wanted import ClaimSource, WaitingClaim, claim_key
from oracle.rounds.statements import Statement
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

FIRST_PAUSE_SECONDS = 1.0
"""Before a claim that could not be seen is looked at again; doubled each time, up to a minute."""


class DryRun:
    """As `NetworkService` to whoever asks."""

    node = "none: dry run"
    failed: str | None = None
    events: WatchedEvents | None = None

    def __init__(
        self, chain: RoundChain, claims: ClaimSource, memory: Memory, metrics: Metrics, poll_ms: int,
        *, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._chain, self._claims, self._memory, self._metrics = chain, claims, memory, metrics
        self._poll_seconds = poll_ms / 1_000
        self._clock = clock
        # By claim: when it is looked at again, and the pause after that look, seconds.
        self._next: dict[int, tuple[float, float]] = {}
        self._chain_lost = False
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="dry run", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the claim in hand."""
        self._stopped.set()
        self._thread.join(timeout=10)
        self._memory.close()

    def receive(self, _statement: Statement, _size: int) -> bool:
        """Heard and forgotten."""
        self._metrics.received("dry_run")
        return True

    def claim(self, claim_id: int) -> dict[str, object] | None:
        """What this node saw of a claim; None: it knows nothing of it."""
        seen = self._memory.seen(claim_key(claim_id))
        return {"claim_id": claim_key(claim_id), "seen": seen, "rounds": []} if seen else None

    def event(self, _product: str, _event_id: int) -> dict[str, object] | None:
        """Nothing: a dry run looks at claims."""
        return None

    def scorecard(self) -> list[dict[str, object]]:
        """Empty: it takes part in nothing."""
        return []

    def peers(self) -> list[dict[str, object]]:
        """Empty: it speaks to nobody."""
        return []

    def metrics(self) -> bytes:
        """In Prometheus' format."""
        return self._metrics.render()

    def watch_once(self) -> None:
        """Look at each claim that waits, once; again where a later look may see more.

        Raises:
            RpcError, RpcUnavailable, ChainUnread
        """
        block = self._chain.final_block()
        self._metrics.final_block(block.number)
        waiting = self._claims.waiting(block)
        self._next = {claim.claim_id: self._next.get(claim.claim_id, (0.0, FIRST_PAUSE_SECONDS)) for claim in waiting}
        for claim in waiting:
            due, pause = self._next[claim.claim_id]
            if due <= self._clock() and not self._stopped.is_set():
                again = self._look_at(claim, block)
                self._next[claim.claim_id] = (self._clock() + pause if again else math.inf, min(2 * pause, 60.0))

    def _look_at(self, claim: WaitingClaim, block: Block) -> bool:
        """Whether to look again."""
        try:
            seen = self._claims.observe(claim, block)
        except Exception as error:  # not the message: it may quote the evidence
            key = claim_key(claim.claim_id)
            log.error("claim.look_failed", claim=key, reason=type(error).__name__, at=place_of(error))
            return True
        self._memory.keep_seen(claim_key(claim.claim_id), told.explained(seen))
        unseen = isinstance(seen.observation, Unobserved)
        would_say = None if isinstance(seen.observation, Unobserved) else dict(seen.observation.numbers)
        log.info("claim.would_say", claim=claim_key(claim.claim_id), unseen=unseen, numbers=would_say)
        return seen.passing

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self.watch_once()
                self._chain_lost = False
            except (RpcError, RpcUnavailable, ChainUnread) as error:
                self._metrics.chain_failed()
                if not self._chain_lost:
                    log.warning("chain.lost", reason=str(error))
                self._chain_lost = True
            except Exception:  # the thread must outlive what nobody thought of
                log.exception("dry_run.failed")
            self._stopped.wait(self._poll_seconds)
