"""Policies: sold, changed, cancelled, earned and closed, done again by the twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faster_eth_abi.exceptions import DecodingError

from domain.hashing import ZERO_ADDRESS
from domain.indemnity_policy import IndemnityPolicy
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_reports import IndemnityBinding, IndemnityQuote, UnderwritingReport
from domain.money import TokenUnits
from ledger import bindings as b
from ledger.codec import ChainEvent, decode_arguments
from ledger.indemnity.capital import Handlers
from ledger.indemnity.effects import Effect, Event, policy_name
from ledger.indemnity.house import House
from ledger.indemnity.parties import PartyCheck

BIND = (
    "bind((uint256,address,uint32,uint40,uint40,bytes32,"
    "(uint256,uint16,uint16,uint8,uint32,uint64,uint32,bytes32)[]),bytes[],"
    "(uint256,(uint256,address,address,address,address,bytes32,uint64,uint64,uint32,uint8,uint40,uint40,uint64),"
    "bytes,bytes,address[],bytes[])[])"
)


class Sales:
    """What happens to policies. Only events of this insurer's products come here."""

    def __init__(self, house: House, parties: PartyCheck) -> None:
        self._house, self._parties = house, parties
        self.reports = 0
        self._taken: set[tuple[int, int]] = set()

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.ApplicationsAssessed: self.assessed, b.PolicyEndorsed: self.endorsed, b.PolicyCancelled: self.cancelled,
            b.PolicyPremiumEarned: self.earned, b.PolicyClosed: self.closed,
            b.IndemnityProductSalesSuspended: self.suspended,
        }  # fmt: skip

    def assessed(self, event: b.ApplicationsAssessed) -> None:
        """A sale: its report, its signatures, and a policy for each binding as the terms allow it."""
        self.reports += 1
        product, subject = self._product(event), f"report 0x{event.digest.hex()}"
        try:
            report, signatures, bindings = decode_arguments("IndemnityProduct", BIND, event.sale)
        except (DecodingError, ValueError, OverflowError) as error:
            where = event.log.transaction_hash
            self._house.findings.expect(False, "I13", subject, f"its sale cannot be read: {error}", where)
            return
        self._parties.underwriting(event, report, signatures, product)
        for binding in bindings:
            score = _score(report, binding)
            above = score > product.terms.tiers.committee_above_score
            self._parties.binding(event, binding, with_committee=above)
        first, before = len(product.policies) + 1, set(product.applications)
        places = [(product.address, first + index) for index in range(len(bindings))]
        renewed = [(product.address, binding.quote.renews) for binding in bindings if binding.quote.renews]
        bound = self._house.step(
            subject, event.log, lambda: self._bind(product, report, bindings), policies=[*places, *renewed]
        )
        if bound is None:
            product.applications = before

    def endorsed(self, event: b.PolicyEndorsed) -> None:
        """A change to a policy, at its price."""
        product, subject = self._product(event), policy_name(event.log.address, event.policy_id)
        policy = product.policies.get(event.policy_id)
        if policy is not None:
            self._parties.endorsement(event, policy.holder)
        self._house.treasury.payment = event.policy_id

        def endorse() -> TokenUnits:
            product.endorse(event.order, self._house.now)
            return product.policy(event.policy_id).premium

        place = (product.address, event.policy_id)
        premium = self._house.step(subject, event.log, endorse, policies=[place])
        if premium is not None:
            self._same(event, subject, "S15", "policy_id", event.policy_id, event.order.policy_id)
            self._same(event, subject, "S15", "premium", event.premium, premium)

    def cancelled(self, event: b.PolicyCancelled) -> None:
        """A policy ended at its holder's order."""
        product, subject = self._product(event), policy_name(event.log.address, event.policy_id)
        policy = product.policies.get(event.policy_id)
        if policy is not None:
            self._parties.cancellation(event, policy.holder)
        self._house.treasury.payment = event.policy_id

        def cancel() -> TokenUnits:
            return product.cancel(event.order, self._house.now)

        place = (product.address, event.policy_id)
        returned = self._house.step(subject, event.log, cancel, policies=[place])
        if returned is not None:
            self._same(event, subject, "S14", "policy_id", event.policy_id, event.order.policy_id)
            self._same(event, subject, "S14", "premium returned", event.premium_returned, returned)
            self._same(event, subject, "S14", "end", event.ends_at, product.policy(event.policy_id).ends_at)

    def earned(self, event: b.PolicyPremiumEarned) -> None:
        """Premium of policies was earned. The treasury is told once, for all that stand together."""
        product, batch = self._product(event), self._batch(b.PolicyPremiumEarned, event)
        numbers = [one.policy_id for one in batch]
        if not numbers:
            return
        done = self._house.step(
            policy_name(product.address, event.policy_id),
            event.log,
            lambda: product.earn_premiums(numbers, self._house.now),
            policies=[(product.address, number) for number in numbers],
        )
        for one in batch if done is not None else ():
            subject = policy_name(product.address, one.policy_id)
            self._same(one, subject, "S14", "unearned premium", one.unearned, product.policy(one.policy_id).unearned)

    def closed(self, event: b.PolicyClosed) -> None:
        """Policies were closed. The treasury is told once, for all that stand together."""
        product, batch = self._product(event), self._batch(b.PolicyClosed, event)
        numbers = [one.policy_id for one in batch]
        if not numbers:
            return
        known = {number: product.policies[number] for number in numbers if number in product.policies}
        locked = {number: policy.exposure(product.terms) for number, policy in known.items()}
        done = self._house.step(
            policy_name(product.address, event.policy_id),
            event.log,
            lambda: product.close_policies(numbers, self._house.desk, self._house.now),
            policies=[(product.address, number) for number in numbers],
        )
        for one in batch if done is not None else ():
            subject = policy_name(product.address, one.policy_id)
            self._same(one, subject, "I17", "exposure freed", one.exposure, locked[one.policy_id])

    def suspended(self, event: b.IndemnityProductSalesSuspended) -> None:
        """Sale of a product was suspended or resumed."""
        self._product(event).suspended = event.suspended

    def _bind(
        self, product: IndemnityProduct, report: UnderwritingReport, bindings: Sequence[IndemnityBinding]
    ) -> tuple[int, ...]:
        """The twin's sale. An institution's premium leaves the disbursement for the product first."""
        house, now = self._house, self._house.now
        numbers = product.bind(report, bindings, now)
        for number, binding in zip(numbers, bindings, strict=True):
            quote = binding.quote
            self._plan_policy(product, product.policies[number], quote.application_id)
            if quote.payer == quote.holder:
                continue
            key = (product.address, quote.application_id)
            earmark = house.rail.earmarks.get(key)
            rest = earmark.amount - quote.premium if earmark else 0
            token = house.token.address
            house.rail.release_premium(*key, quote.holder, token, quote.premium, now)
            figures = {"premium": quote.premium, "rest": rest}
            house.effects.plan(Effect(b.PremiumReleased, key, figures, "S31", f"product {product.address}"))
        return numbers

    def _plan_policy(self, product: IndemnityProduct, policy: IndemnityPolicy, application: int) -> None:
        plan, key, number = self._house.effects.plan, (product.address, policy.policy_id), policy.policy_id
        figures = {
            "holder": policy.holder, "application_id": application, "beneficiary": policy.beneficiary,
            "policy": replace(record_of(policy), is_renewed=False),
        }  # fmt: skip
        subject = policy_name(product.address, number)
        plan(Effect(b.IndemnityPolicyBound, key, figures, "S19", subject, missing="I7"))
        owner: dict[str, object] = {"from_": ZERO_ADDRESS, "to": policy.holder}
        plan(Effect(b.IndemnityProductTransfer, key, owner, "I6", subject))
        plan(Effect(b.IndemnityProductLocked, key, {}, "I7", subject))

    def _batch(self, kind: type[Event], event: Event) -> list[Event]:
        """Events that stand next to each other, when the first of them has its turn; none for the others."""
        place = (event.log.block_number, event.log.log_index)
        if place in self._taken:
            self._taken.discard(place)
            return []
        batch = self._house.effects.run(kind, event)
        self._taken = {(one.log.block_number, one.log.log_index) for one in batch[1:]}
        return batch

    def _product(self, event: ChainEvent) -> IndemnityProduct:
        return self._house.products[event.log.address]

    def _same(self, event: ChainEvent, subject: str, rule: str, what: str, found: int, due: int) -> None:
        detail = f"{what} {found}, due is {due}"
        self._house.findings.expect(found == due, rule, subject, detail, event.log.transaction_hash)


