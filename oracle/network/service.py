"""One node's part in the network: watches the chain, looks at claims, takes part in rounds, hands reports in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import structlog

from domain.insured_period import Trigger
from ledger.rpc import RpcError, RpcUnavailable
from oracle.claims.errors import ChainUnread
from oracle.claims.facts import Block
from oracle.network import told
from oracle.network.chain import RoundChain
from oracle.network.engine import Engine
from oracle.network.events import WaitingEvent, WatchedEvents, event_request, event_rules
from oracle.network.hand_in import HandInWorker
from oracle.network.looking import Looker
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.overturned import OverturnedWatch
from oracle.network.surroundings import NodeSurroundings, RoundSettings
from oracle.network.transport import Peers
from oracle.network.wanted import (
    ClaimSource,
    Errand,
    Seen,
    SignerSet,
    WaitingClaim,
    claim_key,
    event_key,
    loss_request,
    subject_key,
)
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import FieldRule, Request, RequestKind, RoundRules
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
    events: WatchedEvents | None = None


class NetworkService:
    """Start it, stop it, ask it."""

    def __init__(
        self, node: str, settings: RoundSettings, surroundings: NodeSurroundings, parts: Parts,
        left_open: Sequence[bytes] = (),
    ) -> None:  # fmt: skip
        self.node, self._settings, self._around, self._parts = node, settings, surroundings, parts
        self._looker = Looker(parts.metrics, self._found)
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

    def event(self, product: str, event_id: int) -> dict[str, object] | None:
        """What this node saw of an insured event, and how its rounds ended; None: it knows nothing of it."""
        subject = event_key(product, event_id)
        seen, rounds = self._parts.memory.seen(subject), self._parts.memory.outcomes(subject)
        return (
            {"product": product, "event_id": f"0x{event_id:064x}", "seen": seen, "rounds": rounds}
            if seen or rounds
            else None
        )

    @property
    def events(self) -> WatchedEvents | None:
        """The events reported by rounds here, if any are."""
        return self._parts.events

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
        sets = _SignerSets(self._parts.chain, block)
        claims = self._parts.claims.waiting(block)
        events = self._parts.events.waiting(block) if self._parts.events is not None else ()
        if self._left_open is not None:
            self._resume(self._left_open, claims, events, block)
            self._left_open = None
        for claim in claims:
            self._begin(claim, sets.of(claim.quorum), block)
        for event in events:
            self._begin_event(event, sets.of(event.quorum), block)
        if time.monotonic() >= self._next_decisions:
            self._next_decisions = time.monotonic() + DECISIONS_EVERY_SECONDS
            self._parts.overturned.look(block)

    def _resume(
        self, carriers: Sequence[bytes], claims: Sequence[WaitingClaim], events: Sequence[WaitingEvent], block: Block
    ) -> None:  # fmt: skip
        """Rounds that were open when this node stopped: gone on with, or ended by their deadline. Where nothing waits
        for the report any more there is nothing to look at; others may still need this node's words."""
        waiting_claims = {claim.claim_id: claim for claim in claims}
        waiting_events = {(event.product, event.event_id): event for event in events}
        for request in map(request_of, carriers):
            signers = self._parts.chain.signer_set(request.quorum, block, request.signer_epoch)
            claim = waiting_claims.get(request.subjects[0]) if request.kind is RequestKind.LOSS else None
            event = waiting_events.get((request.contract, request.subjects[0]))
            if claim is not None:
                self._join_claim(request, signers, claim, block)
            elif event is not None:
                self._join_event(request, signers, event, block)
            else:
                fields = self._settings.fields if request.kind is RequestKind.LOSS else event_rules(Trigger.EARTHQUAKE)
                self._join(request, signers, fields, 0, None)

    def _begin(self, claim: WaitingClaim, signers: SignerSet, block: Block) -> None:
        settings = self._settings
        try:
            request = loss_request(claim, settings.chain_id, signers, block.time, settings.valid_seconds)
        except RoundRefused as refusal:
            self._not_asked(claim_key(claim.claim_id), refusal)
            return
        self._join_claim(request, signers, claim, block)

    def _begin_event(self, event: WaitingEvent, signers: SignerSet, block: Block) -> None:
        settings = self._settings
        try:
            request = event_request(event, settings.chain_id, signers, block.time, settings.valid_seconds)
        except RoundRefused as refusal:
            self._not_asked(event_key(event.product, event.event_id), refusal)
            return
        self._join_event(request, signers, event, block)

    def _join_claim(self, request: Request, signers: SignerSet, claim: WaitingClaim, block: Block) -> None:
        fields, least = self._settings.fields, claim.min_signatures
        self._join(request, signers, fields, least, lambda: self._parts.claims.observe(claim, block))

    def _join_event(self, request: Request, signers: SignerSet, event: WaitingEvent, block: Block) -> None:
        events, least = self._parts.events, event.min_signatures
        assert events is not None
        fields = event_rules(event.insured.trigger)
        self._join(request, signers, fields, least, lambda: events.observe(event, block))

    def _join(
        self,
        request: Request,
        signers: SignerSet,
        fields: Mapping[str, FieldRule],
        min_signatures: int,
        observe: Callable[[], Seen] | None,
    ) -> None:
        if self._parts.engine.takes_part_in(request):
            return
        try:
            rules = RoundRules(signers.signers, fields, self._settings.timing, min_signatures=min_signatures)
        except RoundRefused as refusal:
            self._not_asked(subject_key(request), refusal)
            return
        self._around.remember(request, signers)
        errand = None if observe is None else Errand(request, observe)
        self._parts.engine.begin(request, rules, lambda: None if errand is None else self._looker.look(errand))

    def _not_asked(self, subject: str, refusal: RoundRefused) -> None:
        self._parts.metrics.refused(refusal.code)
        log.warning("round.not_asked", subject=subject, code=refusal.code, detail=refusal.detail)

    def _found(self, errand: Errand, seen: Seen) -> None:
        subject = subject_key(errand.request)
        self._parts.memory.keep_seen(subject, told.explained(seen))
        if isinstance(seen.observation, Unobserved):
            log.warning("subject.not_seen", subject=subject, missing=list(seen.observation.fields))
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


class _SignerSets:
    """The set that speaks for each quorum at a block, asked for once."""

    def __init__(self, chain: RoundChain, block: Block) -> None:
        self._chain, self._block = chain, block
        self._known: dict[str, SignerSet] = {}

    def of(self, quorum: str) -> SignerSet:
        if quorum not in self._known:
            self._known[quorum] = self._chain.signer_set(quorum, self._block)
        return self._known[quorum]
