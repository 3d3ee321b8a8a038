"""Which of a ledger's events concern one claim: its own, its policy's, and the rules of the house it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.claim_ids import ORDINAL_BITS, claim_id, split_claim_id
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc

OF_HOUSE = (
    b.IndemnityProductCreated, b.SignerSetRotated, b.RoleGranted, b.RoleRevoked, b.AdjusterLimitSet, b.DeskAdmitted,
    b.Paused, b.Unpaused, b.InstitutionRegistered, b.InstitutionKeysRotated, b.InstitutionLimitsChanged,
    b.InstitutionTokenChanged, b.InstitutionSuspended, b.InstitutionResumed,
)  # fmt: skip
"""What was decided for everybody: terms, signers, who holds which role, limits, pauses. Nobody's policy is in it."""
_ANY: list[bytes] = []
_ORDINALS_A_REQUEST = 32


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

    def _of_policy(self, number: int) -> bool:
        return number >> ORDINAL_BITS == self.claim_id >> ORDINAL_BITS


def logs_of_claim(rpc: Rpc, deployment: Deployment, claim: int, head: int) -> Iterator[Mapping[str, Any]]:
    """Logs that name the claim, its policy's other claims, the policy, or are of the house; some of them twice.

    Raises:
        RpcError, RpcUnavailable
    """
    scope, first = Scope(claim), deployment.block_number
    addresses = [*deployment.contract_kinds(), scope.product]
    of_house = [kind.SPEC.topic for kind in OF_HOUSE]
    yield from fetch_logs(rpc, addresses, first, head, topics=[of_house])
    policy = scope.policy_id.to_bytes(32, "big")
    for place in range(1, 4):
        topics = [*[_ANY] * place, [policy]]
        yield from fetch_logs(rpc, [scope.product], first, head, topics=topics)
    begin = 0
    while True:
        ordinals = range(begin, begin + _ORDINALS_A_REQUEST)
        names = [claim_id(scope.product, scope.policy_id, n).to_bytes(32, "big") for n in ordinals]
        found = [
            log
            for place in range(1, 4)
            for log in fetch_logs(rpc, addresses, first, head, topics=[*[_ANY] * place, names])
        ]
        yield from found
        if not found:
            return
        yield from _logs_of_disputes(rpc, deployment, found, head)
        begin = ordinals.stop


def _logs_of_disputes(
    rpc: Rpc, deployment: Deployment, found: Iterable[Mapping[str, Any]], head: int
) -> Iterator[Mapping[str, Any]]:
    decoder, first = LogDecoder(deployment.contract_kinds()), deployment.block_number
    for opened in [event for event in map(decoder.decode, found) if isinstance(event, b.DisputeOpened)]:
        topics = [_ANY, [opened.dispute_id.to_bytes(32, "big")]]
        yield from fetch_logs(rpc, [opened.log.address], first, head, topics=topics)


def concerning(scope: Scope, events: Iterable[ChainEvent]) -> list[ChainEvent]:
    """Events that concern a claim, what moved in its own transactions, and the whole of the sale that made its policy.

    A dispute is numbered anew, from 1: its number counts the disputes of everybody.
    """
    every = list(events)
    own = {event.log.transaction_hash for event in every if scope.is_own(event)}
    sold = {e.log.transaction_hash for e in every if isinstance(e, b.IndemnityPolicyBound) and scope.is_own(e)}
    opened = [e.dispute_id for e in every if isinstance(e, b.DisputeOpened) and scope.is_own(e)]
    numbers = {dispute: number for number, dispute in enumerate(opened, start=1)}
    kept: list[ChainEvent] = []
    for event in every:
        where, dispute = event.log.transaction_hash, getattr(event, "dispute_id", None)
        if dispute is not None:
            if dispute in numbers:
                kept.append(replace(event, dispute_id=numbers[dispute]))  # type: ignore[call-arg]  # it has one
        elif (
            scope.take(event)
            or (where in own and isinstance(event, _BESIDE))
            or (where in sold and event.log.address == scope.product)
        ):
            kept.append(event)
    return kept


_BESIDE = (b.TestStablecoinTransfer, b.ExposureLocked, b.ExposureReleased)
