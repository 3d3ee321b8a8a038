"""Which events rest on who sent their transaction: a party acted in person, and left no signature in the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from faster_eth_abi.exceptions import DecodingError

from ledger import bindings as b
from ledger.codec import ChainEvent, decode_arguments
from ledger.indemnity.sales import BIND


def rest_on_sender(events: Sequence[ChainEvent]) -> list[ChainEvent]:
    """Events by which somebody accepted, cancelled or decided, calling the contract themselves."""
    ordered = {(e.log.transaction_hash, e.instruction_id) for e in events if isinstance(e, b.OrderUsed)}
    return [event for event in events if _rests_on_sender(event, ordered)]


def _rests_on_sender(event: ChainEvent, ordered: Collection[tuple[bytes, int]]) -> bool:
    if isinstance(event, b.PolicyBound):
        return not event.acceptance
    if isinstance(event, b.PolicyCancelled):
        return not event.signature
    if isinstance(event, b.ApplicationsAssessed):
        return _accepted_in_person(event.sale)
    if isinstance(event, b.PayoutTaken | b.PayoutRerouted):
        return (event.log.transaction_hash, event.instruction_id) not in ordered
    return False


def _accepted_in_person(sale: bytes) -> bool:
    try:
        _, _, bindings = decode_arguments("IndemnityProduct", BIND, sale)
    except (DecodingError, ValueError, OverflowError):
        return False
    return any(not binding.acceptance for binding in bindings)
