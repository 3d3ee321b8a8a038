"""The whole state, rebuilt from events alone (invariant I7).

`LedgerState` holds what the contracts' getters would say, and what was said and paid on the way. It trusts the
events; `ledger/verify.py` is the one that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from domain.money import Bps
from domain.policy import Outcome, event_id, split_policy_id
from ledger import bindings as b
from ledger.books import InsuredEventState, PolicyState, ProductState, SignerSetState, TreasuryState
from ledger.codec import ChainEvent

__all__ = [
    "InsuredEventState", "LedgerState", "PolicyKey", "PolicyState", "ProductState", "ReplayError", "SignerSetState",
    "TreasuryState", "replay",
]  # fmt: skip


class ReplayError(ValueError):
    """Events that cannot follow each other: something is missing, doubled or out of order."""


PolicyKey = tuple[str, int]
"""Product address and policy id: two products may insure the same event."""


@dataclass(slots=True)
class LedgerState:
    """State after some events. `apply` them in chain order.

    Args:
        treasury_address: Whose token transfers count.

    Attributes:
        roles: Role and holder -> from when, unix seconds. A role that works only after a delay is not among them:
            the contracts treat its holder as having none.
    """

    treasury_address: str
    products: dict[str, ProductState] = field(default_factory=dict)
    quorum_address: str = ""
    signer_sets: dict[int, SignerSetState] = field(default_factory=dict)
    policies: dict[PolicyKey, PolicyState] = field(default_factory=dict)
    insured_events: dict[PolicyKey, InsuredEventState] = field(default_factory=dict)
    treasury: TreasuryState = field(default_factory=TreasuryState)
    roles: dict[tuple[int, str], int] = field(default_factory=dict)
    position: tuple[int, int] = (-1, -1)

    def apply(self, event: ChainEvent) -> None:
        """Take one event. Events nobody keeps books of are passed over.

        Raises:
            ReplayError: It does not follow from what came before.
        """
        here = (event.log.block_number, event.log.log_index)
        if here <= self.position:
            raise ReplayError(f"event at block {here[0]}, log {here[1]} comes after {self.position}")
        self.position = here
        step = _STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def product_created(self, event: b.ProductCreated) -> None:
        """A product came to be; those of other treasuries are not ours."""
        if event.treasury == self.treasury_address:
            self.products[event.product] = ProductState(event.product, event.terms, event.terms_hash)

    def signers_rotated(self, event: b.SignerSetRotated) -> None:
        """A signer set replaced the one before."""
        if event.epoch != len(self.signer_sets) + 1:
            raise ReplayError(f"signer set {event.epoch} follows {len(self.signer_sets)}")
        if event.epoch > 1:
            self.signer_sets[event.epoch - 1].retires_at = event.previous_retires_at
        for older in range(1, event.epoch - 1):  # an overlap that this rotation has overtaken ends
            self.signer_sets[older].retires_at = min(self.signer_sets[older].retires_at, event.log.block_time)
        self.quorum_address = event.log.address
        self.signer_sets[event.epoch] = SignerSetState(event.epoch, frozenset(event.signers), event.threshold)

    def policy_bound(self, event: b.PolicyBound) -> None:
        """A policy is in force; it is the next of its event."""
        product, quote = event.log.address, event.quote
        if product not in self.products:
            return
        eid, ordinal = split_policy_id(event.policy_id)
        if eid != event_id(quote.insured_event):
            raise ReplayError(f"policy 0x{event.policy_id:064x} does not belong to {quote.insured_event}")
        insured = self.insured_events.setdefault(
            (product, eid), InsuredEventState(product, eid, quote.insured_event, quote.occurs_at)
        )
        if ordinal != insured.policies:
            raise ReplayError(f"policy {ordinal} of {quote.insured_event} follows {insured.policies} others")
        insured.policies += 1
        insured.exposure += quote.sum_insured
        self.policies[(product, event.policy_id)] = PolicyState(
            product, event.policy_id, eid, ordinal, event.holder, quote, event.log.block_time, event.log
        )

    def event_closed(self, event: b.EventClosed) -> None:
        """An outcome is final."""
        insured = self._insured(event.log.address, event.event_id)
        if insured is None:
            return
        if insured.outcome is not Outcome.OPEN:
            raise ReplayError(f"{insured.insured_event} is closed twice")
        insured.outcome, insured.value, insured.share_bps = event.outcome, event.value, Bps(event.share_bps)

    def policy_settled(self, event: b.PolicySettled) -> None:
        """A policy got its indemnity (or its premium back)."""
        policy = self.policies.get((event.log.address, event.policy_id))
        if policy is None:
            return
        if policy.indemnity:
            raise ReplayError(f"policy 0x{event.policy_id:064x} is settled twice")
        policy.indemnity = event.amount

    def policies_settled(self, event: b.PoliciesSettled) -> None:
        """Policies from one ordinal to another are done."""
        insured = self._insured(event.log.address, event.event_id)
        if insured is None:
            return
        if event.from_ != insured.settled or not event.from_ < event.to <= insured.policies:
            raise ReplayError(f"{insured.insured_event}: settles {event.from_} to {event.to} after {insured.settled}")
        insured.settled = event.to
        insured.exposure -= event.exposure

    def exposure_locked(self, event: b.ExposureLocked) -> None:
        """A product locked exposure, and its premiums arrived."""
        if event.log.address == self.treasury_address:
            self.treasury.exposure[event.product] += event.exposure
            self.treasury.unearned[event.product] += event.premiums
            self.treasury.premiums += event.premiums
            self.treasury.booked += event.premiums

    def exposure_released(self, event: b.ExposureReleased) -> None:
        """A product released exposure and paid."""
        if event.log.address == self.treasury_address:
            self.treasury.exposure[event.product] -= event.exposure
            self.treasury.pay(event.paid)

    def premium_earned(self, event: b.PremiumEarned) -> None:
        """Premium became the capital's."""
        if event.log.address == self.treasury_address:
            self.treasury.unearned[event.product] = event.unearned

    def premium_returned(self, event: b.PremiumReturned) -> None:
        """Premium went back to a policyholder. What is left unearned follows in `PremiumEarned`."""
        if event.log.address == self.treasury_address:
            self.treasury.send_straight(event.product, event.policy_id, event.amount)

    def reserve_changed(self, event: b.ReserveChanged) -> None:
        """Exposure became a claim's reserve, or the reverse."""
        if event.log.address == self.treasury_address:
            self.treasury.exposure[event.product] -= event.to - event.from_
            self.treasury.reserves[event.product] += event.to - event.from_

    def claim_paid(self, event: b.ClaimPaid) -> None:
        """A claim was paid out of reserve and exposure."""
        if event.log.address == self.treasury_address:
            amount, released = event.indemnity + event.interest, event.reserve_before - event.reserve_after
            self.treasury.exposure[event.product] += released - amount
            self.treasury.reserves[event.product] -= released
            self.treasury.send_straight(event.product, event.claim_id, amount)

    def payout_held(self, event: b.PayoutHeld) -> None:
        """A transfer failed, or the day's cap was reached; the money is held."""
        if event.log.address == self.treasury_address:
            self.treasury.hold(event.product, event.policy_id, event.payee, event.amount)

    def held_paid(self, event: b.HeldPayoutPaid) -> None:
        """Held money left."""
        if event.log.address == self.treasury_address:
            self.treasury.held[event.payee] -= event.amount
            self.treasury.pay(event.amount)

    def capital_came(self, event: b.Deposit) -> None:
        """Capital was paid in."""
        if event.log.address == self.treasury_address:
            self.treasury.booked += event.assets

    def capital_left(self, event: b.Withdraw) -> None:
        """Capital was taken out."""
        if event.log.address == self.treasury_address:
            self.treasury.booked -= event.assets

    def surplus_absorbed(self, event: b.SurplusAbsorbed) -> None:
        """Tokens sent without being asked became capital."""
        if event.log.address == self.treasury_address:
            self.treasury.booked += event.amount

    def paused(self, event: b.Paused) -> None:
        """Nothing new is bound or paid for a while."""
        if event.log.address == self.treasury_address:
            self.treasury.paused_until = event.until

    def unpaused(self, event: b.Unpaused) -> None:
        """A pause ended early."""
        if event.log.address == self.treasury_address:
            self.treasury.paused_until = event.log.block_time

    def ratio_changed(self, event: b.RequiredRatioChanged) -> None:
        """Capital must cover another share of the exposure."""
        if event.log.address == self.treasury_address:
            self.treasury.required_ratio_bps = event.ratio_bps

    def token_moved(self, event: b.TestStablecoinTransfer) -> None:
        """The settlement token moved."""
        if event.to == self.treasury_address:
            self.treasury.assets += event.value
        if event.from_ == self.treasury_address:
            self.treasury.assets -= event.value

    def role_granted(self, event: b.RoleGranted) -> None:
        """Somebody holds a role, or holds it with another delay."""
        if event.delay == 0:
            self.roles.setdefault((event.role_id, event.account), event.since)
        else:
            self.roles.pop((event.role_id, event.account), None)

    def role_revoked(self, event: b.RoleRevoked) -> None:
        """Somebody no longer holds a role."""
        self.roles.pop((event.role_id, event.account), None)

    def sales_suspended(self, event: b.ParametricProductSalesSuspended) -> None:
        """Sale of a product was suspended or resumed."""
        if event.log.address in self.products:
            self.products[event.log.address].sales_suspended = event.suspended

    def _insured(self, product: str, eid: int) -> InsuredEventState | None:
        if product not in self.products:
            return None
        insured = self.insured_events.get((product, eid))
        if insured is None:
            raise ReplayError(f"event 0x{eid:064x} has no policies")
        return insured


