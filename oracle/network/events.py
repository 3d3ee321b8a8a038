"""Insured events that wait for a report, and what this node's sources say of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import structlog

from domain.errors import EventTextInvalid
from domain.hashing import canonical_json, keccak256
from domain.insured_period import InsuredPeriod, Trigger, parse_insured_period
from domain.policy import MAX_EVENT_TEXT_BYTES, Outcome
from domain.readings import TRIGGER_RULES
from ledger.bindings import InsuredEvent, ParametricProduct
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from oracle.claims.facts import Block
from oracle.network.event_book import Closed, EventBook, ToldEvent
from oracle.network.wanted import Seen, WaitingEvent
from oracle.rounds.rules import FieldRule
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved
from oracle.sources.errors import SourceMisconfigured, SourceUnavailable
from oracle.sources.facts import Source
from oracle.sources.triggers import ReadingState, due_at, observe

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MOST_AT_ONCE: Final = 64
"""Events looked after at one time; the others wait their turn."""
MAX_INT32: Final = (1 << 31) - 1
MOST_TOLD: Final = 400
OBSERVED_SECONDS: Final = 120
GIVEN_UP_SECONDS: Final = 30 * 86_400
"""After its record was final an event is looked up for so long; the clause on silence speaks of what then is open."""
PUT_OFF_SECONDS: Final = 60
"""An event of which a round brought no report has its next turn so much later, by chain time."""
STATES: Final = {
    Closed.NO: ("waiting", "its record is final: it waits for a report"),
    Closed.ON_CHAIN: ("closed", "the chain has its outcome"),
    Closed.NOT_INSURED: ("not_insured", "no policy names it: nothing is reported"),
    Closed.GIVEN_UP: ("given_up", "its record was final over 30 days ago: the clause on silence counts"),
    Closed.TIMED_OTHERWISE: ("timed_otherwise", "on chain it begins at another time than its text says: not followed"),
}
"""How an event stands: a word for programs, and words."""
SourcesFor = Callable[[InsuredPeriod], Sequence[Source[InsuredPeriod, int]]]


class EventNotTaken(Exception):
    """A node does not follow this event; `code` is stable, the message names value and remedy."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class _Terms:
    quorum: str
    min_signatures: int


