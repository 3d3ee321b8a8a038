"""Claims before the panel: how they get there, and what its word does. Twin of `ClaimDisputes.sol`. S25."""

from dataclasses import dataclass, field

from domain.claim import Claim, ClaimOutcome, ClaimState
from domain.claim_files import ClaimFiles
from domain.errors import StepRefused
from domain.money import TokenUnits

NOTHING = TokenUnits(0)


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """What is before the panel, and what the claimant put down for it."""

    disputed: TokenUnits
    deposit: TokenUnits


@dataclass(slots=True)
class ClaimDisputes(ClaimFiles):
    """The disputes of all insurers' claims.

    Attributes:
        disputes: Claim → what is, or was, before the panel.
    """

    disputes: dict[int, OpenDispute] = field(default_factory=dict)

    def escalate(self, claim_id: int, claimant: str, now: int) -> TokenUnits:
        """Brings a claim before the panel because the insurer was silent. Costs no deposit. Rule S25.

        Returns:
            What is disputed.
        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`, `DeadlineNotPassed`, `NothingDisputed`.
        """
        claim = self.open_as(claim_id, claimant, ClaimState.NOTICED, ClaimState.REFERRED)
        until = self.deadlines(claim_id, now)
        deadline = min(until.acknowledge, until.decide) if until.acknowledge else until.decide
        if now <= deadline:
            raise StepRefused("DeadlineNotPassed", claim_id=claim_id, deadline=deadline, now=now)
        claim.is_escalated = True
        return self._go_to_panel(claim, self.disputed(claim), NOTHING, now)

    def dispute(self, claim_id: int, claimant: str, now: int) -> TokenUnits:
        """Brings what was not granted before the panel, for a deposit. Rule S25.

        Returns:
            What is disputed.
        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`, `WindowClosed`, `NothingDisputed`, and what the token
                refuses with.
        """
        claim = self.open_as(claim_id, claimant, ClaimState.DECIDED, ClaimState.DECIDED)
        closes_at = claim.window_end(self.rules(claim).dispute_window_seconds, self.paused_seconds(claim, now))
        if now > closes_at:
            raise StepRefused("WindowClosed", claim_id=claim_id, closed_at=closes_at, now=now)
        disputed = self.disputed(claim)
        return self._go_to_panel(claim, disputed, self.deposit_for(claim, disputed), now)

    def award(self, claim_id: int, amount: TokenUnits, reason_code: int, now: int) -> TokenUnits:
        """Takes the panel's word. Rule S25.

        Returns:
            Granted: at most what was disputed.
        Raises:
            StepRefused: `ClaimNotInState`, `LimitsInUse`, and what product and treasury refuse with.
        """
        claim = self.open(claim_id, ClaimState.DISPUTED, ClaimState.DISPUTED)
        promised = claim.instalments_left
        granted = min(amount, TokenUnits(self.worth_apart(claim, award_at=now) - promised))
        payable = TokenUnits(self.payable(claim, claim.claimed) - promised)
        if granted > payable:
            raise StepRefused("LimitsInUse", claim_id=claim_id, awarded=granted, payable=payable)
        late = self.lateness(claim, now) if claim.is_escalated else now - claim.clock_from + claim.late_seconds
        interest = claim.interest(self.rules(claim), granted, late)
        claim.outcome = ClaimOutcome.AWARDED if granted else ClaimOutcome.UPHELD
        claim.reason_code, claim.plan = reason_code, None
        self.pay(claim, ClaimState.CLOSED, TokenUnits(granted + promised), interest, NOTHING, now)
        return granted

    def open_as(self, claim_id: int, claimant: str, least: ClaimState, most: ClaimState) -> Claim:
        """A claim as its claimant opens it, in one of the states from `least` to `most`.

        Raises:
            StepRefused: `ClaimantRequired`, `ClaimNotInState`.
        """
        claim = self.claims.get(claim_id)
        if claim is None or claim.claimant != claimant:
            raise StepRefused("ClaimantRequired", claim_id=claim_id, caller=claimant)
        return self.open(claim_id, least, most)

    def _go_to_panel(self, claim: Claim, disputed: TokenUnits, deposit: TokenUnits, now: int) -> TokenUnits:
        """Reserves what is disputed again, as far as the limits leave it, and opens the dispute."""
        if disputed == 0:
            raise StepRefused("NothingDisputed", claim_id=claim.claim_id)
        self.pay(claim, ClaimState.DISPUTED, NOTHING, NOTHING, self.payable(claim, claim.claimed), now)
        token = self.place(claim.claim_id)[0].treasury.token
        if deposit:
            token.move(claim.claimant, self.panel, deposit)
        self.disputes[claim.claim_id] = OpenDispute(disputed, deposit)
        return disputed
