"""The vault as notices and underwriting use it: a category decides what a record is opened for, and the asker by what
right."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.notices.ports import FileCategory, Recipient, RecordGone, RecordRestricted
from backend.problems import Problem
from backend.vault import service as vault_service
from backend.vault.records import CitedNotice
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import Vault

_GONE = frozenset({"record_unknown", "record_destroyed", "processing_restricted", "consent_missing"})


class VaultRecords:
    """Implements `Records` and `Consents` on the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(
        self, session: Session, principal: Principal, owner: Recipient, category: FileCategory,
        document: Mapping[str, object], about: bytes, /,
    ) -> UUID:  # fmt: skip
        """See `Records`."""
        return vault_service.seal_record(
            session, self._vault, principal, person_id=owner.person_id, category=Category(category.value),
            purpose=Purpose.UNDERWRITING, data=document, subject=about,
        )  # fmt: skip

    def about(self, session: Session, record_id: UUID, /) -> bytes:
        """See `Records`."""
        return vault_service.subject_about(session, record_id)

    def open(
        self, session: Session, principal: Principal, owner: Recipient, record_id: UUID, /
    ) -> Mapping[str, object]:
        """See `Records`."""
        try:
            return vault_service.open_record(
                session, self._vault, principal, record_id, purpose=_purpose(principal, owner)
            )
        except Problem as problem:
            if problem.code in _GONE:
                restricted = problem.code == "processing_restricted"
                gone = RecordRestricted if restricted else RecordGone
                raise gone(f"record {record_id}: {problem.code}") from problem
            raise

    def give(
        self, session: Session, principal: Principal, owner: Recipient, evidence_hash: bytes, notice: CitedNotice, /
    ) -> None:
        """See `Consents`."""
        vault_service.give_consent(
            session, self._vault, principal, person_id=owner.person_id, category=Category.THIRD_PARTY,
            purpose=Purpose.UNDERWRITING, evidence_hash=evidence_hash, notice=notice,
        )  # fmt: skip

    def withdraw(self, session: Session, principal: Principal, owner: Recipient, /) -> None:
        """See `Consents`."""
        vault_service.withdraw_consent(
            session, self._vault, principal, person_id=owner.person_id, category=Category.THIRD_PARTY,
            purpose=Purpose.UNDERWRITING,
        )  # fmt: skip


def _purpose(principal: Principal, owner: Recipient) -> Purpose:
    """By what right somebody opens a file."""
    if principal.principal_id == owner.person_id:
        return Purpose.SUBJECT_ACCESS
    by_role = {Role.ADJUSTER: Purpose.CLAIMS, Role.AUDITOR: Purpose.AUDIT}
    return next((purpose for role, purpose in by_role.items() if role in principal.roles), Purpose.UNDERWRITING)