_STEPS: dict[type[ChainEvent], Callable[[LedgerState, Any], None]] = {
    b.ProductCreated: LedgerState.product_created,
    b.SignerSetRotated: LedgerState.signers_rotated,
    b.PolicyBound: LedgerState.policy_bound,
    b.EventClosed: LedgerState.event_closed,
    b.PolicySettled: LedgerState.policy_settled,
    b.PoliciesSettled: LedgerState.policies_settled,
    b.ExposureLocked: LedgerState.exposure_locked,
    b.ExposureReleased: LedgerState.exposure_released,
    b.PremiumEarned: LedgerState.premium_earned,
    b.PremiumReturned: LedgerState.premium_returned,
    b.ReserveChanged: LedgerState.reserve_changed,
    b.ClaimPaid: LedgerState.claim_paid,
    b.Deposit: LedgerState.capital_came,
    b.Withdraw: LedgerState.capital_left,
    b.SurplusAbsorbed: LedgerState.surplus_absorbed,
    b.Paused: LedgerState.paused,
    b.Unpaused: LedgerState.unpaused,
    b.PayoutHeld: LedgerState.payout_held,
    b.HeldPayoutPaid: LedgerState.held_paid,
    b.RequiredRatioChanged: LedgerState.ratio_changed,
    b.TestStablecoinTransfer: LedgerState.token_moved,
    b.RoleGranted: LedgerState.role_granted,
    b.RoleRevoked: LedgerState.role_revoked,
    b.ParametricProductSalesSuspended: LedgerState.sales_suspended,
}


def replay(events: Iterable[ChainEvent], treasury: str) -> LedgerState:
    """State after all these events, given in chain order.

    Raises:
        ReplayError
    """
    state = LedgerState(treasury)
    for event in events:
        state.apply(event)
    return state
