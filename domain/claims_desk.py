"""The life of an indemnity claim: notice, report, decision, dispute, end. Twin of `ClaimsDesk.sol`.

A step that raises may have done half its work: `domain.house.applied` tries it on a copy, as a transaction does. Who
signed what is the chain's business, see `ledger`; who holds which role is the product's `staff`.
"""

from dataclasses import dataclass, field, replace

from domain.claim import MAX_REOPENINGS, Claim, ClaimOutcome, ClaimState, Referral
from domain.claim_decision import AdjusterLimit, check_decision, check_own, instalment_plan, outcome_of
from domain.claim_disputes import ClaimDisputes
from domain.claim_referral import check_loss_report, referral_reasons
from domain.claim_reports import Decision, LossReport, Notice
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_product import ClaimOpening
from domain.money import TokenUnits

NOTHING = TokenUnits(0)


@dataclass(slots=True)
class ClaimsDesk(ClaimDisputes):
    """One desk for all insurers.

    Attributes:
        limits: (treasury, adjuster) → what the adjuster may grant alone.
    """

    limits: dict[tuple[str, str], AdjusterLimit] = field(default_factory=dict)

    def notify(self, notice: Notice, notifier: str, now: int) -> int:
        """Gives notice of a loss; locks a reserve. Rule S20.

        Returns:
            The claim's id.
        Raises:
            StepRefused: `ClaimedNothing`, `ClaimantInvalid`, and what the product refuses with.
        """
        if notice.claimed == 0:
            raise StepRefused("ClaimedNothing")
        product = self.products[notice.product]
        opening = product.open_claim(notice.policy_id, notice.cause, notice.claimed, now)
        if notifier not in (opening.payee, product.policy(notice.policy_id).holder):
            raise StepRefused("ClaimantInvalid", policy_id=notice.policy_id, caller=notifier)
        self._file(opening, opening.payee, notice, NOTHING, now)
        return opening.claim_id

    def acknowledge(self, claim_id: int, adjuster: str, now: int) -> None:
        """Says that the insurer has seen the claim.

        Raises:
            StepRefused: `ClaimNotInState`, `AdjusterRequired`.
        """
        claim = self.open(claim_id, ClaimState.NOTICED, ClaimState.NOTICED)
        self._require_adjuster(claim_id, adjuster)
        self.pay(claim, ClaimState.ACKNOWLEDGED, NOTHING, NOTHING, claim.reserve, now)

    def report_loss(self, report: LossReport, now: int) -> TokenUnits:
        """Takes what a quorum says of a claim: pays at once what the machine may pay, refers the rest. Rule S22.

        Returns:
            Paid at once.
        Raises:
            StepRefused: `ClaimNotInState`, `ReportForOtherContract`, `ReportExpired`, `ReportFromFuture`,
                `ReportBeforeNotice`, and what product and treasury refuse with.
        """
        claim = self.open(report.claim_id, ClaimState.NOTICED, ClaimState.ACKNOWLEDGED)
        check_loss_report(claim, report, self.address, now)
        full = self.payable(claim, claim.claimed)
        worth = self.payable(claim, report.loss) if report.loss < claim.claimed else full
        reasons = self._referral_reasons(claim, report, worth)
        for nullifier in report.nullifiers if self.may_register else ():
            self.incidents.setdefault(nullifier, claim.claim_id)
        paid = NOTHING if reasons else worth
        if not reasons and worth < self.worth_apart(claim):
            reasons = Referral.PART_ONLY
        if not reasons:
            claim.outcome = ClaimOutcome.PAID
        state = ClaimState.REFERRED if reasons else ClaimState.CLOSED
        interest = claim.interest(self.rules(claim), paid, self.lateness(claim, now))
        self.pay(claim, state, paid, interest, TokenUnits(full - paid), now)
        return paid

    def reestimate(self, claim_id: int, adjuster: str, reserve: TokenUnits, now: int) -> None:
        """Estimates a claim's reserve anew; what the claim is worth stays as it is.

        Raises:
            StepRefused: `ClaimNotInState`, `AdjusterRequired`, `ReserveAboveWorth`, and what the product refuses with.
        """
        claim = self.open(claim_id, ClaimState.NOTICED, ClaimState.REFERRED)
        self._require_adjuster(claim_id, adjuster)
        most = self.payable(claim, claim.claimed)
        if reserve > most:
            raise StepRefused("ReserveAboveWorth", claim_id=claim_id, reserve=reserve, most=most)
        self.pay(claim, claim.state, NOTHING, NOTHING, reserve, now)

    def decide(self, decision: Decision, adjuster: str, now: int, *, second: str = ZERO_ADDRESS) -> TokenUnits:
        """Grants all, part or nothing of a claim. Rule S24.

        Args:
            decision: With a reason, and a clause proven against the terms.
            adjuster: Who decides.
            now: Unix seconds.
            second: Another adjuster who signed; the zero address: nobody.
        Returns:
            Granted: paid now, or in instalments of which the first is.
        Raises:
            StepRefused: `ClaimNotInState`, `AdjusterRequired`, `OwnClaim`, `DecisionExpired`, `ReasonMissing`,
                `LossAboveClaimed`, `ClauseNotProven`, `MachineCannotDeny`, `SecondSignatureRequired`,
                `SecondSignatureInvalid`, `AuthorityExceeded`, `DailyAuthorityExceeded`, `InstalmentsInvalid`, and what
                product and treasury refuse with.
        """
        claim = self.open(decision.claim_id, ClaimState.NOTICED, ClaimState.REFERRED)
        full, worth = self.payable(claim, claim.claimed), self.worth_apart(claim)
        granted = self.payable(claim, decision.loss) if decision.loss < claim.claimed else full
        self._require_adjuster(decision.claim_id, adjuster)
        product, policy = self.place(claim.claim_id)
        check_own(claim.claim_id, adjuster, (claim.claimant, policy.holder))
        check_decision(claim, decision, product.terms.clause_root, now)
        is_denial = granted < worth or granted == 0
        if is_denial and adjuster in self.oracle:
            raise StepRefused("MachineCannotDeny", claim_id=claim.claim_id, signer=adjuster)
        barred = {adjuster, *self.oracle} if is_denial else {adjuster}
        self._check_second(claim, barred, second, worth + claim.paid)
        if granted:
            limit = self.limits.get((product.treasury.address, adjuster), AdjusterLimit(NOTHING, NOTHING))
            limit.count(adjuster, granted, now)
        claim.outcome = outcome_of(granted, worth, claim.paid)
        claim.reason_code = decision.reason_code
        first = granted
        if decision.instalments > 1:
            claim.plan, first = instalment_plan(decision, granted, now)
        state = ClaimState.DECIDED if worth > first else ClaimState.CLOSED
        claim.late_seconds = self.lateness(claim, now)
        interest = claim.interest(self.rules(claim), granted, claim.late_seconds)
        self.pay(claim, state, first, interest, TokenUnits(full - first), now)
        return granted

    def pay_instalment(self, claim_id: int, now: int) -> TokenUnits:
        """Pays the next instalment once it is due. Rule S24.

        Raises:
            StepRefused: `ClaimNotInState`, `NoInstalments`, `InstalmentNotDue`, and what product and treasury refuse
                with.
        """
        claim = self.open(claim_id, ClaimState.DECIDED, ClaimState.DISPUTED)
        plan = claim.plan
        if plan is not None and plan.left and now < plan.next_due:
            raise StepRefused("InstalmentNotDue", claim_id=claim_id, next_due=plan.next_due, now=now)
        return self._pay_instalments(claim, 1, now)

    def take_instalments(self, claim_id: int, claimant: str, now: int) -> TokenUnits:
        """Pays all instalments that are to come, because the claimant wants them now. Rule S24.

        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`, `NoInstalments`, and what product and treasury refuse
                with.
        """
        claim = self.open_as(claim_id, claimant, ClaimState.DECIDED, ClaimState.DISPUTED)
        return self._pay_instalments(claim, claim.plan.left if claim.plan else 0, now)

    def _pay_instalments(self, claim: Claim, count: int, now: int) -> TokenUnits:
        plan = claim.plan
        if plan is None or plan.left == 0:
            raise StepRefused("NoInstalments", claim_id=claim.claim_id)
        indemnity = TokenUnits(plan.each * count)
        ended = indemnity == self.worth_apart(claim) and claim.state is ClaimState.DECIDED
        claim.plan = replace(plan, left=plan.left - count, next_due=plan.next_due + plan.interval_seconds)
        reserve = TokenUnits(claim.reserve - indemnity)
        self.pay(claim, ClaimState.CLOSED if ended else claim.state, indemnity, NOTHING, reserve, now)
        return indemnity

    def withdraw(self, claim_id: int, claimant: str, now: int) -> None:
        """Takes a claim back before it is decided. What the machine paid stays paid.

        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`.
        """
        claim = self.open_as(claim_id, claimant, ClaimState.NOTICED, ClaimState.REFERRED)
        claim.outcome = ClaimOutcome.WITHDRAWN
        self.pay(claim, ClaimState.CLOSED, NOTHING, NOTHING, NOTHING, now)

    def reopen(self, claim_id: int, claimant: str, claimed: TokenUnits, now: int) -> int:
        """Opens a new claim on new evidence for a final one. Rule S23.

        Returns:
            Its id.
        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`, `ClaimedNothing`, `PanelDecisionFinal`,
                `ClaimSuperseded`, `ReopeningsExhausted`, `WindowClosed`, and what the product refuses with.
        """
        claim = self.open_as(claim_id, claimant, ClaimState.CLOSED, ClaimState.CLOSED)
        if claimed == 0:
            raise StepRefused("ClaimedNothing")
        if claim.outcome.is_panels:
            raise StepRefused("PanelDecisionFinal", claim_id=claim_id)
        if claim.superseded_by:
            raise StepRefused("ClaimSuperseded", claim_id=claim_id, by=claim.superseded_by)
        if claim.reopenings == MAX_REOPENINGS:
            raise StepRefused("ReopeningsExhausted", claim_id=claim_id, most=MAX_REOPENINGS)
        closed_at = claim.window_end(self.rules(claim).reopen_window_seconds, self.paused_seconds(claim, now))
        if now > closed_at:
            raise StepRefused("WindowClosed", claim_id=claim_id, closed_at=closed_at, now=now)
        product, policy = self.place(claim_id)
        opening = product.reopen_claim(policy.policy_id, claim.cause, claimed, claim.paid, now)
        claim.superseded_by = opening.claim_id
        place = (product.address, policy.policy_id, claim.cause.coverage, claim.cause.peril, claim.cause.occurred_at)
        self._file(opening, claimant, Notice(*place, claimed, bytes(32)), claim.paid, now)
        self.claims[opening.claim_id].reopenings = claim.reopenings + 1
        return opening.claim_id

    def close(self, claim_id: int, now: int) -> None:
        """Closes a decided claim whose time for dispute is over, and frees its reserve.

        Raises:
            StepRefused: `ClaimNotInState`, `WindowOpen`.
        """
        claim = self.open(claim_id, ClaimState.DECIDED, ClaimState.DECIDED)
        closes_at = claim.window_end(self.rules(claim).dispute_window_seconds, self.paused_seconds(claim, now))
        running = claim.plan is not None and claim.plan.left > 0
        if claim.plan and running:
            closes_at = max(closes_at, claim.plan.next_due)
        if running or now <= closes_at:
            raise StepRefused("WindowOpen", claim_id=claim_id, closes_at=closes_at, now=now)
        self.pay(claim, ClaimState.CLOSED, NOTHING, NOTHING, NOTHING, now)

    def choose_institution(self, claim_id: int, claimant: str, institution: int) -> None:
        """Says through which institution the claimant wants to be paid; 0: straight.

        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`.
        """
        self.open_as(claim_id, claimant, ClaimState.NOTICED, ClaimState.DISPUTED).institution = institution

    def set_adjuster_limit(self, treasury: str, adjuster: str, per_decision: TokenUnits, per_day: TokenUnits) -> None:
        """Sets what an adjuster may grant alone. Does not check who sets it."""
        limit = self.limits.setdefault((treasury, adjuster), AdjusterLimit(NOTHING, NOTHING))
        limit.per_decision, limit.per_day = per_decision, per_day

    def _referral_reasons(self, claim: Claim, report: LossReport, worth: TokenUnits) -> Referral:
        product, policy = self.place(claim.claim_id)
        _, excluded = policy.terms_at(claim.cause.occurred_at)
        first_named = (self.incidents.get(nullifier, claim.claim_id) for nullifier in report.nullifiers)
        seen = any(first != claim.claim_id for first in first_named)
        if report.nullifiers and not self.may_register:
            seen = True  # a register that no longer takes the desk's word may know the incident
        total = TokenUnits(worth + claim.paid)
        found = referral_reasons(product.terms.claims, policy.tier, report, total, exclusions=excluded, seen=seen)
        return found if worth else found | Referral.NOTHING_TO_PAY

    def _file(self, opening: ClaimOpening, claimant: str, notice: Notice, paid: TokenUnits, now: int) -> None:
        """Keeps a claim that was just opened."""
        self.claims[opening.claim_id] = Claim(
            claim_id=opening.claim_id,
            claimant=claimant,
            cause=notice.cause,
            claimed=notice.claimed,
            reserve=opening.reserve,
            paid=paid,
            clock_from=now,
        )

    def _check_second(self, claim: Claim, barred: set[str], second: str, worth: int) -> None:
        most = self.rules(claim).second_signature_above
        if worth <= most:
            return
        if second == ZERO_ADDRESS:
            raise StepRefused("SecondSignatureRequired", claim_id=claim.claim_id, worth=worth, limit=most)
        check_own(claim.claim_id, second, (claim.claimant, self.place(claim.claim_id)[1].holder))
        if second in barred or second not in self.place(claim.claim_id)[0].staff.adjusters:
            raise StepRefused("SecondSignatureInvalid", claim_id=claim.claim_id, second=second)

    def _require_adjuster(self, claim_id: int, account: str) -> None:
        if account not in self.place(claim_id)[0].staff.adjusters:
            raise StepRefused("AdjusterRequired", claim_id=claim_id, caller=account)