def quotes_of(event: ChainEvent) -> list[IndemnityQuote]:
    """Quotes that a sale binds; none of another event, or of a sale that cannot be read."""
    if not isinstance(event, b.ApplicationsAssessed):
        return []
    try:
        _, _, bindings = decode_arguments("IndemnityProduct", BIND, event.sale)
    except (DecodingError, ValueError, OverflowError):
        return []
    return [binding.quote for binding in bindings]


def record_of(policy: IndemnityPolicy) -> b.IndemnityPolicy:
    """A policy as the contract keeps it."""
    return b.IndemnityPolicy(
        holder=policy.holder, starts_at=policy.starts_at, ends_at=policy.ends_at, is_renewal=policy.is_renewal,
        is_renewed=policy.is_renewed, sum_insured=policy.sum_insured, premium=policy.premium,
        unearned=policy.unearned, exclusions=policy.exclusions, sequence=policy.sequence,
        has_beneficiary=policy.beneficiary != ZERO_ADDRESS, tier=policy.tier, is_closed=policy.is_closed,
    )  # fmt: skip


def _score(report: UnderwritingReport, binding: IndemnityBinding) -> int:
    """Score of the application a binding is for; 0 where the report has none of that place."""
    assessments = report.assessments
    return assessments[binding.assessment].score if binding.assessment < len(assessments) else 0
