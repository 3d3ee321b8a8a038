"""Approvals: who may open no file asks, another person gives leave, for one person's file, one purpose, some days."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT, Facts
from backend.problems import Problem
from backend.vault import repository
from backend.vault.models import FileApprovalRow
from backend.vault.retention import DAY_SECONDS, Purpose, RetentionRules

FILE_PURPOSES: Final = (Purpose.UNDERWRITING, Purpose.CLAIMS, Purpose.AUDIT, Purpose.LEGAL_CLAIM)
"""What a file is opened for."""


class ApprovalState(StrEnum):
    """Where an approval stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


def state_of(row: FileApprovalRow, now: int) -> ApprovalState:
    """Where it stands at unix second `now`."""
    if row.refused_at is not None:
        return ApprovalState.REFUSED
    if row.expires_at is None:
        return ApprovalState.ASKED
    return ApprovalState.APPROVED if row.expires_at > now else ApprovalState.EXPIRED


def ask(session: Session, principal: Principal, *, person_id: UUID, purpose: Purpose, now: int) -> FileApprovalRow:
    """Ask for leave to open a person's file.

    Raises:
        Problem: `forbidden` for machines; `record_unknown` when nothing is sealed of that person here.
    """
    opener, tenant_id = principal.principal_id, principal.tenant_id or HOUSE_TENANT
    if opener is None or purpose not in FILE_PURPOSES:
        raise Problem(
            "forbidden", "Only a person asks to open a file, for underwriting, claims, audit or a legal claim."
        )
    if not repository.of_person(session, tenant_id, person_id):
        raise Problem("record_unknown", f"Nothing is sealed of person {person_id}. Name somebody of your customers.")
    row = FileApprovalRow(
        approval_id=uuid4(), tenant_id=tenant_id, person_id=person_id, opener_id=opener, purpose=purpose.value,
        asked_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _tell(session, principal, "vault.ask", row)
    return row


def approve(
    session: Session, rules: RetentionRules, principal: Principal, approval_id: UUID, *, now: int
) -> FileApprovalRow:
    """Let somebody else open the file, for as many days as the rules say.

    Raises:
        Problem: `file_approval_unknown`, `file_approval_decided`; `forbidden` for who is no approver, asked for it, or
            is the person the file is about.
    """
    row = _open_question(session, rules, principal, approval_id)
    row.approved_by, row.approved_at = principal.principal_id, now
    row.expires_at = now + rules.approval_days * DAY_SECONDS
    session.flush()
    _tell(session, principal, "vault.approve", row)
    return row


def refuse(
    session: Session, rules: RetentionRules, principal: Principal, approval_id: UUID, *, now: int
) -> FileApprovalRow:
    """Refuse it. Raises as `approve`."""
    row = _open_question(session, rules, principal, approval_id)
    row.refused_by, row.refused_at = principal.principal_id, now
    session.flush()
    _tell(session, principal, "vault.refuse", row)
    return row


def get(session: Session, approval_id: UUID) -> FileApprovalRow:
    """One approval, as far as the asker sees it.

    Raises:
        Problem: `file_approval_unknown`.
    """
    row = session.get(FileApprovalRow, approval_id, populate_existing=True)
    if row is None:
        raise unknown(approval_id)
    return row


def page(session: Session, *, after: UUID | None, limit: int, person_id: UUID | None) -> Sequence[FileApprovalRow]:
    """Approvals, as far as the asker sees them, by id; `after` is the keyset cursor."""
    query = select(FileApprovalRow)
    if person_id is not None:
        query = query.where(FileApprovalRow.person_id == person_id)
    if after is not None:
        query = query.where(FileApprovalRow.approval_id > after)
    return session.scalars(query.order_by(FileApprovalRow.approval_id).limit(limit)).all()


def holds(session: Session, tenant_id: UUID, person_id: UUID, *, opener_id: UUID, purpose: str, now: int) -> bool:
    """Whether somebody may open this person's file for this purpose now."""
    query = select(func.count()).where(
        FileApprovalRow.tenant_id == tenant_id, FileApprovalRow.person_id == person_id,
        FileApprovalRow.opener_id == opener_id, FileApprovalRow.purpose == purpose, FileApprovalRow.expires_at > now,
    )  # fmt: skip
    return bool(session.scalar(query))


def unknown(approval_id: UUID) -> Problem:
    """There is no such approval here."""
    return Problem("file_approval_unknown", f"approval {approval_id} is not known. See GET /v1/file-approvals.")


def _open_question(session: Session, rules: RetentionRules, principal: Principal, approval_id: UUID) -> FileApprovalRow:
    row = session.get(FileApprovalRow, approval_id, with_for_update=True, populate_existing=True)
    if row is None or row.tenant_id != (principal.tenant_id or HOUSE_TENANT):
        raise unknown(approval_id)
    if principal.principal_id is None or not principal.roles & rules.approvers:
        raise Problem("forbidden", f"Only {', '.join(sorted(rules.approvers))} approves the opening of a file.")
    if principal.principal_id in (row.opener_id, row.person_id):
        raise Problem("forbidden", "Nobody approves an opening asked for by itself, or of its own file. Ask another.")
    if row.approved_at is not None or row.refused_at is not None:
        raise Problem("file_approval_decided", f"approval {approval_id} was decided before. Ask for another.")
    return row


def _tell(session: Session, principal: Principal, operation: str, row: FileApprovalRow) -> None:
    facts: Facts = {"opener": str(row.opener_id), "purpose": row.purpose, "approval": str(row.approval_id)}
    audit.record(session, principal, operation=operation, subject=f"people/{row.person_id}", facts=facts)
