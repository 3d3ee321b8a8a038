"""A claim as the desk keeps it: its states, clocks and what is owed for being late. Twin of `ClaimFile.sol`.

States only move up; a closed claim is final, and new evidence opens another one that supersedes it. Rule S23.
"""

from dataclasses import dataclass
from enum import Flag, IntEnum

from domain import claim_clock, indemnity
from domain.indemnity_policy import Cause
from domain.indemnity_terms import ClaimRules
from domain.money import TokenUnits
from domain.tiers import RiskTier

NOTHING = TokenUnits(0)
MAX_REOPENINGS = 3


class ClaimState(IntEnum):
    """Where a claim stands."""

    NONE = 0
    NOTICED = 1
    ACKNOWLEDGED = 2
    REFERRED = 3
    DECIDED = 4
    DISPUTED = 5
    CLOSED = 6


class ClaimOutcome(IntEnum):
    """How a claim ended, or will end unless it is disputed."""

    OPEN = 0
    PAID = 1
    PART_PAID = 2
    DENIED = 3
    WITHDRAWN = 4
    AWARDED = 5
    UPHELD = 6

    @property
    def is_panels(self) -> bool:
        """Whether the panel said so."""
        return self in (ClaimOutcome.AWARDED, ClaimOutcome.UPHELD)


class Referral(Flag):
    """Why the machine left a claim to a person. Bits as in `ClaimReferred`. Rule S22."""

    NONE = 0
    TIER = 1
    AMOUNT = 1 << 1
    FRAUD_SCORE = 1 << 2
    CONFIDENCE = 1 << 3
    EXCLUSION = 1 << 4
    NO_INCIDENT = 1 << 5
    INCIDENT_CLAIMED = 1 << 6
    NOTHING_TO_PAY = 1 << 7
    PART_ONLY = 1 << 8


@dataclass(slots=True)
class InstalmentPlan:
    """Instalments still to be paid."""

    each: TokenUnits
    next_due: int
    interval_seconds: int
    left: int


@dataclass(frozen=True, slots=True)
class ClaimDeadlines:
    """Until when who has to do what, unix seconds; 0: does not apply."""

    acknowledge: int = 0
    decide: int = 0
    dispute: int = 0
    reopen: int = 0
    instalment: int = 0


@dataclass(slots=True)
class Claim:
    """A claim.

    Attributes:
        claimant: Is paid.
        clock_from: Of notice, then decision, then closing.
        claimed: Loss.
        reserve: Set aside for it.
        paid: Indemnity, superseded claims' included.
        institution: That pays it; 0: straight.
        plan: Instalments still to come.
        superseded_by: Claim that took its place; 0: none.
        reopenings: How often the loss was reopened before.
        late_seconds: By which the decision came after its deadline.
    """

    claim_id: int
    claimant: str
    cause: Cause
    claimed: TokenUnits
    reserve: TokenUnits
    paid: TokenUnits
    clock_from: int
    state: ClaimState = ClaimState.NOTICED
    outcome: ClaimOutcome = ClaimOutcome.OPEN
    reason_code: int = 0
    institution: int = 0
    is_escalated: bool = False
    plan: InstalmentPlan | None = None
    superseded_by: int = 0
    reopenings: int = 0
    late_seconds: int = 0

    @property
    def can_be_reopened(self) -> bool:
        """Inside the window: the panel's word is final, a claim is superseded once, and not for ever."""
        is_open = self.state is ClaimState.CLOSED and not self.outcome.is_panels
        return is_open and not self.superseded_by and self.reopenings < MAX_REOPENINGS

    @property
    def instalments_left(self) -> TokenUnits:
        """Granted, but not yet paid."""
        return TokenUnits(self.plan.each * self.plan.left) if self.plan else NOTHING

    def enter(self, state: ClaimState, now: int) -> None:
        """Puts the claim into its next state. Deciding and closing start the clock anew."""
        if self.state is not state and state in (ClaimState.DECIDED, ClaimState.CLOSED):
            self.clock_from = now
        self.state = state

    def window_end(self, window_seconds: int, paused_seconds: int) -> int:
        """When a window from `clock_from` ends; `paused_seconds` since then are added. Rule S23."""
        return self.clock_from + paused_seconds + window_seconds

    def decide_by(self, rules: ClaimRules, tier: RiskTier, paused_seconds: int) -> int:
        """Until when the insurer has to decide. Rules S16 and S23."""
        return self._days_end(rules.decide_days_low if tier is RiskTier.LOW else rules.decide_days, paused_seconds)

    def deadlines(self, rules: ClaimRules, tier: RiskTier, paused_seconds: int) -> ClaimDeadlines:
        """Until when who has to do what. Rule S23."""
        acknowledge = decide = dispute = reopen = 0
        if self.state is ClaimState.NOTICED:
            acknowledge = self._days_end(rules.acknowledge_days, paused_seconds)
        if self.state < ClaimState.DECIDED:
            decide = self.decide_by(rules, tier, paused_seconds)
        if self.state is ClaimState.DECIDED:
            dispute = self.window_end(rules.dispute_window_seconds, paused_seconds)
        if self.can_be_reopened:
            reopen = self.window_end(rules.reopen_window_seconds, paused_seconds)
        instalment = self.plan.next_due if self.plan and self.plan.left else 0
        return ClaimDeadlines(acknowledge, decide, dispute, reopen, instalment)

    def interest(self, rules: ClaimRules, amount: TokenUnits, late_seconds: int) -> TokenUnits:
        """Interest on what is paid so long after it should have been. Rule S17."""
        return indemnity.interest(amount, rules.interest_bps, late_seconds, rules.interest_cap_bps)

    def _days_end(self, working_days: int, paused_seconds: int) -> int:
        """End of so many working days. Pauses are added to the end, and not to the start, where a weekend could come in
        between: what has passed stays passed."""
        return claim_clock.deadline(self.clock_from, working_days) + paused_seconds
