"""What underwriting shows: states, times and figures; words only in files."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from pydantic import Field

from backend.chain.simulation import Refusal
from backend.fields import AddressText, TypedData, UnixSeconds, View, WordText
from backend.underwriting.schemas import CaseId
from domain.underwriting_people import Office


class CaseView(View):
    """Where a case stands, whose turn it is, and until when."""

    case_id: CaseId
    application_id: WordText
    product: AddressText
    person_id: uuid.UUID
    line: str
    state: str
    outcome: str
    tier: str | None
    committee: bool
    waits_for: str | None = Field(description="A role, customer, worker, or nobody.")
    due_at: UnixSeconds | None = Field(description="When the next step is due; wall clock.")
    overdue: bool
    received_at: UnixSeconds
    closed_at: UnixSeconds | None
    calendar: str = Field(description="Working days it is counted by, with version.")
    superseded_by: int | None
    stuck: str | None = Field(description="Why the machine gave it to people.")
    privacy_notice: str | None = Field(
        description="Edition of the privacy notice it rests on; null: older than the editions.", examples=["2026-11"]
    )


class StepView(View):
    """A step that was taken."""

    sequence: int
    at: UnixSeconds
    step: str
    state: str
    actor_kind: str
    actor: str


class CheckView(View):
    """Something to be checked, or that was. Shown to staff only."""

    kind: str
    field: str
    source: str
    due_at: UnixSeconds
    outcome: str | None


class OpenCheckView(View):
    """Something that waits to be checked. `POST /v1/underwriting-cases/{case_id}/checks` records what came of it."""

    case_id: CaseId
    kind: str = Field(description="authenticity: drawn by chance; mismatch: a source says otherwise.")
    field: str = Field(examples=["smoker"])
    source: str = Field(examples=["hospital"])
    opened_at: UnixSeconds
    due_at: UnixSeconds
    overdue: bool


class OpenCheckList(View):
    """Checks nobody has done yet, the longest due first."""

    checks: list[OpenCheckView]


class CaseFileView(View):
    """A case with its steps."""

    case: CaseView
    steps: list[StepView]
    checks: list[CheckView]


class CasePage(View):
    """Cases by deadline."""

    cases: list[CaseView]
    next_cursor: str | None


class FileView(View):
    """The sealed file, opened for who may."""

    case_id: CaseId
    application: dict[str, Any]
    steps: list[dict[str, Any]]


class ObstacleView(View):
    """What the contract would refuse with, and what to do about it."""

    refusal: str = Field(description="Name of the contract's error.", examples=["erc20_insufficient_allowance"])
    text: dict[str, str] = Field(description="By language.", examples=[{"en": "Approve it.", "zh": "请授权。"}])


def obstacle_view(found: Refusal | None) -> ObstacleView | None:
    """A refusal that was foreseen."""
    if found is None:
        return None
    return ObstacleView(refusal=found.code, text={"en": found.detail, "zh": found.detail_zh})


class CaseQuoteView(View):
    """A quote; the holder accepts it by signing `acceptance_digest`."""

    case_id: CaseId
    number: int
    state: str
    quote: dict[str, Any]
    valid_until: UnixSeconds
    acceptance_digest: WordText
    committee_signatures: int
    intent: str | None = Field(description="What carries the binding to the chain, once accepted.")
    typed_data: TypedData
    obstacle: ObstacleView | None = Field(description="Why the contract would not bind it now; null: it would.")
    failure_code: str | None = Field(description="Why the last binding came to nothing.", examples=[None])
    failure_detail: str | None = Field(examples=[None])


class ObjectionView(View):
    """Where an objection stands, whose turn it is, and until when."""

    objection_id: CaseId
    case_id: CaseId
    state: str
    outcome: str
    successor: int | None
    waits_for: str | None
    due_at: UnixSeconds | None
    overdue: bool
    raised_at: UnixSeconds


class ObjectionPage(View):
    """Objections by number."""

    objections: list[ObjectionView]
    next_cursor: str | None


class AlarmView(View):
    """A deadline that came close or passed."""

    subject: str
    state: str
    role: str
    due_at: UnixSeconds
    level: str
    raised_at: UnixSeconds
    told: int
    cleared_at: UnixSeconds | None


class AlarmList(View):
    """Alarms, the longest due first."""

    alarms: list[AlarmView]


class PartView(View):
    """So many of so many; it holds below the limit."""

    count: int
    of: int
    bps: int
    limit_bps: int
    holds: bool


class OfficeView(View):
    """How an insurer's office works."""

    calendar: str = Field(examples=["china"])
    machine_accepts: bool
    sample_bps: int
    quote_valid_seconds: int
    how_to_object_en: str
    how_to_object_zh: str


class LicenceView(View):
    """By what right somebody underwrites."""

    licensed_on: date | None
    intermediate_exam_on: date | None
    offices: list[Office]


class FiguresView(View):
    """A quarter's figures (manual R16)."""

    year: int
    quarter: int
    calendar: str
    cases: int
    review_errors: PartView
    complaints: PartView
    turnaround_mean_seconds: int = Field(description="Working seconds from complete information to the notice.")
    turnaround_late_bps: int
    turnaround_holds: bool
    hold: bool
