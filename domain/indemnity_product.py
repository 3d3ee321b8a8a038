"""A product that pays assessed losses: sells, changes and ends policies. Twin of `IndemnityProduct.sol`.

A step that raises may have done half its work: `domain.house.applied` tries it on a copy, as a transaction does. Who
signed what is the chain's business, see `ledger`; who holds which role is `staff`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.claim_ids import claim_id
from domain.errors import StepRefused
from domain.indemnity_policy import MAX_CLAIMS, NOTHING, Cause, IndemnityPolicy, lock_of
from domain.indemnity_reports import (
    Cancellation,
    Endorsement,
    IndemnityBinding,
    IndemnityQuote,
    RiskAssessment,
    UnderwritingReport,
)
from domain.indemnity_terms import IndemnityTerms
from domain.indemnity_underwriting import (
    MAX_BINDINGS,
    Staff,
    check_beneficiary,
    check_parties,
    check_report,
    check_risk,
)
from domain.money import TokenUnits
from domain.treasury import Treasury
from domain.treasury_accounts import ClaimPayment


class Claims(Protocol):
    """What a product asks of the claims desk."""

    def is_final(self, claim_id: int, now: int) -> bool:
        """Whether nothing can happen to the claim any more."""


@dataclass(frozen=True, slots=True)
class ClaimOpening:
    """What the desk learns when it opens a claim."""

    claim_id: int
    payee: str
    reserve: TokenUnits


@dataclass(slots=True)
class IndemnityProduct:
    """A product and its policies, numbered from 1."""

    address: str
    terms: IndemnityTerms
    treasury: Treasury
    staff: Staff
    policies: dict[int, IndemnityPolicy] = field(default_factory=dict)
    applications: set[int] = field(default_factory=set)
    suspended: bool = False

    def policy(self, policy_id: int) -> IndemnityPolicy:
        """A policy.

        Raises:
            StepRefused: `PolicyUnknown`.
        """
        if policy_id not in self.policies:
            raise StepRefused("PolicyUnknown", policy_id=policy_id)
        return self.policies[policy_id]

    def bind(self, report: UnderwritingReport, bindings: Sequence[IndemnityBinding], now: int) -> tuple[int, ...]:
        """Sells policies on one underwriting report. Rule S19.

        Returns:
            Their numbers.
        Raises:
            StepRefused: `SaleSuspended`, `BindingCountInvalid`, `AssessmentMissing`, `ApplicationUsed`,
                `RenewalInvalid`, and what `check_report`, `check_risk`, `check_parties` and the treasury raise.
        """
        if self.suspended:
            raise StepRefused("SaleSuspended")
        if not 1 <= len(bindings) <= MAX_BINDINGS:
            raise StepRefused("BindingCountInvalid", count=len(bindings))
        check_report(report, self.address, now)
        for binding in bindings:
            if binding.assessment >= len(report.assessments):
                raise StepRefused("AssessmentMissing", index=binding.assessment, count=len(report.assessments))
            assessment = report.assessments[binding.assessment]
            check_risk(self.terms, assessment, binding.quote)
            check_parties(self.terms, self.staff, assessment.score, binding, product=self.address, now=now)
        bound = [self._bind_one(report.assessments[binding.assessment], binding.quote, now) for binding in bindings]
        exposure = sum(lock_of(self.terms, policy.sum_insured) for policy in bound)
        dues = [(binding.quote.payer, binding.quote.premium) for binding in bindings]
        self.treasury.collect_premiums(self.address, dues, TokenUnits(exposure), now)
        return tuple(policy.policy_id for policy in bound)

    def endorse(self, order: Endorsement, now: int) -> None:
        """Changes sum insured, exclusions or beneficiary at the order of underwriter and holder. Rule S15.

        Raises:
            StepRefused: What `check_order`, `check_change` and the treasury raise, `BeneficiaryInvalid`,
                `UnderwriterNotAuthorised`.
        """
        policy = self.policy(order.policy_id)
        policy.check_order(order.sequence, order.valid_until, now)
        policy.check_change(self.terms, order, now)
        check_beneficiary(order.beneficiary, self.terms, self.address)
        if order.underwriter not in self.staff.underwriters:
            raise StepRefused("UnderwriterNotAuthorised", underwriter=order.underwriter)
        greatest, raised = policy.greatest_sum(), order.sum_insured >= policy.sum_insured
        policy.change(order)
        if not raised:
            self.treasury.return_premium(self.address, policy.holder, order.premium_change, NOTHING, now)
            return
        locked = TokenUnits(lock_of(self.terms, policy.greatest_sum()) - lock_of(self.terms, greatest))
        if order.premium_change or locked:
            dues = [(policy.holder, order.premium_change)]
            self.treasury.collect_premiums(self.address, dues, locked, now)

    def cancel(self, order: Cancellation, now: int) -> TokenUnits:
        """Ends a policy now, at the holder's order. Rule S14.

        Returns:
            Premium that goes back: none once something was claimed.
        Raises:
            StepRefused: What `check_order` and the treasury raise.
        """
        policy = self.policy(order.policy_id)
        policy.check_order(order.sequence, order.valid_until, now)
        returned = policy.refund(now)
        earned = TokenUnits(policy.unearned - returned)
        policy.unearned, policy.ends_at = NOTHING, max(now, policy.starts_at)
        if returned:
            self.treasury.return_premium(self.address, policy.holder, returned, earned, now)
        else:
            self.treasury.run_off(self.address, NOTHING, earned)
        return returned

    def close_policies(self, policy_ids: Sequence[int], claims: Claims, now: int) -> TokenUnits:
        """Closes policies nothing can be claimed under any more. Rule S20.

        Returns:
            Exposure freed.
        Raises:
            StepRefused: `PolicyUnknown`, `PolicyAlreadyClosed`, `PolicyStillOpen`, `ClaimNotFinal`.
        """
        exposure = earned = NOTHING
        for policy_id in policy_ids:
            policy = self.policy(policy_id)
            if policy.is_closed:
                raise StepRefused("PolicyAlreadyClosed", policy_id=policy_id)
            opens_at = policy.ends_at + self.terms.claims.notice_window_seconds
            if now <= opens_at:
                raise StepRefused("PolicyStillOpen", policy_id=policy_id, opens_at=opens_at)
            for ordinal in range(policy.use.claims):
                claim = claim_id(self.address, policy_id, ordinal)
                if not claims.is_final(claim, now):
                    raise StepRefused("ClaimNotFinal", claim_id=claim)
            exposure = TokenUnits(exposure + policy.exposure(self.terms))
            earned = TokenUnits(earned + policy.unearned)
            policy.unearned, policy.is_closed = NOTHING, True
        self.treasury.run_off(self.address, exposure, earned)
        return exposure

    def earn_premiums(self, policy_ids: Sequence[int], now: int) -> TokenUnits:
        """Tells the treasury how much premium has been earned by now. Rule S14.

        Returns:
            Earned since the last time.
        """
        earned = 0
        for policy_id in policy_ids:
            policy = self.policy(policy_id)
            still = policy.still_unearned(now)
            earned += policy.unearned - still
            policy.unearned = still
        self.treasury.run_off(self.address, NOTHING, TokenUnits(earned))
        return TokenUnits(earned)

    def open_claim(self, policy_id: int, cause: Cause, claimed: TokenUnits, now: int) -> ClaimOpening:
        """Opens a claim: checks cover, locks a reserve. Rule S20.

        Raises:
            StepRefused: `NoticeTooLate`, and as `reopen_claim`.
        """
        latest = cause.occurred_at + self.terms.claims.notice_window_seconds
        if now > latest:
            raise StepRefused("NoticeTooLate", occurred_at=cause.occurred_at, latest=latest, now=now)
        return self.reopen_claim(policy_id, cause, claimed, NOTHING, now)

    def reopen_claim(
        self, policy_id: int, cause: Cause, claimed: TokenUnits, paid: TokenUnits, now: int
    ) -> ClaimOpening:
        """Opens a claim that supersedes a closed one: the window for notice does not count.

        Raises:
            StepRefused: `PolicyUnknown`, `PolicyAlreadyClosed`, `ClaimsExhausted`, and what `check_cover` raises.
        """
        policy = self.policy(policy_id)
        if policy.is_closed:
            raise StepRefused("PolicyAlreadyClosed", policy_id=policy_id)
        policy.check_cover(self.terms, cause, now)
        if policy.use.claims >= MAX_CLAIMS:
            raise StepRefused("ClaimsExhausted", policy_id=policy_id)
        reserve = policy.payable(self.terms, cause, claimed, NOTHING, paid)
        self.treasury.change_reserve(self.address, NOTHING, reserve)
        ordinal = policy.use.claims
        used = TokenUnits(policy.use.units[cause.coverage] + reserve)
        policy.use = policy.use.with_claim().with_used(cause.coverage, used)
        claim = claim_id(self.address, policy_id, ordinal)
        return ClaimOpening(claim, policy.payee, reserve)

    def change_reserve(self, policy_id: int, cause: Cause, before: TokenUnits, after: TokenUnits) -> None:
        """Changes a claim's reserve without paying.

        Raises:
            StepRefused: `CoverageLimitExceeded`, `SumInsuredExceeded`.
        """
        self.policy(policy_id).put_to_use(self.terms, cause, before, after)
        self.treasury.change_reserve(self.address, before, after)

    def pay_claim(self, policy_id: int, cause: Cause, payment: ClaimPayment, now: int) -> bool:
        """Pays a claim and sets its reserve anew.

        Returns:
            Whether the tokens have arrived; else they are held for the payee.
        Raises:
            StepRefused: `CoverageLimitExceeded`, `SumInsuredExceeded`, and what the treasury raises.
        """
        policy = self.policy(policy_id)
        after = TokenUnits(payment.reserve_after + payment.indemnity)
        policy.put_to_use(self.terms, cause, payment.reserve_before, after)
        policy.interest_paid = TokenUnits(policy.interest_paid + payment.interest)
        return self.treasury.pay_claim(self.address, payment, now)

    def _bind_one(self, assessment: RiskAssessment, quote: IndemnityQuote, now: int) -> IndemnityPolicy:
        if quote.application_id in self.applications:
            raise StepRefused("ApplicationUsed", application_id=quote.application_id)
        if quote.renews:
            self._renew(quote, now)
        starts_at = max(quote.starts_at, now)
        policy = IndemnityPolicy(
            policy_id=len(self.policies) + 1,
            holder=quote.holder,
            starts_at=starts_at,
            ends_at=starts_at + self.terms.period_seconds,
            sum_insured=quote.sum_insured,
            premium=quote.premium,
            unearned=quote.premium,
            exclusions=quote.exclusions,
            tier=assessment.tier,
            beneficiary=quote.beneficiary,
            is_renewal=quote.renews != 0,
            cap=assessment.sum_insured_cap,
        )
        self.applications.add(quote.application_id)
        self.policies[policy.policy_id] = policy
        return policy

    def _renew(self, quote: IndemnityQuote, now: int) -> None:
        """Marks the policy a new one goes on from."""
        old = self.policies.get(quote.renews)
        known = old is not None and old.holder == quote.holder and not old.is_renewed
        ends_at = old.ends_at if old else 0
        if not known or quote.starts_at != ends_at or quote.starts_at < now:
            raise StepRefused("RenewalInvalid", renews=quote.renews, starts_at=quote.starts_at, ends_at=ends_at)
        if old:
            old.is_renewed = True
