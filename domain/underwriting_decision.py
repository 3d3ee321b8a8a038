"""What is assessed, decided and told in an underwriting case (manual R2, R7, R8).

The machine recommends by the table of R7; a person may decide otherwise with a written reason, within the pairs of tier
and measure the contract binds (S19). Texts are the insurer's own words; the file they stand in is kept encrypted.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import AmountInvalid, CaseStepRefused
from domain.indemnity_reports import Measure
from domain.ranges import MAX_UINT16, MAX_UINT32, MAX_UINT64, is_whole
from domain.tiers import MAX_SCORE, RiskTier
from domain.underwriting_grounds import check_ground

COMMITTEE_ABOVE_SCORE = 9_000
"""Hundredths of a point. Terms and tables may ask for the committee below it, never above."""
MAX_TEXT = 4_000
ALLOWED = frozenset(
    {
        (RiskTier.LOW, Measure.NONE),
        (RiskTier.MEDIUM, Measure.LOADING),
        (RiskTier.MEDIUM, Measure.CAP),
        (RiskTier.MEDIUM, Measure.EXCLUSION),
        (RiskTier.HIGH, Measure.EXCLUSION),
    }
)
"""What a risk may be accepted with. Rule S19."""


class Verdict(StrEnum):
    """What an underwriter says of an application."""

    ACCEPT = "accept"
    DECLINE = "decline"


class Channel(StrEnum):
    """How the customer is told."""

    WRITTEN = "written"
    PHONE = "phone"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Conditions:
    """A measure with its figures.

    Attributes:
        loading_bps: Put on the premium; above 0 if the measure is a loading, and only then.
        cap_minor: Most that is insured, minor units; given if the measure is a cap, and only then.
        exclusions: Codes in order; given if the measure is an exclusion, and only then.
    Raises:
        AmountInvalid: A figure is missing, out of range or belongs to another measure.
    """

    measure: Measure = Measure.NONE
    loading_bps: int = 0
    cap_minor: int | None = None
    exclusions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        loads, caps = self.measure is Measure.LOADING, self.measure is Measure.CAP
        excludes = self.measure is Measure.EXCLUSION
        if not is_whole(self.loading_bps, int(loads), MAX_UINT16 if loads else 0):
            raise self._refused("loading_bps", self.loading_bps)
        if (self.cap_minor is not None) != caps or (caps and not is_whole(self.cap_minor, 1, MAX_UINT64)):
            raise self._refused("cap_minor", self.cap_minor)
        if bool(self.exclusions) != excludes or not _are_codes(self.exclusions):
            raise self._refused("exclusions", self.exclusions)

    def _refused(self, field: str, value: object) -> AmountInvalid:
        problem = f"does not fit the measure {self.measure.name.lower()}"
        return AmountInvalid(field, value, problem, "Give a measure its own figures and no others, codes in order")


def _are_codes(codes: tuple[str, ...]) -> bool:
    return all(codes) and list(codes) == sorted(set(codes))


STANDARD = Conditions()
"""No measure: the standard rate."""


@dataclass(frozen=True, slots=True)
class CaseAssessment:
    """What the risk engine says of an application, as far as people act on it.

    Attributes:
        digest: 32 bytes, of the whole assessment.
        score: Hundredths of a point, 0 to 10_000.
        loss_ratio_bps: Expected, uint32.
        recommended: None: that people refuse it.
        exclusions: Codes that can be excluded for this risk, in order; all of them are, if the measure is an exclusion.
        outliers: Why a person has to check that the information is authentic (R6).
        committee: Whether the committee decides.
        fast_lane: Whether it may be accepted without anybody looking.
    Raises:
        AmountInvalid: A figure is out of range, or two of them contradict each other.
    """

    digest: bytes
    score: int
    loss_ratio_bps: int
    tier: RiskTier
    recommended: Conditions | None
    exclusions: tuple[str, ...] = ()
    outliers: tuple[str, ...] = ()
    committee: bool = False
    fast_lane: bool = False

    def __post_init__(self) -> None:
        if len(self.digest) != 32:
            raise AmountInvalid("digest", self.digest, "is not 32 bytes", "Give the assessment's digest")
        for field, value, most in (
            ("score", self.score, MAX_SCORE),
            ("loss_ratio_bps", self.loss_ratio_bps, MAX_UINT32),
        ):
            if not is_whole(value, 0, most):
                raise AmountInvalid(field, value, f"is not a whole number from 0 to {most}", "Assess again")
        if not _are_codes(self.exclusions):
            raise AmountInvalid("exclusions", self.exclusions, "are not codes in order", "Sort them, each once")
        if self.score > COMMITTEE_ABOVE_SCORE and not self.committee:
            problem = f"does not ask for the committee, with a score of {self.score}"
            raise AmountInvalid("committee", False, problem, f"Ask for it above {COMMITTEE_ABOVE_SCORE}")
        if self.fast_lane and (self.tier is not RiskTier.LOW or self.outliers or self.committee):
            raise AmountInvalid("fast_lane", True, "is for low risks nobody has to look at", "Take it out of the lane")
        if self.recommended is not None:
            check_conditions(self.recommended, self)
        elif self.tier is not RiskTier.HIGH:
            raise AmountInvalid("recommended", None, "refuses a risk that is not high", "Recommend a measure")


@dataclass(frozen=True, slots=True)
class Decision:
    """What an underwriter fills in.

    Attributes:
        conditions: Of acceptance.
        reason: In writing; needed to decline, and to decide otherwise than recommended.
        authenticity: What came of checking the information; needed where the assessment names outliers.
        ground: Of `domain.underwriting_grounds`; needed to decline, and only then.
    Raises:
        CaseStepRefused: `ReasonMissing`, `GroundMissing`, `GroundWithoutRefusal`, `DeclineWithConditions`,
            `TextTooLong`.
    """

    verdict: Verdict
    conditions: Conditions = STANDARD
    reason: str = ""
    authenticity: str = ""
    ground: int = 0

    def __post_init__(self) -> None:
        declines = self.verdict is Verdict.DECLINE
        check_text("reason", self.reason, needed=declines)
        check_ground(self.ground, needed=declines)
        check_text("authenticity", self.authenticity, needed=False)
        if declines and self.conditions != STANDARD:
            measure = self.conditions.measure.name.lower()
            problem = "is a condition of something that is not insured"
            raise CaseStepRefused("DeclineWithConditions", "measure", measure, problem, "Decline, or accept with it")


@dataclass(frozen=True, slots=True)
class Notice:
    """What the customer is told (R8).

    Attributes:
        basis: What the tier rests on, in words.
        reason: Of the underwriter, where there is one.
        how_to_object: In words.
        ground: Of the refusal; 0 where nothing is refused.
    Raises:
        CaseStepRefused: `ReasonMissing`, `GroundMissing`, `GroundWithoutRefusal`, `TextMissing`, `TextTooLong`,
            `NoticeNotWritten`.
    """

    channel: Channel
    verdict: Verdict
    tier: RiskTier
    conditions: Conditions
    reason: str
    basis: str
    how_to_object: str
    ground: int = 0

    def __post_init__(self) -> None:
        check_text("reason", self.reason, needed=self.verdict is Verdict.DECLINE)
        check_ground(self.ground, needed=self.verdict is Verdict.DECLINE)
        check_text("basis", self.basis)
        check_text("how_to_object", self.how_to_object)
        if self.verdict is Verdict.DECLINE and self.channel is not Channel.WRITTEN:
            problem = "is no written notice, and this one declines"
            raise CaseStepRefused("NoticeNotWritten", "channel", self.channel.value, problem, "Write to the customer")


def check_conditions(conditions: Conditions, assessment: CaseAssessment) -> None:
    """Refuse conditions that the contract would not bind for this risk.

    Raises:
        CaseStepRefused: `MeasureNotAllowed`, `ExclusionsMismatch`.
    """
    measure, tier = conditions.measure, assessment.tier
    if (tier, measure) not in ALLOWED:
        allowed = ", ".join(each.name.lower() for of, each in sorted(ALLOWED) if of is tier)
        problem = f"is no measure for a risk that is {tier.name.lower()}"
        raise CaseStepRefused("MeasureNotAllowed", "measure", measure.name.lower(), problem, f"Choose {allowed}")
    if measure is Measure.EXCLUSION and conditions.exclusions != assessment.exclusions:
        problem = f"are not those of the assessment, {', '.join(assessment.exclusions) or 'which has none'}"
        raise CaseStepRefused("ExclusionsMismatch", "exclusions", conditions.exclusions, problem, "Exclude just these")


def check_decision(decision: Decision, assessment: CaseAssessment) -> None:
    """Refuse a decision that the assessment does not allow, or that departs from it without a written reason.

    Raises:
        CaseStepRefused: `MeasureNotAllowed`, `ExclusionsMismatch`, `ReasonMissing`, `AuthenticityUnchecked`.
    """
    if decision.verdict is Verdict.ACCEPT:
        check_conditions(decision.conditions, assessment)
        if decision.conditions != assessment.recommended:
            check_text("reason", decision.reason)
    if assessment.outliers and not decision.authenticity.strip():
        problem = f"is not checked, and {', '.join(assessment.outliers)} is unusual"
        remedy = "Check the information and write down what came of it"
        raise CaseStepRefused("AuthenticityUnchecked", "authenticity", decision.authenticity, problem, remedy)


def check_text(field: str, text: str, *, needed: bool = True) -> None:
    """Refuse a text that is missing or too long.

    Raises:
        CaseStepRefused: `ReasonMissing` for a reason, `TextMissing` for another text, `TextTooLong`.
    """
    if needed and not text.strip():
        code = "ReasonMissing" if field == "reason" else "TextMissing"
        raise CaseStepRefused(code, field, text, "is needed in writing", "Write it down")
    if len(text) > MAX_TEXT:
        raise CaseStepRefused("TextTooLong", field, len(text), f"is more than {MAX_TEXT} characters", "Shorten it")
