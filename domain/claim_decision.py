"""What an adjuster's decision must keep, and what comes of it: the rules of `ClaimsDesk.decide`. Rule S24."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.claim import Claim, ClaimOutcome, InstalmentPlan
from domain.claim_reports import Decision
from domain.clauses import verify_clause
from domain.errors import StepRefused
from domain.hashing import keccak256
from domain.money import TokenUnits

NOTHING = TokenUnits(0)
DAY_SECONDS = 86_400
MAX_INSTALMENTS = 60
MAX_INTERVAL_SECONDS = 31 * DAY_SECONDS


@dataclass(slots=True)
class AdjusterLimit:
    """What an adjuster may grant without anybody else; `used_today` was granted on `day`, days since 1970."""

    per_decision: TokenUnits
    per_day: TokenUnits
    used_today: TokenUnits = NOTHING
    day: int = 0

    def count(self, adjuster: str, granted: TokenUnits, now: int) -> None:
        """Counts a grant against what the adjuster may grant alone.

        Raises:
            StepRefused: `AuthorityExceeded`, `DailyAuthorityExceeded`.
        """
        if granted > self.per_decision:
            raise StepRefused("AuthorityExceeded", adjuster=adjuster, granted=granted, limit=self.per_decision)
        today = now // DAY_SECONDS
        used = granted + (self.used_today if self.day == today else 0)
        if used > self.per_day:
            raise StepRefused("DailyAuthorityExceeded", adjuster=adjuster, granted=used, limit=self.per_day)
        self.day, self.used_today = today, TokenUnits(used)


def check_own(claim_id: int, account: str, parties: Collection[str]) -> None:
    """Refuse to let somebody decide who is paid for the claim or holds its policy. Compares accounts, not people.

    Raises:
        StepRefused: `OwnClaim`.
    """
    if account in parties:
        raise StepRefused("OwnClaim", claim_id=claim_id, account=account)


def check_decision(claim: Claim, decision: Decision, clause_root: bytes, now: int) -> None:
    """Refuse a decision out of time, without a reason or a clause, or for more than was claimed.

    Raises:
        StepRefused: `DecisionExpired`, `ReasonMissing`, `LossAboveClaimed`, `ClauseNotProven`.
    """
    claim_id = claim.claim_id
    if decision.valid_until < now:
        raise StepRefused("DecisionExpired", claim_id=claim_id, valid_until=decision.valid_until, now=now)
    if decision.reason_code == 0:
        raise StepRefused("ReasonMissing", claim_id=claim_id)
    if decision.loss > claim.claimed:
        raise StepRefused("LossAboveClaimed", claim_id=claim_id, loss=decision.loss, claimed=claim.claimed)
    if not verify_clause(clause_root, keccak256(decision.clause), decision.proof):
        raise StepRefused("ClauseNotProven", claim_id=claim_id, clause=decision.clause, clause_root=clause_root)


def outcome_of(granted: TokenUnits, full: TokenUnits, paid: TokenUnits) -> ClaimOutcome:
    """Outcome of a decision; `paid` is what the machine paid before."""
    if granted + paid == 0:
        return ClaimOutcome.DENIED
    return ClaimOutcome.PAID if granted == full else ClaimOutcome.PART_PAID


def instalment_plan(decision: Decision, granted: TokenUnits, now: int) -> tuple[InstalmentPlan, TokenUnits]:
    """What is granted in instalments, and the first of them, which takes the odd units.

    Raises:
        StepRefused: `InstalmentsInvalid`.
    """
    count, interval = decision.instalments, decision.interval_seconds
    each = TokenUnits(granted // count)
    if count > MAX_INSTALMENTS or not DAY_SECONDS <= interval <= MAX_INTERVAL_SECONDS or each == 0:
        names = {"claim_id": decision.claim_id, "instalments": count, "interval_seconds": interval}
        raise StepRefused("InstalmentsInvalid", **names)
    left = count - 1
    return InstalmentPlan(each, now + interval, interval, left), TokenUnits(granted - each * left)
