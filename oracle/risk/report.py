"""An assessment as the quorum signs it: whole numbers the contracts check a quote against.

The applicant's data stays off chain; the report holds a salted commitment to it.
"""

from collections.abc import Callable, Iterable, Sequence

from domain.errors import AmountInvalid
from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from domain.money import Bps
from domain.policy import applicant_commitment
from domain.ranges import MAX_UINT16
from domain.reports import MAX_REPORT_SIZE
from oracle.risk.application import Application
from oracle.risk.assessment import Assessment
from oracle.risk.rates import in_units, standard_rate_ppb

ExclusionBitmap = Callable[[Iterable[str]], int]
"""Bitmap of exclusions by code, as the product numbers its clauses: `IndemnityFile.exclusion_bitmap`."""


def risk_assessment(
    assessment: Assessment, *, commitment: bytes, exclusion_bitmap: ExclusionBitmap, units_per_minor: int
) -> RiskAssessment:
    """What of an assessment goes into an `UnderwritingReport`.

    Args:
        commitment: 32 bytes, from `application_commitment`.
        units_per_minor: Token units of one minor unit: 10_000 for a token of 6 decimals that stands for yuan.
    Returns:
        A loss ratio beyond what the contract holds as the most it holds: bounds of tiers lie below, so it is high too.
    Raises:
        TermsInvalid: The product has no clause for an exclusion of this risk.
        AmountInvalid: Rate or cap does not fit what the contracts hold.
    """
    asked = assessment.asked
    return RiskAssessment(
        application_id=assessment.application_id,
        score=assessment.score,
        loss_ratio_bps=Bps(min(assessment.measured.loss_ratio_bps, MAX_UINT16)),
        tier=assessment.tier,
        rate_ppb=standard_rate_ppb(asked.premium_minor, asked.sum_insured_minor),
        sum_insured_cap=in_units(assessment.cap_minor, units_per_minor),
        exclusions=exclusion_bitmap(rule.code for rule in assessment.decided.exclusions),
        commitment=commitment,
    )


def underwriting_report(
    assessments: Sequence[RiskAssessment],
    *,
    chain_id: int,
    product: str,
    signer_epoch: int,
    observed_at: int,
    valid_until: int,
    model_hash: bytes,
) -> UnderwritingReport:
    """What a quorum signs of a batch, in the order of application ids, so that every node signs the same digest.

    Args:
        observed_at, valid_until: Unix seconds.
        model_hash: `Engine.hash` of the engine all of them were assessed with.
    Raises:
        AmountInvalid: The batch is empty or larger than the contracts take, or an application stands in it twice.
    """
    ids = [each.application_id for each in assessments]
    if not 1 <= len(ids) <= MAX_REPORT_SIZE:
        raise AmountInvalid("assessments", len(ids), f"are not 1 to {MAX_REPORT_SIZE}", "Split the batch")
    if len(set(ids)) != len(ids):
        raise AmountInvalid("assessments", len(ids), "name an application twice", "Send each once")
    return UnderwritingReport(
        chain_id=chain_id,
        product=product,
        signer_epoch=signer_epoch,
        observed_at=observed_at,
        valid_until=valid_until,
        model_hash=model_hash,
        assessments=tuple(sorted(assessments, key=lambda each: each.application_id)),
    )


def application_commitment(application: Application, salt: bytes) -> bytes:
    """Salted commitment to what was assessed: id, form, time and every indicator. Rule S6.

    Args:
        salt: 32 random bytes of this record, kept off chain with it.
    Raises:
        AmountInvalid: The salt has another length.
    """
    return applicant_commitment(salt, application.record())
