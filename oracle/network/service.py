"""One node's part in the network: watches the chain, looks at claims, takes part in rounds, hands reports in."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import structlog

from ledger.rpc import RpcError, RpcUnavailable
from oracle.claims.errors import ChainUnread
from oracle.claims.facts import Block
from oracle.network import told
from oracle.network.chain import RoundChain
from oracle.network.engine import Engine
from oracle.network.hand_in import HandInWorker
from oracle.network.looking import Errand, Looker
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.overturned import OverturnedWatch
from oracle.network.surroundings import NodeSurroundings, RoundSettings
from oracle.network.transport import Peers
from oracle.network.wanted import ClaimSource, Seen, SignerSet, WaitingClaim, claim_key, loss_request
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.runner import request_of
from oracle.rounds.statements import Statement
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

DECISIONS_EVERY_SECONDS = 5.0
"""How often people's decisions are read: nothing waits for them."""


@dataclass(frozen=True)
class Parts:
    """What a service is made of."""

    chain: RoundChain
    claims: ClaimSource
    memory: Memory
    metrics: Metrics
    peers: Peers
    engine: Engine
    hand_in: HandInWorker
    overturned: OverturnedWatch


class NetworkService:
    """Start it, stop it, ask it."""

    def __init__(
        self, node: str, settings: RoundSettings, surroundings: NodeSurroundings, parts: Parts,
        left_open: Sequence[bytes] = (),
    ) -> None:  # fmt: skip
        self.node, self._settings, self._around, self._parts = node, settings, surroundings, parts
        self._looker = Looker(parts.claims, parts.metrics, self._found)
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="chain watch", daemon=True)
        self._chain_lost = False
        self._next_decisions = 0.0
        self._left_open: Sequence[bytes] | None = left_open

    def start(self) -> None:
        """Begin to take part."""
        self._parts.engine.start()
        self._looker.start()
        self._parts.hand_in.start()
        self._thread.start()

    def stop(self) -> None:
        """End; everything said is on disk."""
        self._stopped.set()
        self._thread.join(timeout=10)
        self._looker.stop()
        self._parts.engine.stop()
        self._parts.hand_in.stop()
        self._parts.peers.close()
        self._parts.memory.close()

    def receive(self, statement: Statement) -> bool:
        """A statement of another node; False where too many wait."""
        return self._parts.engine.offer(statement)

    def claim(self, claim_id: int) -> dict[str, object] | None:
        """What this node saw of a claim, and how its rounds ended; None: it knows nothing of it."""
        subject = claim_key(claim_id)
        seen, rounds = self._parts.memory.seen(subject), self._parts.memory.outcomes(subject)
        return {"claim_id": subject, "seen": seen, "rounds": rounds} if seen or rounds else None

    def scorecard(self) -> list[dict[str, object]]:
        """Each node's rounds as this node saw them."""
        return [told.score_of(row) for row in self._parts.memory.scores()]

    def metrics(self) -> bytes:
        """In Prometheus' format."""
        return self._parts.metrics.render()

    @property
    def failed(self) -> str | None:
        """Why rounds stand still here, if they do."""
        return self._parts.engine.failed

    def peers(self) -> list[dict[str, object]]:
        """How each peer was last found; seconds ago, None for never."""
        now = time.monotonic()
        return [
            {
                "node": node,
                "heard_seconds_ago": None if state.heard_at is None else int(now - state.heard_at),
                "failed_seconds_ago": None if state.failed_at is None else int(now - state.failed_at),
                "refused": state.refused,
            }
            for node, state in self._parts.peers.states().items()
        ]

    def watch_once(self) -> None:
        """Look at the chain, and take part in what it asks for. Raises `RpcError`, `RpcUnavailable`, `ChainUnread`."""
        block = self._parts.chain.final_block()
        self._around.seen(block)
        self._parts.metrics.final_block(block.number)
        waiting = self._parts.claims.waiting(block)
        if self._left_open is not None:
            self._resume(self._left_open, {claim.claim_id: claim for claim in waiting}, block)
            self._left_open = None
        sets: dict[str, SignerSet] = {}
        for claim in waiting:
            if claim.quorum not in sets:
                sets[claim.quorum] = self._parts.chain.signer_set(claim.quorum, block)
            self._begin(claim, sets[claim.quorum], block)
        if time.monotonic() >= self._next_decisions:
            self._next_decisions = time.monotonic() + DECISIONS_EVERY_SECONDS
            self._parts.overturned.look(block)

    def _resume(self, carriers: Sequence[bytes], waiting: Mapping[int, WaitingClaim], block: Block) -> None:
        """Rounds that were open when this node stopped: gone on with, or ended by their deadline."""
        for request in map(request_of, carriers):
            signers = self._parts.chain.signer_set(request.quorum, block, request.signer_epoch)
            claim = waiting.get(request.subjects[0])
            self._join(request, signers, claim, block)

    def _begin(self, claim: WaitingClaim, signers: SignerSet, block: Block) -> None:
        settings = self._settings
        try:
            request = loss_request(claim, settings.chain_id, signers, block.time, settings.valid_seconds)
        except RoundRefused as refusal:
            self._not_asked(claim.claim_id, refusal)
            return
        self._join(request, signers, claim, block)

    def _join(self, request: Request, signers: SignerSet, claim: WaitingClaim | None, block: Block) -> None:
        """Without a claim that waits there is nothing to look at; others may still need this node's words."""
        if self._parts.engine.takes_part_in(request):
            return
        least = claim.min_signatures if claim is not None else 0
        try:
            rules = RoundRules(signers.signers, self._settings.fields, self._settings.timing, min_signatures=least)
        except RoundRefused as refusal:
            self._not_asked(request.subjects[0], refusal)
            return
        self._around.remember(request, signers)
        errand = None if claim is None else Errand(request, claim, block)
        self._parts.engine.begin(request, rules, lambda: None if errand is None else self._looker.look(errand))

    def _not_asked(self, claim_id: int, refusal: RoundRefused) -> None:
        self._parts.metrics.refused(refusal.code)
        log.warning("claim.not_asked", claim=claim_key(claim_id), code=refusal.code, detail=refusal.detail)

    def _found(self, errand: Errand, seen: Seen) -> None:
        explained = told.explained(seen)
        self._parts.memory.keep_seen(claim_key(errand.claim.claim_id), explained)
        if isinstance(seen.observation, Unobserved):
            log.warning("claim.not_seen", claim=claim_key(errand.claim.claim_id), missing=list(seen.observation.fields))
        self._parts.engine.looked(errand.request, seen)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self.watch_once()
                self._chain_lost = False
            except (RpcError, RpcUnavailable, ChainUnread) as error:
                self._parts.metrics.chain_failed()
                if not self._chain_lost:
                    log.warning("chain.lost", reason=str(error))
                self._chain_lost = True
            except Exception:  # the thread must outlive what nobody thought of
                log.exception("chain.watch_failed")
            self._stopped.wait(self._settings.poll_ms / 1_000)
