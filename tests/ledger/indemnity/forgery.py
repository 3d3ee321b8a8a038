"""Ways to falsify a list of events, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from domain.hashing import keccak256
from ledger import bindings as b
from ledger.codec import ChainEvent, decode_arguments
from ledger.indemnity.decisions import DECIDE, REPORT_LOSS
from ledger.indemnity.sales import BIND

Events: TypeAlias = list[ChainEvent]
Forgery: TypeAlias = Callable[[Events], tuple[Events, bytes]]
"""Events → falsified events, and the transaction in which they were."""
LAST = -1
NOWHERE = b""
"""In place of a transaction: a finding may be in any."""


def changed(kind: type[ChainEvent], place: int = 0, **fields: Any) -> Forgery:
    """Another value in a field of the event of a kind at a place (-1: the last); a callable makes it of the old."""

    def forge(events: Events) -> tuple[Events, bytes]:
        index = _places(events, kind)[place]
        event = events[index]
        new = {name: value(getattr(event, name)) if callable(value) else value for name, value in fields.items()}
        return [*events[:index], replace(event, **new), *events[index + 1 :]], event.log.transaction_hash

    return forge


def dropped(kind: type[ChainEvent], place: int = 0) -> Forgery:
    """An event left out."""

    def forge(events: Events) -> tuple[Events, bytes]:
        index = _places(events, kind)[place]
        return [*events[:index], *events[index + 1 :]], events[index].log.transaction_hash

    return forge


def never(kind: type[ChainEvent], **fields: object) -> Forgery:
    """All events of a kind with these fields left out: something later is false for want of them, wherever that is."""

    def forge(events: Events) -> tuple[Events, bytes]:
        kept = [e for e in events if type(e) is not kind or any(getattr(e, n) != v for n, v in fields.items())]
        assert len(kept) < len(events)
        return kept, NOWHERE

    return forge


def elsewhere(forgery: Forgery) -> Forgery:
    """A forgery that shows in another transaction only."""
    return lambda events: (forgery(events)[0], NOWHERE)


def repeated(kind: type[ChainEvent], *with_: type[ChainEvent], place: int = 0) -> Forgery:
    """An event of a transaction, with others of it, once more a block later."""

    def forge(events: Events) -> tuple[Events, bytes]:
        event = events[_places(events, kind)[place]]
        name = keccak256(b"again")
        theirs = [
            e for e in events
            if e.log.transaction_hash == event.log.transaction_hash and type(e) in (kind, *with_)
        ]  # fmt: skip
        block, stamp = events[-1].log.block_number + 1, events[-1].log.block_time + 1
        again = [
            replace(e, log=replace(e.log, transaction_hash=name, block_number=block, block_time=stamp)) for e in theirs
        ]
        return [*events, *again], name

    return forge


def at_time(kind: type[ChainEvent], seconds: int, place: int = 0) -> Forgery:
    """An event's transaction so many seconds later, or earlier."""

    def forge(events: Events) -> tuple[Events, bytes]:
        where = events[_places(events, kind)[place]].log.transaction_hash
        moved = [
            replace(e, log=replace(e.log, block_time=e.log.block_time + seconds))
            if e.log.transaction_hash == where else e for e in events
        ]  # fmt: skip
        return moved, where

    return forge


def reported(change: Callable[[Any, list[bytes]], tuple[Any, Sequence[bytes]]], place: int = 0) -> Forgery:
    """Another report, or other signatures under it, in the call that a `LossReported` keeps."""

    def data(old: bytes) -> bytes:
        report, signatures = decode_arguments("ClaimsDesk", REPORT_LOSS, old)
        return b.ClaimsDesk.report_loss(*change(report, list(signatures))).data[4:]

    return changed(b.LossReported, place, report=data)


def decided(change: Callable[[Any, str, bytes], tuple[Any, str, bytes]], place: int = 0) -> Forgery:
    """Another decision or second signature in the call that a `ClaimDecided` keeps."""

    def data(old: bytes) -> bytes:
        return b.ClaimsDesk.decide(*change(*decode_arguments("ClaimsDesk", DECIDE, old))).data[4:]

    return changed(b.ClaimDecided, place, decision=data)


def sold(change: Callable[[Any], Any], place: int = 0) -> Forgery:
    """Another binding in the call that an `ApplicationsAssessed` keeps."""

    def data(old: bytes) -> bytes:
        report, signatures, bindings = decode_arguments("IndemnityProduct", BIND, old)
        return b.IndemnityProduct.bind(report, signatures, [change(binding) for binding in bindings]).data[4:]

    return changed(b.ApplicationsAssessed, place, sale=data)


def _places(events: Events, kind: type[ChainEvent]) -> list[int]:
    return [n for n, event in enumerate(events) if type(event) is kind]
