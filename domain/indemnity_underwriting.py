"""Which indemnity quotes a product binds: twin of `Underwriting.sol`, all but signatures.

Roles are given as the accounts that hold them; who signed what is the chain's business, see `ledger`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.indemnity import premium_due
from domain.indemnity_reports import IndemnityBinding, IndemnityQuote, Measure, RiskAssessment, UnderwritingReport
from domain.indemnity_terms import IndemnityTerms, TierTable
from domain.money import Bps
from domain.reports import MAX_REPORT_SIZE
from domain.tiers import RiskTier, tier_of

COMMITTEE_SIZE = 3
MAX_BINDINGS = 100


@dataclass(frozen=True, slots=True)
class Staff:
    """Who holds which role at an insurer.

    Attributes:
        underwriters, committee, adjusters, clerks: Accounts, checksummed.
    """

    underwriters: Collection[str] = ()
    committee: Collection[str] = ()
    adjusters: Collection[str] = ()
    clerks: Collection[str] = ()


def check_report(report: UnderwritingReport, product: str, now: int) -> None:
    """Refuse a report whose place or time is not here and now.

    Raises:
        StepRefused: `ReportForOtherContract`, `ReportExpired`, `ReportFromFuture`, `ReportSizeInvalid`.
    """
    if report.product != product:
        raise StepRefused("ReportForOtherContract", reported=report.product, actual=product)
    if report.valid_until < now:
        raise StepRefused("ReportExpired", valid_until=report.valid_until, now=now)
    if report.observed_at > now:
        raise StepRefused("ReportFromFuture", observed_at=report.observed_at, now=now)
    if not 1 <= len(report.assessments) <= MAX_REPORT_SIZE:
        raise StepRefused("ReportSizeInvalid", count=len(report.assessments))


def check_risk(terms: IndemnityTerms, assessment: RiskAssessment, quote: IndemnityQuote) -> None:
    """Refuse a tier, measure, sum insured, exclusion or premium that report and terms do not allow. S13, S18, S19.

    Raises:
        StepRefused: `ApplicationMismatch`, `TierMismatch`, `RiskRefused`, `MeasureNotAllowed`, `SumInsuredOutOfRange`,
            `ExclusionsMismatch`, `PremiumNotAsPriced`, `PremiumTooHigh`.
    """
    application = quote.application_id
    if application != assessment.application_id:
        raise StepRefused("ApplicationMismatch", quoted=application, assessed=assessment.application_id)
    tier = tier_of(assessment.score, assessment.loss_ratio_bps, terms.tiers.bounds)
    if tier is not assessment.tier:
        raise StepRefused("TierMismatch", application_id=application, reported=assessment.tier, computed=tier)
    factor = factor_of(terms.tiers, assessment, quote)
    most = min(assessment.sum_insured_cap, terms.max_sum_insured)
    if quote.measure is Measure.CAP:
        most = min(most, terms.tiers.capped_sum_insured)
    if not terms.min_sum_insured <= quote.sum_insured <= most:
        least = terms.min_sum_insured
        raise StepRefused("SumInsuredOutOfRange", sum_insured=quote.sum_insured, least=least, most=most)
    excluded = assessment.exclusions if quote.measure is Measure.EXCLUSION else 0
    if quote.exclusions != excluded or (quote.measure is Measure.EXCLUSION and not excluded):
        raise StepRefused("ExclusionsMismatch", application_id=application, quoted=quote.exclusions, needed=excluded)
    due = premium_due(quote.sum_insured, assessment.rate_ppb, factor, terms.min_premium)
    if quote.premium != due:
        raise StepRefused("PremiumNotAsPriced", quoted=quote.premium, due=due)
    if due >= quote.sum_insured:
        raise StepRefused("PremiumTooHigh", premium=due, sum_insured=quote.sum_insured)


def factor_of(tiers: TierTable, assessment: RiskAssessment, quote: IndemnityQuote) -> Bps:
    """Factor on the standard rate that tier and measure ask for. Rule S19.

    Raises:
        StepRefused: `RiskRefused`, `MeasureNotAllowed`.
    """
    tier, measure = assessment.tier, quote.measure
    if tier is RiskTier.HIGH and not tiers.high_accepted:
        ratio = assessment.loss_ratio_bps
        application = quote.application_id
        raise StepRefused("RiskRefused", application_id=application, score=assessment.score, loss_ratio_bps=ratio)
    factors = {
        (RiskTier.LOW, Measure.NONE): tiers.low_factor_bps,
        (RiskTier.MEDIUM, Measure.LOADING): tiers.loaded_factor_bps,
        (RiskTier.MEDIUM, Measure.CAP): tiers.medium_factor_bps,
        (RiskTier.MEDIUM, Measure.EXCLUSION): tiers.medium_factor_bps,
        (RiskTier.HIGH, Measure.EXCLUSION): tiers.high_factor_bps,
    }
    if (tier, measure) not in factors:
        raise StepRefused("MeasureNotAllowed", application_id=quote.application_id, tier=tier, measure=measure)
    return factors[tier, measure]


def check_parties(
    terms: IndemnityTerms, staff: Staff, score: int, binding: IndemnityBinding, *, product: str, now: int
) -> None:
    """Refuse a quote out of time, or with a party that may not be one.

    Raises:
        StepRefused: `QuoteExpired`, `HolderInvalid`, `BeneficiaryInvalid`, `PayerInvalid`, `StartTooLate`,
            `UnderwriterNotAuthorised`, `CommitteeTooSmall`, `CommitteeOrderInvalid`, `CommitteeMemberInvalid`.
    """
    quote = binding.quote
    if quote.valid_until < now:
        raise StepRefused("QuoteExpired", valid_until=quote.valid_until, now=now)
    if quote.holder in (ZERO_ADDRESS, terms.treasury, product):
        raise StepRefused("HolderInvalid", holder=quote.holder)
    check_beneficiary(quote.beneficiary, terms, product)
    collected = quote.payer == terms.disbursement != ZERO_ADDRESS
    if quote.payer != quote.holder and not collected:
        raise StepRefused("PayerInvalid", payer=quote.payer)
    latest = now + terms.max_lead_seconds
    if quote.starts_at > latest:
        raise StepRefused("StartTooLate", starts_at=quote.starts_at, latest=latest)
    if quote.underwriter not in staff.underwriters:
        raise StepRefused("UnderwriterNotAuthorised", underwriter=quote.underwriter)
    if score > terms.tiers.committee_above_score:
        _check_committee(staff, binding)


def check_beneficiary(beneficiary: str, terms: IndemnityTerms, product: str) -> None:
    """Refuse a beneficiary whose money would be nobody's.

    Raises:
        StepRefused: `BeneficiaryInvalid`.
    """
    if beneficiary in (terms.treasury, product):
        raise StepRefused("BeneficiaryInvalid", beneficiary=beneficiary)


def _check_committee(staff: Staff, binding: IndemnityBinding) -> None:
    members, signed = binding.committee, len(binding.committee_signatures)
    if len(members) < COMMITTEE_SIZE or signed != len(members):
        application = binding.quote.application_id
        signed = min(signed, len(members))
        raise StepRefused("CommitteeTooSmall", application_id=application, signed=signed, needed=COMMITTEE_SIZE)
    previous = ZERO_ADDRESS
    for member in members:
        if int(member, 16) <= int(previous, 16):
            raise StepRefused("CommitteeOrderInvalid", previous=previous, next=member)
        if member not in staff.committee:
            raise StepRefused("CommitteeMemberInvalid", member=member)
        previous = member
