"""Which of a ledger's events concern one claim: its own, its policy's, and the rules of the house it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.claim_ids import ORDINAL_BITS, split_claim_id
from ledger import bindings as b
from ledger.codec import ChainEvent

OF_HOUSE = (
    b.IndemnityProductCreated, b.SignerSetRotated, b.RoleGranted, b.RoleRevoked, b.AdjusterLimitSet, b.DeskAdmitted,
    b.Paused, b.Unpaused, b.InstitutionRegistered, b.InstitutionKeysRotated, b.InstitutionLimitsChanged,
    b.InstitutionTokenChanged, b.InstitutionSuspended, b.InstitutionResumed, b.PayoutCapChanged,
)  # fmt: skip
"""What was decided for everybody: terms, signers, who holds which role, limits, pauses. Nobody's policy is in it."""
OF_PREMIUM = (b.PremiumCollected, b.PremiumReleased, b.CollectionReturned)
"""A premium that an institution collected, by product and application."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A claim and what belongs to it. Limits of a policy are used up by all its claims, so those belong to it."""

    claim_id: int

    @property
    def product(self) -> str:
        """Address of the product."""
        return split_claim_id(self.claim_id)[0]

    @property
    def policy_id(self) -> int:
        """Number of the policy within its product."""
        return split_claim_id(self.claim_id)[1]

    def take(self, event: ChainEvent) -> bool:
        """Whether an event concerns the claim."""
        if isinstance(event, b.IndemnityProductCreated):
            return event.product == self.product
        if isinstance(event, OF_HOUSE):
            return True
        return self.is_own(event)

    def is_own(self, event: ChainEvent) -> bool:
        """Whether an event is the policy's, its claims' or a payment's, and not of the house."""
        if isinstance(event, b.PolicyPremiumEarned | b.PremiumEarned):
            return False  # how premium is earned changes no claim
        number = getattr(event, "claim_id", None)
        if number is not None:
            return self._of_policy(number)
        policy = getattr(event, "policy_id", getattr(event, "token_id", None))
        if policy is not None:
            here = getattr(event, "product", event.log.address) == self.product
            return here and (policy == self.policy_id or self._of_policy(policy))
        return False

    def payees(self, events: Iterable[ChainEvent]) -> set[str]:
        """Whose money of this policy the treasury held."""
        return {event.payee for event in events if isinstance(event, b.PayoutHeld) and self.is_own(event)}

    def _of_policy(self, number: int) -> bool:
        return number >> ORDINAL_BITS == self.claim_id >> ORDINAL_BITS


def concerning(scope: Scope, events: Iterable[ChainEvent]) -> list[ChainEvent]:
    """Events that concern a claim, what moved in its own transactions, and the whole of the sale that made its policy.

    A dispute is numbered anew, from 1: its number counts the disputes of everybody.
    """
    every = list(events)
    own = {event.log.transaction_hash for event in every if scope.is_own(event)}
    sold = {e.log.transaction_hash for e in every if isinstance(e, b.IndemnityPolicyBound) and scope.is_own(e)}
    opened = [e.dispute_id for e in every if isinstance(e, b.DisputeOpened) and scope.is_own(e)]
    numbers = {dispute: number for number, dispute in enumerate(opened, start=1)}
    rerouted = {(e.log.transaction_hash, e.successor) for e in every if isinstance(e, b.PayoutRerouted)}
    others = {id(event) for event in (*_premiums(every, sold), *_held(scope, every))}
    moved = {event.log.transaction_hash for event in every if id(event) in others}
    kept: list[ChainEvent] = []
    for event in every:
        where, dispute = event.log.transaction_hash, getattr(event, "dispute_id", None)
        if dispute is not None:
            if dispute in numbers:
                kept.append(replace(event, dispute_id=numbers[dispute]))  # type: ignore[call-arg]  # it has one
        elif isinstance(event, b.PayoutOpened) and (where, event.instruction_id) in rerouted:
            continue  # what became of a payout is the institution's and the payee's affair
        elif (
            scope.take(event)
            or id(event) in others
            or (where in own and isinstance(event, _BESIDE))
            or (where in moved and isinstance(event, _MOVED))
            or (where in sold and event.log.address == scope.product)
        ):
            kept.append(event)
    return kept


def _premiums(every: Iterable[ChainEvent], sold: set[bytes]) -> list[ChainEvent]:
    """Of premiums by institutions, those for what was sold together with the policy."""
    bound = [e for e in every if isinstance(e, b.IndemnityPolicyBound) and e.log.transaction_hash in sold]
    applications = {(event.log.address, event.application_id) for event in bound}
    return [e for e in every if isinstance(e, OF_PREMIUM) and (e.product, e.application_id) in applications]


def _held(scope: Scope, every: Iterable[ChainEvent]) -> list[ChainEvent]:
    """All that was held for those whose money of this policy was, and when it left: it is one sum."""
    payees = scope.payees(every)
    return [e for e in every if isinstance(e, b.PayoutHeld | b.HeldPayoutPaid) and e.payee in payees]


_MOVED = (b.TestStablecoinTransfer, b.HeldPayoutPaid)
_BESIDE = (*_MOVED, b.ExposureLocked, b.ExposureReleased)
