"""What a step makes the contracts say: expected of the events of its transaction, and compared with them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.findings import Findings

Key = tuple[Hashable, ...]
Kind = type[ChainEvent]
Event = TypeVar("Event", bound=ChainEvent)


def _by(*fields: str) -> Callable[[Any], Key]:
    return lambda event: tuple(getattr(event, name) for name in fields)


def _by_place(name: str) -> Callable[[Any], Key]:
    return lambda event: (event.log.address, getattr(event, name))


KEYS: dict[Kind, Callable[[Any], Key]] = {
    b.ReserveChanged: _by("claim_id"),
    b.ClaimPaid: _by("claim_id"),
    b.PayoutHeld: _by("product", "policy_id"),
    b.ExposureLocked: _by("product"),
    b.ExposureReleased: _by("product"),
    b.PremiumEarned: _by("product"),
    b.PremiumReturned: _by("product", "policy_id"),
    b.ClaimNoticed: _by("claim_id"),
    b.ClaimReferred: _by("claim_id"),
    b.ClaimClosed: _by("claim_id"),
    b.IncidentRegistered: _by("nullifier", "claim_id"),
    b.IncidentDuplicate: _by("nullifier", "claim_id"),
    b.PayoutOpened: _by("claim_id"),
    b.PremiumReleased: _by("product", "application_id"),
    b.IndemnityPolicyBound: _by_place("policy_id"),
    b.IndemnityProductTransfer: _by_place("token_id"),
    b.IndemnityProductLocked: _by_place("token_id"),
    b.DisputeOpened: _by("court", "claim_id"),
    b.AwardDelivered: _by("dispute_id"),
    b.DepositPaid: _by("dispute_id"),
    b.DepositHeld: _by("dispute_id"),
    b.ArbitratorSilent: _by("dispute_id", "arbitrator"),
    b.ArbitratorRemoved: _by("arbitrator"),
}
"""Events that follow from a step, and what tells one from another of its kind within a transaction."""

UNEXPLAINED: dict[Kind, str] = {
    b.ReserveChanged: "I16", b.ExposureLocked: "I17", b.ExposureReleased: "I17", b.PremiumEarned: "S14",
    b.PremiumReturned: "S14", b.PayoutHeld: "I2", b.PayoutOpened: "I6", b.PremiumReleased: "I6",
    b.IncidentRegistered: "I13", b.IncidentDuplicate: "I13", b.IndemnityPolicyBound: "I6", b.ClaimReferred: "S22",
    b.AwardDelivered: "S25", b.DisputeOpened: "S25", b.DepositPaid: "S30", b.DepositHeld: "S30",
    b.ArbitratorSilent: "S30", b.ArbitratorRemoved: "S30",
}  # fmt: skip
"""Rule that an event breaks which follows from no step; I7 for the others."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An event that a step must lead to.

    Attributes:
        figures: Field of the event → what it must be.
        rule: Broken by a figure that differs.
        subject: What it is about.
        missing: Broken when there is no such event; `rule` if left out.
        rules: Field → rule, where it is not `rule`.
    """

    kind: Kind
    key: Key
    figures: Mapping[str, object]
    rule: str
    subject: str
    missing: str = ""
    rules: Mapping[str, str] = field(default_factory=dict)


class Effects:
    """Expectations and events of one transaction. `begin` it, `take` each event, `end` it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._events: Sequence[ChainEvent] = ()
        self._at = 0
        self._planned: list[Effect] = []
        self._due: dict[tuple[Kind, Key], deque[Effect]] = defaultdict(deque)
        self._early: dict[tuple[Kind, Key], deque[ChainEvent]] = defaultdict(deque)
        self._refused: set[str] = set()

    def begin(self, events: Sequence[ChainEvent]) -> None:
        """A transaction begins."""
        self._events, self._at = events, -1

    def advance(self) -> None:
        """The next event has its turn."""
        self._at += 1

    def later(self, kind: type[Event], **fields: object) -> Event | None:
        """The first event of a kind that is still to come, with these fields."""
        for event in self._events[self._at + 1 :]:
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
                return event
        return None

    def is_held(self, product: str, payment: int) -> bool:
        """Whether the next payment for a claim or policy is held: said before another one of it is paid."""
        ahead = 0 if isinstance(self._events[self._at], b.ClaimPaid) else 1
        for event in self._events[self._at + 1 :]:
            if isinstance(event, b.ClaimPaid) and event.claim_id == payment:
                if ahead == 0:
                    return False
                ahead -= 1
            elif isinstance(event, b.PayoutHeld) and (event.product, event.policy_id) == (product, payment):
                return True
        return False

    def run(self, kind: type[Event], first: Event) -> list[Event]:
        """Events of a kind and place that stand next to each other, from the present one on."""
        found = [first]
        for event in self._events[self._at + 1 :]:
            if not isinstance(event, kind) or event.log.address != first.log.address:
                break
            found.append(event)
        return found

    def plan(self, effect: Effect) -> None:
        """A step that is being done will lead to this, if it is not refused."""
        self._planned.append(effect)

    def keep(self) -> None:
        """The step was done: what it leads to is due, or has been said before."""
        for effect in self._planned:
            place = (effect.kind, effect.key)
            if self._early[place]:
                self._compare(effect, self._early[place].popleft())
            else:
                self._due[place].append(effect)
        self._planned.clear()

    def drop(self, subject: str) -> None:
        """The step was refused: what it would have led to is not due, and what the chain says of it stays open."""
        self._planned.clear()
        self._refused.add(subject)

    def is_refused(self, subject: str) -> bool:
        """Whether a step for this was refused in this transaction."""
        return subject in self._refused

    def take(self, event: ChainEvent) -> bool:
        """Compare an event with what is due. False: nothing of the kind is."""
        due = self._due.get((type(event), KEYS[type(event)](event))) if type(event) in KEYS else None
        if not due:
            return False
        self._compare(due.popleft(), event)
        return True

    def wait(self, event: ChainEvent) -> None:
        """An event that comes before the one its step is told by."""
        self._early[(type(event), KEYS[type(event)](event))].append(event)

    def end(self, transaction: bytes) -> None:
        """Note what is missing, and what follows from no step."""
        for effects in self._due.values():
            for effect in effects:
                detail = f"leads to no {effect.kind.SPEC.name} with {_told(effect.figures)}"
                self._findings.expect(False, effect.missing or effect.rule, effect.subject, detail, transaction)
        for (kind, _), events in self._early.items():
            for event in () if self._refused else events:
                rule, name = UNEXPLAINED.get(kind, "I7"), kind.SPEC.name
                self._findings.expect(False, rule, _subject(event), f"{name} follows from no step", transaction)
        self._due.clear()
        self._early.clear()
        self._refused.clear()

    def _compare(self, effect: Effect, event: ChainEvent) -> None:
        for name, expected in effect.figures.items():
            found, rule = getattr(event, name), effect.rules.get(name, effect.rule)
            words = f"{effect.kind.SPEC.name} says {name} {_short(found)}, due is {_short(expected)}"
            self._findings.expect(found == expected, rule, effect.subject, words, event.log.transaction_hash)


def claim_name(claim_id: int) -> str:
    """A claim as findings call it."""
    return f"claim 0x{claim_id:064x}"


def policy_name(product: str, policy_id: int) -> str:
    """An indemnity policy as findings call it."""
    return f"policy {policy_id} of {product}"


def _subject(event: ChainEvent) -> str:
    claim_id = getattr(event, "claim_id", None)
    return claim_name(claim_id) if claim_id else str(getattr(event, "product", type(event).__name__))


def _told(figures: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in figures.items())


def _short(value: object) -> str:
    text = f"0x{value.hex()}" if isinstance(value, bytes) else getattr(value, "name", None) or str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
