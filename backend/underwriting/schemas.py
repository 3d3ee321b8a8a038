"""What underwriting is given."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from backend.fields import AddressText, Input, IntakeNumber, NoticeVersion, SignatureText, UnixSeconds
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_reports import Measure
from domain.objection_steps import Way
from domain.underwriting_decision import MAX_TEXT, Conditions, Decision, Verdict
from domain.underwriting_people import Office
from domain.underwriting_steps import Fault

Words = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, description="In writing.", examples=["As assessed."])]
Optional = Annotated[str, Field(max_length=MAX_TEXT, description="In writing; empty: nothing to say.")]
Values = Annotated[dict[str, Any], Field(max_length=100, description="By the names of the form.")]
GroundCode = Annotated[int, Field(ge=0, le=99, description="Of domain/underwriting_grounds; 0: nothing is declined.")]
CaseId = Annotated[int, Field(ge=1, lt=1 << 63)]


class AuthorisationIn(Input):
    """The customer's written authorisation to ask one source."""

    source: Annotated[str, Field(max_length=24, examples=["hospital"])]
    signed_at: UnixSeconds
    evidence: Words


class DeclarationIn(Input):
    """The declaration of truth."""

    truthful: bool
    signed_at: UnixSeconds


class ApplicationIn(Input):
    """An application for an indemnity policy."""

    product: AddressText
    line: Annotated[str, Field(max_length=16, examples=["health"])]
    party: Annotated[str, Field(max_length=16, examples=["personal"])] = "personal"
    person_id: Annotated[uuid.UUID | None, Field(strict=False, description="Who is insured; left out: you.")] = None
    agent: Annotated[uuid.UUID | None, Field(strict=False, description="Who sold it.")] = None
    declaration: DeclarationIn
    statements: Values
    holder: AddressText
    beneficiary: AddressText = ZERO_ADDRESS
    authorisations: Annotated[tuple[AuthorisationIn, ...], Field(strict=False, max_length=10)] = ()
    renews: Annotated[int, Field(ge=0, lt=1 << 63, description="Policy it goes on from; 0: none.", examples=[0])] = 0
    identity: Values = Field(default_factory=dict, description="What third parties find the person by.")
    privacy_notice: NoticeVersion = None
    intake: IntakeNumber = None


class AnswerIn(Input):
    """Statements that were missing."""

    statements: Values


class QuestionIn(Input):
    """Fields the customer is asked for."""

    missing: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=50)]


class ConditionsIn(Input):
    """A measure with its own figures and no others."""

    measure: Annotated[str, Field(pattern="^(none|loading|cap|exclusion)$", examples=["none"])] = "none"
    loading_bps: Annotated[int, Field(ge=0, le=65_535)] = 0
    cap_minor: Annotated[int | None, Field(ge=1, lt=1 << 64)] = None
    exclusions: Annotated[tuple[str, ...], Field(strict=False, max_length=32)] = ()

    def to_domain(self) -> Conditions:
        """As a case knows them."""
        return Conditions(Measure[self.measure.upper()], self.loading_bps, self.cap_minor, self.exclusions)


class DecisionIn(Input):
    """What an underwriter fills in."""

    verdict: Annotated[Verdict, Field(strict=False)]
    conditions: ConditionsIn = ConditionsIn()
    reason: Optional = ""
    authenticity: Optional = ""
    ground: GroundCode = 0

    def to_domain(self) -> Decision:
        """As a case knows it."""
        return Decision(self.verdict, self.conditions.to_domain(), self.reason, self.authenticity, self.ground)


class ReturnIn(Input):
    """What a reviewer finds wrong."""

    faults: Annotated[frozenset[Annotated[Fault, Field(strict=False)]], Field(strict=False, min_length=1)]
    note: Words


class VoteIn(Input):
    """A vote of the committee."""

    office: Annotated[Office, Field(strict=False)]
    agrees: bool
    reason: Optional = ""
    ground: GroundCode = 0


class NoteIn(Input):
    """A note, or where the proof is."""

    note: Words


class CheckIn(Input):
    """What came of a check."""

    kind: Annotated[str, Field(pattern="^(authenticity|mismatch)$", examples=["authenticity"])]
    field: Annotated[str, Field(max_length=64, examples=["application"])]
    source: Annotated[str, Field(max_length=24, examples=["customer"])]
    outcome: Annotated[str, Field(pattern="^(confirmed|corrected|false)$", examples=["confirmed"])]
    note: Words


class AcceptanceIn(Input):
    """The holder's signature over the quote; left out, the key that is kept for the holder signs."""

    signature: SignatureText | None = None


class SignatureIn(Input):
    """A signature over the quote's digest."""

    signature: SignatureText


class ObjectionIn(Input):
    """An objection, as the customer made it."""

    way: Annotated[Way, Field(strict=False)]
    text: Words
    contact: Words


class CorrectionIn(Input):
    """What an objection was right about."""

    statements: Values = Field(default_factory=dict)
    decision: DecisionIn
    reason: Words


class OfficeIn(Input):
    """How an insurer's office works."""

    calendar: Annotated[str, Field(max_length=32, examples=["china"])]
    machine_accepts: bool = True
    sample_bps: Annotated[int, Field(ge=0, le=10_000)] = 1_000
    quote_valid_seconds: Annotated[int, Field(ge=600, le=259_200)] = 86_400
    how_to_object_en: Words
    how_to_object_zh: Words


class LicenceIn(Input):
    """By what right somebody underwrites."""

    licensed_on: Annotated[date | None, Field(strict=False)] = None
    intermediate_exam_on: Annotated[date | None, Field(strict=False)] = None
    offices: Annotated[frozenset[Annotated[Office, Field(strict=False)]], Field(strict=False)] = frozenset()
