"""What service works with."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.calendars.files import Calendar
from backend.database import as_worker
from backend.notices import service as notices
from backend.notices.ports import Recipient
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.problems import Problem
from backend.underwriting import casebook
from backend.vault import service as vault_service
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import Vault


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """Everything the use cases need. `clock` is the wall clock, unix seconds."""

    vault: Vault
    notices: NoticeDesk
    clock: Callable[[], int]

    def seal(self, session: Session, principal: Principal, person_id: uuid.UUID, words: dict[str, object]) -> uuid.UUID:
        """Keep what somebody wrote, sealed. Returns the record's id."""
        tenant_id = tenant_of(principal)
        with as_worker(session, tenant_id, principal):
            record_id = vault_service.seal_record(
                session, self.vault, Principal.worker(tenant_id), person_id=person_id, category=Category.SERVICE,
                purpose=Purpose.SERVICE, data=words,
            )  # fmt: skip
            session.flush()
        return record_id

    def words(
        self, session: Session, principal: Principal, person_id: uuid.UUID, record_id: uuid.UUID
    ) -> dict[str, object] | None:
        """What somebody wrote; None where it was erased. The vault audits the opening.

        Raises:
            Problem: This principal may not open it.
        """
        try:
            return vault_service.open_record(
                session, self.vault, principal, record_id, purpose=_purpose(principal, person_id)
            )
        except Problem as problem:
            if problem.code in ("record_unknown", "record_destroyed"):
                return None
            raise

    def tell(self, session: Session, principal: Principal, order: NoticeOrder) -> None:
        """Order a notice, as the backend's own work: its rows are not the asker's to write."""
        tenant_id = tenant_of(principal)
        with as_worker(session, tenant_id, principal):
            notices.order(session, self.notices, order)
            session.flush()


def tenant_of(principal: Principal) -> uuid.UUID:
    """The insurer of who asks.

    Raises:
        Problem: `unauthenticated`.
    """
    if principal.tenant_id is None:
        raise Problem("unauthenticated", "Sign in first.")
    return principal.tenant_id


def calendar_of(session: Session, tenant_id: uuid.UUID) -> Calendar:
    """The working days of an insurer's office."""
    return casebook.office_of(session, tenant_id).calendar


def recipient(tenant_id: uuid.UUID, person_id: uuid.UUID) -> Recipient:
    """Whom a notice goes to."""
    return Recipient(tenant_id, person_id)


def _purpose(principal: Principal, person_id: uuid.UUID) -> Purpose:
    if principal.principal_id == person_id:
        return Purpose.SUBJECT_ACCESS
    return Purpose.AUDIT if Role.AUDITOR in principal.roles else Purpose.SERVICE
