"""One node's part in the network: watches the chain, looks at claims, takes part in rounds, hands reports in."""

from __future__ import annotations

import time
from collections import OrderedDict
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
from oracle.network.events import WatchedEvents, event_rules
from oracle.network.gate import Gate
from oracle.network.hand_in import HandInWorker
from oracle.network.looking import ONE_AT_A_TIME, ClaimsAndEvents, Looker, Looking
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.overturned import OverturnedWatch
from oracle.network.surroundings import NodeSurroundings, RoundSettings
from oracle.network.transport import Peers
from oracle.network.turns import Errand
from oracle.network.wanted import (
    ClaimSource,
    Seen,
    SignerSet,
    Waiting,
    WaitingEvent,
    claim_key,
    event_key,
    request_for,
    subject_key,
)
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.rules import Request, RequestKind, RoundRules
from oracle.rounds.runner import request_of
from oracle.rounds.statements import Statement
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

DECISIONS_EVERY_SECONDS = 5.0
"""How often people's decisions are read: nothing waits for them."""
MOST_OPEN = 64
"""Rounds under way at one time; claims noticed later wait for their turn."""
MOST_OPEN_WITH_EVENTS = 32
"""Events begin no round where so many are under way: records nobody can read keep no claim waiting."""
MOST_TOLD = 10_000
"""Refusals that are remembered so as to be told once."""


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
    gate: Gate
    unfinished: Callable[[], Sequence[bytes]]
    """Carriers of the requests that are open in the journal."""
    looking: Looking = ONE_AT_A_TIME
    events: WatchedEvents | None = None


