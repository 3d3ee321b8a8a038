"""Consents, approvals, restrictions, records and certificates, in and out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.fields import Input, NextCursor, NoticeVersion, View, WordText
from backend.vault.approvals import ApprovalState
from backend.vault.retention import Category, Purpose

Instant = Annotated[int, Field(ge=0, description="Unix seconds, wall clock.", examples=[1_800_000_000])]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$", description="Why, as a code.", examples=["disputed"])]
ErasureReason = Annotated[
    str,
    Field(pattern=r"^(asked|purpose_ended|consent_withdrawn)$", description="Why it is erased.", examples=["asked"]),
]
FilePurpose = Annotated[Purpose, Field(description="What the file is opened for.", examples=["claims"], strict=False)]


class ConsentIn(Input):
    """What somebody agrees to. `evidence_hash`: SHA-256 of what proves it, the text shown or the signed paper."""

    person_id: Annotated[UUID | None, Field(strict=False, description="Whose consent; without it, the asker's.")] = None
    category: Annotated[Category, Field(strict=False, examples=["third_party"])]
    purpose: Annotated[Purpose, Field(strict=False, examples=["underwriting"])]
    evidence_hash: WordText
    privacy_notice: NoticeVersion = None


class ConsentView(View):
    """A consent."""

    consent_id: UUID
    person_id: UUID
    category: Category
    purpose: Purpose
    evidence_hash: WordText
    given_at: Instant
    withdrawn_at: Instant | None
    privacy_notice: str | None = Field(
        description="Edition of the privacy notice it rests on; null: given before there were editions.",
        examples=["2026-11"],
    )


class ConsentList(View):
    """A person's consents, withdrawn ones too, oldest first."""

    consents: list[ConsentView]


class ApprovalIn(Input):
    """Whose file somebody would open, and what for."""

    person_id: Annotated[UUID, Field(strict=False)]
    purpose: FilePurpose


class ApprovalView(View):
    """Leave to open a file: asked for, given until `expires_at`, or refused."""

    approval_id: UUID
    person_id: UUID
    opener_id: UUID
    purpose: Purpose
    state: ApprovalState
    asked_at: Instant
    approved_by: UUID | None
    approved_at: Instant | None
    expires_at: Instant | None
    refused_by: UUID | None
    refused_at: Instant | None


class ApprovalPage(View):
    """Approvals by id."""

    approvals: list[ApprovalView]
    next_cursor: NextCursor = None


class RecordView(View):
    """Something sealed, from outside: what it is, since when, and until when it must be kept (null: no duty runs)."""

    record_id: UUID
    category: Category
    purpose: Purpose
    sealed_at: Instant
    is_file: bool
    kept_until: Instant | None


class RecordList(View):
    """What is sealed of a person, oldest first."""

    records: list[RecordView]


class OpenedRecord(View):
    """What a record says."""

    record_id: UUID
    purpose: Purpose
    data: Annotated[dict[str, object], Field(examples=[{"name": "Ada Example"}])]


class RestrictionIn(Input):
    """Why processing is restricted."""

    reason: Code


class RestrictionView(View):
    """Processing of a person's data is restricted: it is kept, and opened for legal claims only."""

    restriction_id: UUID
    person_id: UUID
    reason: str
    restricted_at: Instant


class RestrictionPage(View):
    """Restrictions that hold, by id."""

    restrictions: list[RestrictionView]
    next_cursor: NextCursor = None


class Lifted(View):
    """How many restrictions that ended."""

    lifted: Annotated[int, Field(ge=0, examples=[1])]


class ErasureIn(Input):
    """Why a person's data is erased."""

    reason: ErasureReason


class CertificateView(View):
    """What was destroyed. Until `keys_destroyed_at`, back-ups from before can be opened with the keys it names."""

    certificate_id: UUID
    person_id: UUID
    destroyed_records: list[UUID]
    reason: str
    commitments_left_on_chain: list[WordText]
    destroyed_at: Instant
    destroyed_by: UUID | None
    keys_that_open_older_backups: Annotated[list[str], Field(examples=[["1f2e3d4c5b6a7988"]])]
    keys_destroyed_at: Instant | None
    certificate_hash: Annotated[WordText, Field(description="SHA-256 of the document; it stands in the audit log.")]


class CertificatePage(View):
    """Certificates by id."""

    certificates: list[CertificateView]
    next_cursor: NextCursor = None