class WatchedEvents:
    """The products whose events this node reports by rounds.

    What the chain keeps of an event at a block is asked for once; blocks are told apart by their hashes.

    Args:
        sources: By product: which sources a period is looked up in; each call may give a choice for its place.
    """

    def __init__(self, rpc: Rpc, book: EventBook, sources: Mapping[str, SourcesFor]) -> None:
        self._rpc, self._book, self._sources = rpc, book, sources
        self._terms: dict[str, _Terms] = {}
        self._read_at = ""
        self._kept: dict[tuple[str, int], InsuredEvent] = {}
        self._lock = Lock()

    @property
    def products(self) -> tuple[str, ...]:
        """Whose events are reported by rounds."""
        return tuple(self._sources)

    def tell(self, product: str, texts: Sequence[str]) -> int:
        """Follow events from now on. The chain has only hashes, so somebody has to say the texts.

        Anybody may: only what somebody is insured against at the newest block is kept.

        Returns:
            How many were new.
        Raises:
            EventNotTaken: `product_not_followed`, `event_text_invalid`, `too_many_events_told`, `event_not_insured`,
                `event_time_differs`, `chain_unread`.
            TooManyEvents
        """
        if product not in self._sources:
            known = ", ".join(self._sources) or "none"
            raise EventNotTaken("product_not_followed", f"product is {product}, followed are {known}: use one of them")
        if not 1 <= len(texts) <= MOST_TOLD:
            raise EventNotTaken("too_many_events_told", f"{len(texts)} events: tell 1 to {MOST_TOLD} at once")
        fresh = self._book.unknown([_told(product, text) for text in texts])
        self._require_insured(fresh)
        return self._book.keep(fresh)

    def told(self, product: str, event_id: int, now: int) -> dict[str, object] | None:
        """An event's text and how it stands at a chain time; None: nobody told of it."""
        event = self._book.find(product, event_id)
        if event is None:
            return None
        state, words = STATES[event.closed]
        if event.closed is Closed.NO and now < event.due_at:
            state, words = "not_due", f"its record is final from {event.due_at} on"
        return {"insured_event": event.text, "due_at": event.due_at, "state": state, "words": words}

    def close(self) -> None:
        """Give the book back."""
        self._book.close()

    def put_off(self, events: Sequence[WaitingEvent], now: int) -> None:
        """Rounds of these brought no report: others have their turn, these a little later again."""
        if events:
            self._book.put_off([(event.product, event.subject) for event in events], now + PUT_OFF_SECONDS)

    def waiting(self, block: Block, under_way: Collection[tuple[str, int]] = ()) -> Sequence[WaitingEvent]:
        """Events that are due and open at a block.

        Args:
            under_way: Product and event of rounds to be gone on with: their turn is now, however many are due.
        Raises:
            RpcError, RpcUnavailable
        """
        due = {(event.product, event.event_id): event for event in self._book.due(block.time, MOST_AT_ONCE)}
        for key in under_way:
            event = self._book.find(*key)
            if event is not None and event.closed is Closed.NO:
                due.setdefault(key, event)
        return self._open(list(due.values()), block)

    def _open(self, due: Sequence[ToldEvent], block: Block) -> list[WaitingEvent]:
        if self._read_at != block.hash:
            self._read_at = block.hash
            self._kept.clear()
        new = [(event.product, event.event_id) for event in due if (event.product, event.event_id) not in self._kept]
        calls = [(product, ParametricProduct.insured_event(event_id)) for product, event_id in new]
        self._kept.update(zip(new, self._rpc.eth_calls(calls, block.hash) if calls else [], strict=True))
        found = (self._waiting(event, self._kept[event.product, event.event_id], block) for event in due)
        return [waiting for waiting in found if waiting is not None]

    def observe(self, event: WaitingEvent, block: Block) -> Seen:
        """What the sources say of an event, as of a block."""
        insured, at = event.insured, block.time
        told: dict[str, object] = {"insured_event": insured.text(), "block": block.number}
        sources = self._sources[event.product](insured)
        try:
            reading = observe(insured, sources, at)
        except (SourceUnavailable, EventTextInvalid) as error:  # the latter: a source for another trigger
            code = error.code if isinstance(error, SourceUnavailable) else SourceMisconfigured.code
            return Seen(Unobserved((f"source.{code}",)), {**told, "explained": str(error)}, passing=True)
        if reading.state is not ReadingState.MEASURED or reading.value is None:
            words = {**told, "explained": reading.why_missing}
            return Seen(Unobserved((f"reading.{reading.state}",)), words, passing=True)
        key = f"{event.subject:064x}"
        numbers = sorted({f"value.{key}": reading.value, "observed_at": at}.items())
        decisions = ((f"outcome.{key}", int(Outcome.MEASURED).to_bytes(32, "big")),)
        said = Observation(tuple(numbers), decisions, (("source", source_version(sources)),))
        facts = [
            {"source": source.name, "value": fact.value, "age_seconds": fact.freshness_seconds, "licence": fact.licence}
            for source, fact in zip(sources, reading.facts, strict=True)
        ]
        return Seen(said, {**told, "value": reading.value, "facts": facts})

    def _require_insured(self, events: Sequence[ToldEvent]) -> None:
        """All of them are insured, open, and timed as on chain: what is far ahead is so because somebody bought it."""
        calls = [(event.product, ParametricProduct.insured_event(event.event_id)) for event in events]
        try:
            kept = self._rpc.eth_calls(calls) if calls else []
        except (RpcError, RpcUnavailable) as error:
            raise EventNotTaken("chain_unread", f"the chain cannot be read ({error}): tell it again later") from error
        for event, on_chain in zip(events, kept, strict=True):
            if on_chain.policies == 0 or on_chain.outcome is not Outcome.OPEN:
                told = (
                    f"{event.text} has {on_chain.policies} policies of {event.product} and is {on_chain.outcome.name}"
                )
                raise EventNotTaken("event_not_insured", f"{told}: tell it once a policy is bound, while it is open")
            occurs_at = parse_insured_period(event.text).occurs_at
            if on_chain.occurs_at != occurs_at:
                told = f"{event.text} occurs at {occurs_at}, on chain at {on_chain.occurs_at}"
                raise EventNotTaken("event_time_differs", f"{told}: such an event is never reported, bind it anew")

    def _waiting(self, event: ToldEvent, on_chain: InsuredEvent, block: Block) -> WaitingEvent | None:
        insured = parse_insured_period(event.text)
        why = _why_closed(event, insured, on_chain, block)
        if why is not Closed.NO:
            self._book.mark_closed(event.product, event.event_id, why)
            if why is Closed.TIMED_OTHERWISE:
                log.warning("event.not_followed", product=event.product, insured_event=event.text)
            return None
        terms = self._terms_of(event.product, block)
        return WaitingEvent(event.product, insured, terms.quorum, terms.min_signatures)

    def _terms_of(self, product: str, block: Block) -> _Terms:
        with self._lock:
            if product not in self._terms:
                terms = self._rpc.eth_call(product, ParametricProduct.terms(), block.hash)
                self._terms[product] = _Terms(terms.quorum, terms.min_signatures)
            return self._terms[product]


def event_rules(trigger: Trigger) -> dict[str, FieldRule]:
    """How near readings of a trigger must be: within its sources' tolerance, or no report. Records may be revised
    between two nodes' looks; what the clause takes for the same is the same here."""
    near = TRIGGER_RULES[trigger].tolerance
    return {
        "value": FieldRule(0, MAX_INT32, tolerance=near, tight=near),
        "observed_at": FieldRule(1, (1 << 40) - 1, tolerance=OBSERVED_SECONDS, tight=OBSERVED_SECONDS),
    }


def source_version(sources: Sequence[Source[InsuredPeriod, int]]) -> bytes:
    """What the sources are, in whatever order they are asked: `source_hash` of the report."""
    hashes = sorted(f"0x{source.source_hash.hex()}" for source in sources)
    return keccak256(canonical_json({"scheme": "quittance events 1", "sources": hashes}))


def _why_closed(event: ToldEvent, insured: InsuredPeriod, on_chain: InsuredEvent, block: Block) -> Closed:
    if on_chain.policies == 0:
        return Closed.NOT_INSURED
    if on_chain.outcome is not Outcome.OPEN:
        return Closed.ON_CHAIN
    if block.time > event.due_at + GIVEN_UP_SECONDS:
        return Closed.GIVEN_UP
    return Closed.NO if on_chain.occurs_at == insured.occurs_at else Closed.TIMED_OTHERWISE


def _told(product: str, text: str) -> ToldEvent:
    if len(text.encode()) > MAX_EVENT_TEXT_BYTES:
        raise EventNotTaken("event_text_invalid", f"insured_event has over {MAX_EVENT_TEXT_BYTES} bytes: shorten it")
    try:
        insured = parse_insured_period(text)
    except EventTextInvalid as error:
        raise EventNotTaken("event_text_invalid", str(error)) from error
    return ToldEvent(product, insured.event_id(), text, due_at(insured))