class NetworkService:
    """Start it, stop it, ask it."""

    def __init__(
        self, node: str, settings: RoundSettings, surroundings: NodeSurroundings, parts: Parts
    ) -> None:  # fmt: skip
        self.node, self._settings, self._around, self._parts = node, settings, surroundings, parts
        eyes = ClaimsAndEvents(parts.claims, parts.events)
        self._looker = Looker(
            eyes, parts.metrics, self._found, parts.looking, noted=self._noted, newest=surroundings.newest
        )
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="chain watch", daemon=True)
        self._chain_lost = False
        self._next_decisions = 0.0
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

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
        if self._parts.events is not None:
            self._parts.events.close()

    def receive(self, statement: Statement, size: int) -> bool:
        """A statement of another node, and its bytes; False where too many wait. Raises `RoundRefused`."""
        try:
            self._parts.gate.check(statement, size)
        except RoundRefused:
            self._parts.metrics.received("refused")
            raise
        return self._parts.engine.offer(statement, size)

    def claim(self, claim_id: int) -> dict[str, object] | None:
        """What this node saw of a claim, and how its rounds ended; None: it knows nothing of it."""
        subject = claim_key(claim_id)
        seen, rounds = self._parts.memory.seen(subject), self._parts.memory.outcomes(subject)
        return {"claim_id": subject, "seen": seen, "rounds": rounds} if seen or rounds else None

    def event(self, product: str, event_id: int) -> dict[str, object] | None:
        """What this node saw of an insured event, and how its rounds ended; None: it knows nothing of it."""
        subject = event_key(product, event_id)
        seen, rounds = self._parts.memory.seen(subject), self._parts.memory.outcomes(subject)
        events = self._parts.events
        known = None if events is None else events.told(product, event_id, self._around.chain_time())
        if not (known or seen or rounds):
            return None
        return {"product": product, "event_id": f"0x{event_id:064x}", **(known or {}), "seen": seen, "rounds": rounds}

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
        if self._parts.engine.failed is not None or self._thread.ident is None:
            return self._parts.engine.failed
        threads: dict[str, Thread | Looker | HandInWorker]
        threads = {"chain watch": self._thread, "looking": self._looker, "hand in": self._parts.hand_in}
        stopped = [name for name, thread in threads.items() if not _is_alive(thread)]
        return f"{stopped[0]} has ended" if stopped else None

    def peers(self) -> list[dict[str, object]]:
        """How each peer was last found; seconds ago, None for never."""
        return told.peers_of(self._parts.peers.states(), time.monotonic())

    def watch_once(self) -> None:
        """Look at the chain, and take part in what it asks for. Raises `RpcError`, `RpcUnavailable`, `ChainUnread`."""
        block = self._parts.chain.final_block()
        self._around.seen(block)
        self._parts.metrics.final_block(block.number)
        takes_part = self._parts.engine.takes_part_in
        to_go_on = [each for each in map(request_of, self._parts.unfinished()) if not takes_part(each)]
        waiting: list[Waiting] = [*self._parts.claims.waiting(block)]
        if self._parts.events is not None:
            under_way = [(each.contract, each.subjects[0]) for each in to_go_on if each.kind is RequestKind.EVENT]
            waiting += self._parts.events.waiting(block, under_way)
        self._go_on(to_go_on, {asked.key: asked for asked in waiting}, block)
        self._begin_each(waiting, block)
        if time.monotonic() >= self._next_decisions:
            self._next_decisions = time.monotonic() + DECISIONS_EVERY_SECONDS
            self._parts.overturned.look(block)

    def _begin_each(self, waiting: Sequence[Waiting], block: Block) -> None:
        sets: dict[str, SignerSet | None] = {}
        left = MOST_OPEN - self._parts.engine.open_rounds
        in_vain: list[WaitingEvent] = []
        for asked in waiting:
            if left <= 0:
                break  # the oldest first, at every node: they come together on the same ones
            if asked.quorum not in sets:
                sets[asked.quorum] = self._signers(asked.quorum, block)
            signers = sets[asked.quorum]
            request = None if signers is None else self._request(asked, signers, block)
            if isinstance(asked, WaitingEvent) and (request is None or self._parts.engine.brought_nothing(request)):
                in_vain.append(asked)
            if signers is None or request is None:
                continue
            if isinstance(asked, WaitingEvent) and left <= MOST_OPEN - MOST_OPEN_WITH_EVENTS:
                continue
            if self._join(request, signers, asked, block):
                left -= 1
            elif isinstance(asked, WaitingEvent) and not self._parts.engine.takes_part_in(request):
                in_vain.append(asked)
        if self._parts.events is not None:
            self._parts.events.put_off(in_vain, block.time)

    def _go_on(
        self, requests: Sequence[Request], waiting: Mapping[str, Waiting], block: Block
    ) -> None:  # fmt: skip
        """Rounds that are open in the journal and not under way, after a restart or a signature that was not to be had:
        gone on with, or ended by their deadline. Until then they keep the subject's next request out."""
        for request in requests:
            signers = self._signers(request.quorum, block, request.signer_epoch)
            if signers is not None:
                self._join(request, signers, waiting.get(subject_key(request)), block)

    def _signers(self, quorum: str, block: Block, epoch: int | None = None) -> SignerSet | None:
        """None: this quorum's contract does not answer; claims of others go on."""
        try:
            signers = self._parts.chain.signer_set(quorum, block, epoch)
        except RpcError as error:
            self._parts.metrics.chain_failed()
            self._tell(quorum, RoundRefused("quorum_unread", f"quorum {quorum}: {error}"))
            return None
        self._parts.gate.know(signers.signers)
        return signers

    def _request(self, asked: Waiting, signers: SignerSet, block: Block) -> Request | None:
        settings = self._settings
        try:
            return request_for(asked, settings.chain_id, signers, block.time, settings.valid_seconds)
        except RoundRefused as refusal:
            self._tell(asked.key, refusal)
            return None

    def _join(
        self, request: Request, signers: SignerSet, asked: Waiting | None, block: Block
    ) -> bool:  # fmt: skip
        """Whether a round was begun that takes one of the places. Where nothing waits for the report there is nothing
        to look at; others may still need this node's words."""
        if self._parts.engine.takes_part_in(request):
            return False
        least = asked.min_signatures if asked is not None else 0
        fields = self._settings.fields
        if request.kind is RequestKind.EVENT:  # of a trigger that is not known any more: the strictest
            fields = event_rules(asked.insured.trigger if isinstance(asked, WaitingEvent) else Trigger.EARTHQUAKE)
        try:
            rules = RoundRules(signers.signers, fields, self._settings.timing, min_signatures=least)
        except RoundRefused as refusal:
            self._tell(subject_key(request), refusal)
            return False
        self._around.remember(request, signers)
        errand = None if asked is None else Errand(request, asked, block)
        self._parts.engine.begin(request, rules, lambda: None if errand is None else self._looker.look(errand))
        return not self._parts.engine.has_refused(request)

    def _tell(self, about: str, refusal: RoundRefused) -> None:
        """Once: the chain is looked at again and again."""
        if (about, refusal.code) in self._told:
            return
        self._told[about, refusal.code] = None
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        self._parts.metrics.refused(refusal.code)
        log.warning("round.not_asked", about=about, code=refusal.code, detail=refusal.detail)

    def _noted(self, errand: Errand, seen: Seen) -> None:
        """At every look: whoever asks is not kept waiting until the last."""
        self._parts.memory.keep_seen(subject_key(errand.request), told.explained(seen))

    def _found(self, errand: Errand, seen: Seen) -> None:
        about = subject_key(errand.request)
        self._parts.engine.looked(errand.request, seen)
        if isinstance(seen.observation, Unobserved):
            log.warning("subject.not_seen", about=about, missing=list(seen.observation.fields))

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


def _is_alive(thread: Thread | Looker | HandInWorker) -> bool:
    return thread.is_alive() if isinstance(thread, Thread) else thread.is_alive
