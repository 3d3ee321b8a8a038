"""What goes in and out over HTTP about applications for indemnity policies. Amounts are JSON integers, token units
unless the name says minor; ids, hashes and signatures 0x-hex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from domain.money import Bps, Ppb, TokenUnits
from domain.ranges import MAX_UINT16, MAX_UINT32, MAX_UINT64
from domain.reports import MAX_REPORT_SIZE
from domain.tiers import MAX_SCORE, RiskTier
from domain.underwriting_decision import CaseAssessment, Conditions
from oracle.node.messages import Address, Bytes32, HexBytes, HexId, In, Out, ReportHeadIn, ShownId
from oracle.node.underwriting import HandedIn, ProductView, RefusedApplication, Underwritten

Fields = Annotated[dict[str, object], Field(max_length=50)]
"""An application before it is held against its form, which the engine does."""


class HandedInBody(In):
    """One application as the risk engine takes it, with third parties' reports, and the salt of its commitment."""

    application: Fields
    salt: Bytes32

    def to_domain(self) -> HandedIn:
        """As the node knows it."""
        return HandedIn(self.application, self.salt)


Batch = Annotated[list[HandedInBody], Field(min_length=1, max_length=MAX_REPORT_SIZE)]


class UnderwritingAssessmentsIn(In):
    """Applications for one product."""

    product: Address
    applications: Batch

    def handed(self) -> list[HandedIn]:
        """As the node knows them."""
        return [each.to_domain() for each in self.applications]


class RiskAssessmentBody(In):
    """One assessment as it is signed, in and out; `tier` as the contract numbers it, `exclusions` a bitmap."""

    application_id: HexId
    score: Annotated[int, Field(ge=0, le=MAX_SCORE, strict=True)]
    loss_ratio_bps: Annotated[int, Field(ge=0, le=MAX_UINT16, strict=True)]
    tier: Annotated[int, Field(ge=RiskTier.LOW, le=RiskTier.HIGH, strict=True)]
    rate_ppb: Annotated[int, Field(ge=0, le=MAX_UINT32, strict=True)]
    sum_insured_cap: Annotated[int, Field(ge=0, le=MAX_UINT64, strict=True)]
    exclusions: Annotated[int, Field(ge=0, le=MAX_UINT32, strict=True)]
    commitment: Bytes32

    @classmethod
    def of(cls, risk: RiskAssessment) -> RiskAssessmentBody:
        """From the domain. Nothing is checked again."""
        return cls.model_construct(
            **{name: getattr(risk, name) for name in cls.model_fields if name != "tier"}, tier=int(risk.tier)
        )

    def to_domain(self) -> RiskAssessment:
        """As it is signed."""
        return RiskAssessment(
            application_id=self.application_id,
            score=self.score,
            loss_ratio_bps=Bps(self.loss_ratio_bps),
            tier=RiskTier(self.tier),
            rate_ppb=Ppb(self.rate_ppb),
            sum_insured_cap=TokenUnits(self.sum_insured_cap),
            exclusions=self.exclusions,
            commitment=self.commitment,
        )


class ConditionsOut(Out):
    """A measure with its figures; `exclusions` by code."""

    measure: str
    loading_bps: int
    cap_minor: int | None
    exclusions: list[str]

    @classmethod
    def of(cls, conditions: Conditions) -> ConditionsOut:
        """From the domain."""
        return cls(
            measure=conditions.measure.name.lower(),
            loading_bps=conditions.loading_bps,
            cap_minor=conditions.cap_minor,
            exclusions=list(conditions.exclusions),
        )


class CaseOut(Out):
    """What people act on; `digest` names the whole assessment, `recommended` null means that people refuse it."""

    digest: HexBytes
    loss_ratio_bps: int
    recommended: ConditionsOut | None
    exclusions: list[str]
    outliers: list[str]
    committee: bool
    fast_lane: bool

    @classmethod
    def of(cls, case: CaseAssessment) -> CaseOut:
        """From the domain."""
        return cls(
            digest=case.digest,
            loss_ratio_bps=case.loss_ratio_bps,
            recommended=None if case.recommended is None else ConditionsOut.of(case.recommended),
            exclusions=list(case.exclusions),
            outliers=list(case.outliers),
            committee=case.committee,
            fast_lane=case.fast_lane,
        )


class UnderwrittenOut(Out):
    """One application, assessed, and why, by language."""

    risk: RiskAssessmentBody
    case: CaseOut
    explanation: dict[str, list[str]]

    @classmethod
    def of(cls, each: Underwritten) -> UnderwrittenOut:
        """From the domain."""
        told = {language: list(lines) for language, lines in each.explanation.items()}
        return cls(risk=RiskAssessmentBody.of(each.risk), case=CaseOut.of(each.case), explanation=told)


class RefusedApplicationOut(Out):
    """An application the node does not assess, and why; `place` in the batch, from 0."""

    place: int
    application_id: ShownId | None
    code: str
    detail: str

    @classmethod
    def of(cls, each: RefusedApplication) -> RefusedApplicationOut:
        """From the domain."""
        told = each.refusal
        return cls(place=each.place, application_id=each.application_id, code=told.code, detail=told.detail)


class UnderwritingAssessmentsOut(Out):
    """What the node thinks of the applications, and under which head it would sign that."""

    model_hash: HexBytes
    observed_at: int
    signer_epoch: int
    assessments: list[UnderwrittenOut]
    refusals: list[RefusedApplicationOut]

    @classmethod
    def of(
        cls, model_hash: bytes, view: ProductView, assessed: list[Underwritten], refused: list[RefusedApplication]
    ) -> UnderwritingAssessmentsOut:
        """From the domain."""
        return cls(
            model_hash=model_hash,
            observed_at=view.time,
            signer_epoch=view.epoch,
            assessments=[UnderwrittenOut.of(each) for each in assessed],
            refusals=[RefusedApplicationOut.of(each) for each in refused],
        )


class UnderwritingReportIn(ReportHeadIn):
    """An underwriting report to be signed."""

    model_hash: Bytes32
    assessments: Annotated[list[RiskAssessmentBody], Field(min_length=1, max_length=MAX_REPORT_SIZE)]

    @classmethod
    def of(cls, report: UnderwritingReport) -> UnderwritingReportIn:
        """From the domain."""
        head = {name: getattr(report, name) for name in (*ReportHeadIn.model_fields, "model_hash")}
        return cls.model_construct(**head, assessments=[RiskAssessmentBody.of(each) for each in report.assessments])

    def to_domain(self) -> UnderwritingReport:
        """As it is signed."""
        return UnderwritingReport(
            chain_id=self.chain_id,
            product=self.product,
            signer_epoch=self.signer_epoch,
            observed_at=self.observed_at,
            valid_until=self.valid_until,
            model_hash=self.model_hash,
            assessments=tuple(each.to_domain() for each in self.assessments),
        )


class UnderwritingSignatureIn(In):
    """An underwriting report, and what it was made of."""

    report: UnderwritingReportIn
    applications: Batch

    def handed(self) -> list[HandedIn]:
        """As the node knows them."""
        return [each.to_domain() for each in self.applications]


class UnderwritingOut(Out):
    """What this node underwrites with: engine, version of each table, and line of each product."""

    signer: str
    model_hash: HexBytes
    tables: dict[str, str]
    products: Mapping[str, str]


_IN = (HandedInBody, UnderwritingAssessmentsIn, RiskAssessmentBody, UnderwritingReportIn, UnderwritingSignatureIn)
FIELD_NAMES = frozenset(name for model in _IN for name in model.model_fields)
"""Names of ours: a key somebody else wrote may hold anything, and is not repeated."""
