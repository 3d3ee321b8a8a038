"""What the machine may pay on its own, and what it leaves to a person: `ClaimsDesk.reportLoss`. Rule S22."""

from domain.claim import Claim, Referral
from domain.claim_reports import LossReport
from domain.errors import StepRefused
from domain.indemnity_terms import ClaimRules
from domain.money import TokenUnits
from domain.tiers import RiskTier


def check_loss_report(claim: Claim, report: LossReport, desk: str, now: int) -> None:
    """Refuse a report whose place or time is not here and now.

    Raises:
        StepRefused: `ReportForOtherContract`, `ReportExpired`, `ReportFromFuture`, `ReportBeforeNotice`.
    """
    if report.desk != desk:
        raise StepRefused("ReportForOtherContract", reported=report.desk, actual=desk)
    if report.valid_until < now:
        raise StepRefused("ReportExpired", valid_until=report.valid_until, now=now)
    if report.observed_at > now:
        raise StepRefused("ReportFromFuture", observed_at=report.observed_at, now=now)
    if report.observed_at < claim.clock_from:
        times = {"observed_at": report.observed_at, "noticed_at": claim.clock_from}
        raise StepRefused("ReportBeforeNotice", claim_id=claim.claim_id, **times)


def referral_reasons(
    rules: ClaimRules, tier: RiskTier, report: LossReport, total: TokenUnits, *, exclusions: int, seen: bool
) -> Referral:
    """Why the machine may not pay; NONE: it may.

    Args:
        rules: Of the product.
        tier: Of the policy.
        report: On the claim.
        total: What the claim would have been paid in all, token units.
        exclusions: Clauses excluded when the loss occurred, a bitmap.
        seen: Whether an incident behind the loss was claimed before.
    """
    found = {
        Referral.TIER: tier > rules.auto_tier,
        Referral.AMOUNT: total > rules.auto_limit,
        Referral.FRAUD_SCORE: report.fraud_score > rules.max_fraud_score,
        Referral.CONFIDENCE: report.confidence_bps < rules.min_confidence_bps,
        Referral.EXCLUSION: report.exclusions & exclusions != 0,
        Referral.NO_INCIDENT: not report.nullifiers,
        Referral.INCIDENT_CLAIMED: seen,
    }
    return Referral(sum(reason.value for reason, is_so in found.items() if is_so))
