"""HTTP for what people agree to, what is sealed of them, and who may open it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit
from backend.access.principal import Principal
from backend.dependencies import Asker, Services, Transaction
from backend.fields import bytes_hex, parse_bytes
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.problems import Problem
from backend.rights import service
from backend.rights.schemas import (
    ApprovalIn,
    ApprovalPage,
    ApprovalView,
    ConsentIn,
    ConsentList,
    ConsentView,
    OpenedRecord,
    RecordList,
    RecordView,
)
from backend.service import privacy_notice
from backend.vault import approvals, standing
from backend.vault import service as vault_service
from backend.vault.models import FileApprovalRow
from backend.vault.records import Consent
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import Vault

router = api_router("rights")
Whose = Annotated[UUID | None, Query(description="Whose; without it, the asker's.")]


def open_vault(services: Services) -> Vault:
    """The process's vault."""
    if services.vault is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE")
    return services.vault


VaultOpen = Annotated[Vault, Depends(open_vault)]


def after_of(page: PageAsked) -> UUID | None:
    """The id a page begins after."""
    return UUID(str(page.position[0])) if page.position else None


def _whose(principal: Principal, person_id: UUID | None) -> UUID:
    found = person_id or principal.principal_id
    if found is None:
        raise Problem("forbidden")
    return found


@router.get("/consents", operation_id="consents.list", dependencies=[Permit("consents.list")])
def list_consents(session: Transaction, asker: Asker, access: Allowed, person_id: Whose = None) -> ConsentList:
    """What a person agreed to, withdrawn consents too."""
    whose = _whose(asker, person_id)
    if asker.own_only and whose != asker.principal_id:
        raise Problem("consent_unknown")
    access.require(Resource(asker.tenant_id, whose), Problem("consent_unknown"))
    found = standing.consents(session, asker.tenant_id or whose, whose)
    return ConsentList(consents=[_consent(consent) for consent in found])


@router.post(
    "/consents", status_code=201, operation_id="consents.give", dependencies=[Permit("consents.give"), IdempotencyKey]
)
def give_consent(
    body: ConsentIn, session: Transaction, asker: Asker, access: Allowed, vault: VaultOpen
) -> ConsentView:  # fmt: skip
    """Note what a person agreed to: one's own, or a customer's, with the hash of what proves it."""
    whose = _whose(asker, body.person_id)
    access.require(Resource(asker.tenant_id, whose), Problem("consent_unknown"))
    if whose != asker.principal_id:
        service.require_known(session, asker, whose)
    consent = service.give_consent(
        session, vault, asker, person_id=whose, category=body.category, purpose=body.purpose,
        evidence_hash=parse_bytes(body.evidence_hash), notice=privacy_notice.cited(body.privacy_notice),
    )  # fmt: skip
    return _consent(consent)


@router.post(
    "/consents/{consent_id}/withdrawal", operation_id="consents.withdraw",
    dependencies=[Permit("consents.withdraw"), IdempotencyKey],
)  # fmt: skip
def withdraw_consent(
    consent_id: UUID, session: Transaction, asker: Asker, access: Allowed, vault: VaultOpen
) -> ConsentList:
    """Withdraw a consent, and every other for the same: what rests on it opens no more. Answers what is left."""
    found = standing.consent(session, consent_id)
    if found is None or asker.tenant_id is None:
        raise Problem("consent_unknown")
    access.require(Resource(asker.tenant_id, found.person_id), Problem("consent_unknown"))
    if found.withdrawn_at is not None:
        raise Problem("consent_withdrawn")
    vault_service.withdraw_consent(
        session, vault, asker, person_id=found.person_id, category=Category(found.category),
        purpose=Purpose(found.purpose),
    )  # fmt: skip
    left = standing.consents(session, asker.tenant_id, found.person_id)
    return ConsentList(consents=[_consent(consent) for consent in left])


@router.get("/people/{person_id}/records", operation_id="records.list", dependencies=[Permit("records.list")])
def list_records(person_id: UUID, session: Transaction, asker: Asker, access: Allowed, vault: VaultOpen) -> RecordList:
    """What is sealed of a person, from outside: category, purpose, since when, and until when it must be kept."""
    found = vault_service.records_of(session, asker, person_id)
    if not found:
        raise Problem("record_unknown")
    access.require(Resource(asker.tenant_id, person_id), Problem("record_unknown"))
    records = [
        RecordView(
            record_id=r.label.record_id, category=Category(r.label.category), purpose=Purpose(r.label.purpose),
            sealed_at=r.sealed_at, is_file=r.chunk_count is not None, kept_until=service.kept_until_of(vault, r),
        )
        for r in found
    ]  # fmt: skip
    return RecordList(records=records)


