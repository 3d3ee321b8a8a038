"""Use cases that reach over several rooms: whether a person is known here, and erasing all that is kept of one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.audit.entries import HOUSE_TENANT
from backend.claims import drafts
from backend.database import as_other, as_worker
from backend.evidence import service as evidence
from backend.http import idempotency
from backend.identity import accounts
from backend.identity.desk import Desk
from backend.identity.people import service as people
from backend.notices.contacts import IdentityContacts
from backend.notices.ports import Recipient
from backend.problems import Problem
from backend.rights.terms import contract_terms
from backend.vault import erasure
from backend.vault import service as vault_service
from backend.vault.records import Certificate, CitedNotice, Consent, SealedRecord
from backend.vault.retention import Category, Purpose, kept_until
from backend.vault.sealing import Vault
from backend.vault.service import records_of


def require_known(session: Session, principal: Principal, person_id: UUID) -> None:
    """Whether somebody has an account or anything sealed at the asker's insurer.

    Raises:
        Problem: `person_unknown`.
    """
    tenant_id = principal.tenant_id or HOUSE_TENANT
    if not people.exists(session, tenant_id, person_id) and not records_of(session, principal, person_id):
        raise people.unknown(person_id)


def give_consent(
    session: Session, vault: Vault, principal: Principal, *, person_id: UUID, category: Category, purpose: Purpose,
    evidence_hash: bytes, notice: CitedNotice,
) -> Consent:  # fmt: skip
    """Note what a person agreed to.

    Raises:
        Problem: `consent_pointless` when nothing of that category is opened for that purpose, or no consent is asked.
    """
    rule = vault.rules.categories[category]
    if purpose not in rule.purposes or rule.basis != "consent":
        raise Problem("consent_pointless", category=category.value, purpose=purpose.value)
    now = vault.clock()
    consent_id = vault_service.give_consent(
        session, vault, principal, person_id=person_id, category=category, purpose=purpose, evidence_hash=evidence_hash,
        notice=notice,
    )  # fmt: skip
    return Consent(consent_id, person_id, category, purpose, evidence_hash, now, None, notice)


def kept_until_of(vault: Vault, record: SealedRecord) -> int | None:
    """Unix second until which a record must be kept; None where no duty runs that the vault knows of."""
    return kept_until(vault.rules.categories[Category(record.label.category)], record.term)


def erase(
    session: Session, vault: Vault, desk: Desk, principal: Principal, *, person_id: UUID, reason: str
) -> Certificate:
    """Destroy all that is kept of a person: sealed records, files begun and what files looked like, notices of claims
    that were never given, account, name, address and number, answers kept for repeated requests. Or nothing.

    What stands in the audit log and on the chain are ids and hashes; they stay.

    Raises:
        Problem: `person_unknown`; `retention_running` with the date until which it must stay; `grant_refused` for
            oneself and for the last administrator.
    """
    tenant_id = principal.tenant_id or HOUSE_TENANT
    require_known(session, principal, person_id)
    account = people.exists(session, tenant_id, person_id)
    with as_worker(session, tenant_id, principal):
        evidence.forget_unfinished(session, tenant_id, person_id)
    certificate = erasure.erase(
        session, vault, principal, person_id=person_id, reason=reason, terms=contract_terms, besides=account
    )
    with as_worker(session, tenant_id, principal):
        evidence.forget_looks(session, certificate.record_ids)
        drafts.forget(session, tenant_id, person_id)
    with as_other(session, Principal(PrincipalKind.PERSON, person_id, tenant_id), principal):
        idempotency.forget(session, tenant_id, person_id)  # nobody else sees these answers
    if account:
        accounts.erase(session, desk, principal, person_id)
        with as_worker(session, tenant_id, principal):
            IdentityContacts(desk).set_phone(session, Recipient(tenant_id, person_id), None)
    return certificate
