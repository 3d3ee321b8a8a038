"""A policy as a loss is settled on it: its sum insured then, and since when there is cover. From the product's logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from faster_eth_abi.exceptions import DecodingError

from domain.hashing import word
from domain.money import TokenUnits
from ledger.bindings import (
    ApplicationsAssessed,
    IndemnityPolicy,
    IndemnityPolicyBound,
    IndemnityProduct,
    PolicyEndorsed,
)
from ledger.codec import ChainEvent, decode_arguments
from ledger.events import LogDecoder, fetch_logs
from ledger.indemnity.sales import BIND
from ledger.rpc import Rpc
from oracle.claims.errors import ClaimUnfit
from oracle.claims.facts import Block, PolicyFacts

MOST_RENEWALS: Final = 100


@dataclass(frozen=True, slots=True)
class _Sold:
    """A policy when it was sold, and its endorsements in their order."""

    bound: IndemnityPolicyBound
    endorsed: tuple[PolicyEndorsed, ...]


class PolicyReader:
    """Policies of one product at one block.

    Args:
        first_block: Where the deployment's history begins.
        waiting_seconds: By peril.
    """

    def __init__(
        self, rpc: Rpc, product: str, block: Block, *, first_block: int, waiting_seconds: tuple[int, ...]
    ) -> None:
        self._rpc, self._product, self._block = rpc, product, block
        self._first_block, self._waiting = first_block, waiting_seconds

    def facts(self, policy_id: int, policy: IndemnityPolicy, peril: int, occurred_at: int) -> PolicyFacts:
        """What a loss by this peril at that time is settled on.

        Args:
            policy: As the product answers at the block.
        Raises:
            ClaimUnfit: `policy_history`: its logs do not tell what its state says.
            RpcError, RpcUnavailable
        """
        if not policy.sequence and not policy.is_renewal:
            cover_from = policy.starts_at + self._waiting[peril]
            return PolicyFacts(policy.holder, TokenUnits(policy.sum_insured), cover_from, None, policy.exclusions)
        sold = self._sold(policy_id, policy)
        sum_insured, raised, exclusions = _at(sold, occurred_at)
        first, number, known = policy, policy_id, sold
        for _ in range(MOST_RENEWALS):
            if not first.is_renewal:
                break
            number = self._renewed(known, number)
            before = self._rpc.eth_call(self._product, IndemnityProduct.policy(number), self._block.hash)
            earlier = self._sold(number, before)
            if raised is None:
                last, at_end = known.bound.policy, _at(earlier, earlier.bound.policy.ends_at)
                raised = last.starts_at if last.sum_insured > at_end[0] else at_end[1]
            first, known = before, earlier
        cover_from = first.starts_at + (0 if first.is_renewal else self._waiting[peril])
        return PolicyFacts(policy.holder, TokenUnits(sum_insured), cover_from, raised, exclusions)

    def _sold(self, policy_id: int, policy: IndemnityPolicy) -> _Sold:
        topics = ([IndemnityPolicyBound.SPEC.topic, PolicyEndorsed.SPEC.topic], [word(policy_id)])
        events = list(self._events(self._first_block, self._block.number, topics))
        bound = [event for event in events if isinstance(event, IndemnityPolicyBound)]
        endorsed = tuple(event for event in events if isinstance(event, PolicyEndorsed))
        if len(bound) != 1 or len(endorsed) != policy.sequence:
            told = f"{len(bound)} sales and {len(endorsed)} endorsements"
            problem = f"are logged, the product counts {policy.sequence} endorsements"
            raise ClaimUnfit("policy_history", f"policy {policy_id}", told, problem, "Ask another node of the chain")
        return _Sold(bound[0], endorsed)

    def _renewed(self, sold: _Sold, policy_id: int) -> int:
        """Number of the policy that this one goes on from, from the sale's own words."""
        at = sold.bound.log
        for event in self._events(at.block_number, at.block_number, ([ApplicationsAssessed.SPEC.topic],)):
            if isinstance(event, ApplicationsAssessed) and event.log.transaction_hash == at.transaction_hash:
                try:
                    _, _, bindings = decode_arguments("IndemnityProduct", BIND, event.sale)
                except (DecodingError, ValueError, OverflowError):
                    continue
                for binding in bindings:
                    if binding.quote.application_id == sold.bound.application_id and binding.quote.renews:
                        return int(binding.quote.renews)
        raise ClaimUnfit(
            "policy_history", f"policy {policy_id}", "a renewal", "has no sale that says of what", "Ask another node"
        )

    def _events(self, first: int, last: int, topics: tuple[list[bytes], ...]) -> Iterator[ChainEvent]:
        decoder = LogDecoder({self._product: "IndemnityProduct"})
        for log in fetch_logs(self._rpc, [self._product], first, last, topics=topics):
            event = decoder.decode(log, block_time=0)
            if event is not None:
                yield event


def _at(sold: _Sold, occurred_at: int) -> tuple[int, int | None, int]:
    """Sum insured of a loss at that time, when it was last raised before, and what was excluded. As in the contract, a
    loss at the very moment of a change is settled on what was before it."""
    sum_insured, raised, exclusions = sold.bound.policy.sum_insured, None, sold.bound.policy.exclusions
    for event in sold.endorsed:
        order = event.order
        if occurred_at <= order.effective_at:
            break
        if order.sum_insured > sum_insured:
            raised = order.effective_at
        sum_insured, exclusions = order.sum_insured, order.exclusions
    return sum_insured, raised, exclusions