@router.get("/records/{record_id}", operation_id="records.open", dependencies=[Permit("records.open")])
def open_record(
    record_id: UUID, session: Transaction, asker: Asker, access: Allowed, vault: VaultOpen,
    purpose: Annotated[Purpose, Query(description="What it is opened for; one's own: subject_access.")],
) -> OpenedRecord:  # fmt: skip
    """What a record says. The vault asks for purpose, consent, role or approval, and the audit log is told."""
    owner_id = vault_service.owner_of(session, asker, record_id)
    access.require(Resource(asker.tenant_id, owner_id), Problem("record_unknown"))
    data = vault_service.open_record(session, vault, asker, record_id, purpose=purpose)
    return OpenedRecord(record_id=record_id, purpose=purpose, data=data)


@router.get("/file-approvals", operation_id="file_approvals.list", dependencies=[Permit("file_approvals.list")])
def list_approvals(
    session: Transaction, services: Services, page: PageAsked,
    person_id: Annotated[UUID | None, Query(description="About this person's file.")] = None,
) -> ApprovalPage:  # fmt: skip
    """Who asked to open whose file, and what was decided."""
    rows = approvals.page(session, after=after_of(page), limit=page.limit, person_id=person_id)
    cursor = page.next_cursor(len(rows), (str(rows[-1].approval_id),) if rows else None)
    return ApprovalPage(approvals=[_approval(row, services.clock()) for row in rows], next_cursor=cursor)


@router.post(
    "/file-approvals", status_code=201, operation_id="file_approvals.ask",
    dependencies=[Permit("file_approvals.ask"), IdempotencyKey],
)  # fmt: skip
def ask_approval(body: ApprovalIn, session: Transaction, asker: Asker, services: Services) -> ApprovalView:
    """Ask for leave to open one person's file for one purpose."""
    now = services.clock()
    row = approvals.ask(session, asker, person_id=body.person_id, purpose=body.purpose, now=now)
    return _approval(row, now)


@router.post(
    "/file-approvals/{approval_id}/approval", operation_id="file_approvals.approve",
    dependencies=[Permit("file_approvals.approve"), IdempotencyKey],
)  # fmt: skip
def approve(
    approval_id: UUID, session: Transaction, asker: Asker, access: Allowed, services: Services, vault: VaultOpen
) -> ApprovalView:
    """Let who asked open the file, for 14 days. Never one's own question, never one's own file."""
    _require_other(session, access, approval_id)
    now = services.clock()
    return _approval(approvals.approve(session, vault.rules, asker, approval_id, now=now), now)


@router.post(
    "/file-approvals/{approval_id}/refusal", operation_id="file_approvals.refuse",
    dependencies=[Permit("file_approvals.refuse"), IdempotencyKey],
)  # fmt: skip
def refuse(
    approval_id: UUID, session: Transaction, asker: Asker, access: Allowed, services: Services, vault: VaultOpen
) -> ApprovalView:
    """Do not let who asked open the file."""
    _require_other(session, access, approval_id)
    now = services.clock()
    return _approval(approvals.refuse(session, vault.rules, asker, approval_id, now=now), now)


def _require_other(session: Transaction, access: Allowed, approval_id: UUID) -> None:
    row = approvals.get(session, approval_id)
    access.require(
        Resource(row.tenant_id, row.person_id, prepared_by=row.opener_id, state="asked"),
        approvals.unknown(approval_id),
    )


def _consent(found: Consent) -> ConsentView:
    return ConsentView(
        consent_id=found.consent_id, person_id=found.person_id, category=Category(found.category),
        purpose=Purpose(found.purpose), evidence_hash=bytes_hex(found.evidence_hash), given_at=found.given_at,
        withdrawn_at=found.withdrawn_at, privacy_notice=found.notice.version if found.notice else None,
    )  # fmt: skip


def _approval(row: FileApprovalRow, now: int) -> ApprovalView:
    return ApprovalView(
        approval_id=row.approval_id, person_id=row.person_id, opener_id=row.opener_id, purpose=Purpose(row.purpose),
        state=approvals.state_of(row, now), asked_at=row.asked_at, approved_by=row.approved_by,
        approved_at=row.approved_at, expires_at=row.expires_at, refused_by=row.refused_by, refused_at=row.refused_at,
    )  # fmt: skip
