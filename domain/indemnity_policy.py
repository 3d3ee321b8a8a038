"""A policy that pays assessed losses: its versions, its limits, what it locks. Twin of `PolicyBook.sol`.

Amounts are token units, times unix seconds. Nothing here moves money: `domain.indemnity_product` does.
"""

from dataclasses import dataclass, field

from domain.claim_ids import CoverageUse
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity import (
    earned,
    extra_premium,
    indemnity,
    interest_lock,
    limit,
    return_premium,
    unearned,
)
from domain.indemnity_reports import Endorsement
from domain.indemnity_terms import Coverage, IndemnityTerms
from domain.money import TokenUnits
from domain.tiers import RiskTier

NOTHING = TokenUnits(0)
NO_CAP = TokenUnits((1 << 64) - 1)
MAX_CLAIMS = 128
MAX_ENDORSEMENTS = 16


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What a policy promised before an endorsement; losses after `ended_at` are not settled on it."""

    sum_insured: TokenUnits
    ended_at: int
    exclusions: int
    premium: TokenUnits


@dataclass(frozen=True, slots=True)
class Cause:
    """What was lost by what, and when: indices into the terms' coverages and perils."""

    coverage: int
    peril: int
    occurred_at: int


@dataclass(slots=True)
class IndemnityPolicy:
    """A policy in force, or one that was.

    Attributes:
        premium: For the whole period at the present sum insured.
        unearned: Of what was paid, as the treasury knows it.
        beneficiary: Is paid; the zero address: the holder.
        versions: What it promised before each endorsement, in their order.
        use: What is reserved or paid under each coverage.
        interest_paid: On claims paid late.
        cap: Most the risk bears, as the report it was bound on said.
    """

    policy_id: int
    holder: str
    starts_at: int
    ends_at: int
    sum_insured: TokenUnits
    premium: TokenUnits
    unearned: TokenUnits
    exclusions: int
    tier: RiskTier
    beneficiary: str = ZERO_ADDRESS
    is_renewal: bool = False
    is_renewed: bool = False
    is_closed: bool = False
    versions: list[PolicyVersion] = field(default_factory=list)
    use: CoverageUse = field(default_factory=CoverageUse)
    interest_paid: TokenUnits = NOTHING
    cap: TokenUnits = NO_CAP

    @property
    def payee(self) -> str:
        """Who is paid."""
        return self.holder if self.beneficiary == ZERO_ADDRESS else self.beneficiary

    @property
    def sequence(self) -> int:
        """How many endorsements it has had."""
        return len(self.versions)

    def terms_at(self, occurred_at: int) -> tuple[TokenUnits, int]:
        """Sum insured and exclusions that a loss at that time is settled on. Rule S20."""
        for version in self.versions:
            if occurred_at <= version.ended_at:
                return version.sum_insured, version.exclusions
        return self.sum_insured, self.exclusions

    def greatest_sum(self) -> TokenUnits:
        """The highest sum insured it ever had: losses under it may still come."""
        return max(self.sum_insured, *(version.sum_insured for version in self.versions), NOTHING)

    def exposure(self, terms: IndemnityTerms) -> TokenUnits:
        """What it has locked in the treasury beside its claims' reserves."""
        if self.is_closed:
            return NOTHING
        locked = lock_of(terms, self.greatest_sum())
        return TokenUnits(locked - self.use.total - self.interest_paid)

    def payable(
        self,
        terms: IndemnityTerms,
        cause: Cause,
        loss: TokenUnits,
        reserve: TokenUnits,
        paid: TokenUnits,
        *,
        use: CoverageUse | None = None,
    ) -> TokenUnits:
        """What is still payable for a loss: its indemnity within all limits, less what was paid on it. S11, S12.

        Args:
            terms: Of the product.
            cause: Of the loss.
            loss: Token units.
            reserve: Of this claim: its own reserve does not stand in its way.
            paid: On this claim so far.
            use: Of the limits, if it is to be another than the present one.
        Raises:
            StepRefused: `CoverageUnknown`.
        """
        used = use or self.use
        coverage = self.coverage(terms, cause.coverage)
        sum_insured, _ = self.terms_at(cause.occurred_at)
        left = limit(sum_insured, coverage.limit_bps) - (used.units[cause.coverage] - reserve)
        # What was reserved for the claim stays its own, even where others have used up its limits since.
        available = max(min(left, sum_insured - (used.total - reserve)), reserve)
        claim_limit = limit(sum_insured, coverage.claim_limit_bps)
        worth = indemnity(loss, coverage.deductible, coverage.share_bps, claim_limit)
        return TokenUnits(min(max(worth - paid, 0), available))

    def coverage(self, terms: IndemnityTerms, index: int) -> Coverage:
        """One of the policy's coverages.

        Raises:
            StepRefused: `CoverageUnknown`.
        """
        if index >= len(terms.coverages):
            raise StepRefused("CoverageUnknown", policy_id=self.policy_id, coverage=index)
        return terms.coverages[index]

    def put_to_use(self, terms: IndemnityTerms, cause: Cause, before: TokenUnits, after: TokenUnits) -> None:
        """Puts more or less of a coverage to use. More than the limits allow is refused; less never is.

        Raises:
            StepRefused: `CoverageLimitExceeded`, `SumInsuredExceeded`.
        """
        used = self.use.units[cause.coverage] - before + after
        total = self.use.total - before + after
        if after > before:
            sum_insured, _ = self.terms_at(cause.occurred_at)
            most = limit(sum_insured, terms.coverages[cause.coverage].limit_bps)
            if used > most:
                names = {"policy_id": self.policy_id, "coverage": cause.coverage}
                raise StepRefused("CoverageLimitExceeded", **names, needed=used, limit=most)
            if total > sum_insured:
                raise StepRefused("SumInsuredExceeded", policy_id=self.policy_id, needed=total, sum_insured=sum_insured)
        self.use = self.use.with_used(cause.coverage, TokenUnits(used))

    def check_cover(self, terms: IndemnityTerms, cause: Cause, now: int) -> None:
        """Refuse a loss by a peril that is not insured, or outside the cover. Rule S20.

        Raises:
            StepRefused: `CoverageUnknown`, `PerilNotCovered`, `LossInFuture`, `LossOutsideCover`.
        """
        coverage = self.coverage(terms, cause.coverage)
        if cause.peril >= len(terms.waiting_seconds) or not coverage.insures(cause.peril):
            raise StepRefused("PerilNotCovered", coverage=cause.coverage, peril=cause.peril)
        if cause.occurred_at > now:
            raise StepRefused("LossInFuture", occurred_at=cause.occurred_at, now=now)
        cover_from = self.starts_at + (0 if self.is_renewal else terms.waiting_seconds[cause.peril])
        if not cover_from <= cause.occurred_at < self.ends_at:
            times = {"occurred_at": cause.occurred_at, "cover_from": cover_from, "ends_at": self.ends_at}
            raise StepRefused("LossOutsideCover", policy_id=self.policy_id, **times)

    def still_unearned(self, now: int) -> TokenUnits:
        """Premium whose time is still to come, rounded up: the pool earns late rather than early. Rule S14."""
        return self._unearned(now, up=True)

    def refund(self, now: int) -> TokenUnits:
        """What a cancellation now returns: the unearned premium if nothing was ever claimed. Rule S14."""
        return NOTHING if self.use.claims else self._unearned(now, up=False)

    def _unearned(self, now: int, *, up: bool) -> TokenUnits:
        """Premium whose time is still to come: of each version for the time it is in force. Rules S14 and S15."""
        if self.starts_at == self.ends_at:
            return NOTHING
        units, start = 0, now
        for version in self.versions:
            if version.ended_at > start:
                after = self._left(version.premium, version.ended_at, up=not up)
                units += max(self._left(version.premium, start, up=up) - after, 0)
                start = version.ended_at
        return TokenUnits(min(units + self._left(self.premium, start, up=up), self.unearned))

    def _left(self, premium: TokenUnits, instant: int, *, up: bool) -> int:
        """Part of a premium for the time from `instant` to the policy's end."""
        times = (self.starts_at, self.ends_at, instant)
        return premium - earned(premium, *times) if up else unearned(premium, *times)

    def check_order(self, sequence: int, valid_until: int, now: int) -> None:
        """Refuse an order for a policy that has ended or was changed since, or one out of time.

        Raises:
            StepRefused: `PolicyEnded`, `SequenceMismatch`, `OrderPastValidity`.
        """
        if now >= self.ends_at or self.starts_at == self.ends_at:
            raise StepRefused("PolicyEnded", policy_id=self.policy_id, ends_at=self.ends_at, now=now)
        if sequence != self.sequence:
            raise StepRefused("SequenceMismatch", policy_id=self.policy_id, ordered=sequence, actual=self.sequence)
        if valid_until < now:
            raise StepRefused("OrderPastValidity", policy_id=self.policy_id, valid_until=valid_until, now=now)

    def price_change(self, order: Endorsement) -> TokenUnits:
        """Extra premium for a higher sum insured, premium returned for a lower one. Rule S15."""
        price = extra_premium if order.sum_insured >= self.sum_insured else return_premium
        times = (self.starts_at, self.ends_at, order.effective_at)
        return price(self.premium, self.sum_insured, order.sum_insured, *times)

    def check_change(self, terms: IndemnityTerms, order: Endorsement, now: int) -> None:
        """Refuse a change the terms do not allow, or at another price.

        Raises:
            StepRefused: `EndorsementsExhausted`, `EffectiveTimeInvalid`, `SumInsuredOutOfRange`,
                `EndorsementNeedsReport`, `SumInsuredAboveCap`, `SumInsuredInUse`, `PremiumChangeMismatch`.
        """
        ours = {"policy_id": self.policy_id}
        if self.sequence == MAX_ENDORSEMENTS:
            raise StepRefused("EndorsementsExhausted", **ours)
        earliest = max(self.versions[-1].ended_at if self.versions else self.starts_at, now)
        if not earliest <= order.effective_at < self.ends_at:
            times = {"effective_at": order.effective_at, "earliest": earliest, "latest": self.ends_at}
            raise StepRefused("EffectiveTimeInvalid", **ours, **times)
        least, most = terms.min_sum_insured, terms.max_sum_insured
        if not least <= order.sum_insured <= most:
            raise StepRefused("SumInsuredOutOfRange", sum_insured=order.sum_insured, least=least, most=most)
        riskier = order.sum_insured > self.sum_insured or self.exclusions & ~order.exclusions
        if riskier and self.tier is not RiskTier.LOW:
            raise StepRefused("EndorsementNeedsReport", **ours, tier=self.tier)
        if order.sum_insured > max(self.sum_insured, self.cap):
            raise StepRefused("SumInsuredAboveCap", **ours, ordered=order.sum_insured, cap=self.cap)
        # Losses under a higher sum of before may have used more than the present one: only lowering it is refused.
        if order.sum_insured < min(self.sum_insured, self.use.total):
            raise StepRefused("SumInsuredInUse", **ours, sum_insured=order.sum_insured, used=self.use.total)
        due = self.price_change(order)
        if order.premium_change != due:
            raise StepRefused("PremiumChangeMismatch", **ours, ordered=order.premium_change, due=due)

    def change(self, order: Endorsement) -> None:
        """Keeps what was promised so far, and promises anew."""
        self.versions.append(PolicyVersion(self.sum_insured, order.effective_at, self.exclusions, self.premium))
        raised = order.sum_insured >= self.sum_insured
        self.unearned = TokenUnits(self.unearned + (order.premium_change if raised else -order.premium_change))
        self.premium = TokenUnits(-(-self.premium * order.sum_insured // self.sum_insured))
        self.sum_insured, self.exclusions, self.beneficiary = order.sum_insured, order.exclusions, order.beneficiary


def lock_of(terms: IndemnityTerms, sum_insured: TokenUnits) -> TokenUnits:
    """What a sum insured locks: itself, and the most interest there can be on it. Rule S17."""
    return TokenUnits(sum_insured + interest_lock(sum_insured, terms.claims.interest_cap_bps))
