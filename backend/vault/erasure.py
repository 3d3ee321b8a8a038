"""Erasure by destroying keys, with a certificate. Refused while a duty to keep runs.

In the database it holds at once. A back-up from before still has the wrapped keys; it is closed when the keys that
wrapped them are destroyed (`rotation.destroy_old_keys`), and the certificate says when that was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT, Facts
from backend.problems import Problem
from backend.vault import repository, standing
from backend.vault.records import Certificate, ContractTerms, SealedRecord
from backend.vault.retention import Category, kept_until
from backend.vault.sealing import Vault, served
from domain.hashing import canonical_json


def erase(
    session: Session, vault: Vault, principal: Principal, *, person_id: UUID, reason: str, terms: ContractTerms,
    besides: bool = False,
) -> Certificate:  # fmt: skip
    """Destroy the keys and contents of everything sealed of a person, or of nothing.

    Args:
        reason: A code: `asked`, `purpose_ended`, `consent_withdrawn`.
        terms: When contracts end, which the vault may not have been told of yet.
        besides: Something else of the person is erased with it: then there is a certificate without records, too.
    Raises:
        Problem: `record_unknown` when there is nothing, `retention_running` with the date until which it must stay.
    """
    tenant_id, now = principal.tenant_id or HOUSE_TENANT, vault.clock()
    found = repository.of_person(session, tenant_id, person_id, lock=True)
    if not found and not besides:
        raise Problem("record_unknown", f"Nothing is sealed of person {person_id}, or it was destroyed before.")
    told = terms(session, {record.subject for record in found if record.subject})
    for record in found:
        _require_no_duty(vault, replace(record, term=told.get(record.subject, record.term)), now)
    return destroy(session, vault, principal, found, person_id=person_id, reason=reason)


def destroy(
    session: Session, vault: Vault, principal: Principal, records: Sequence[SealedRecord], *,
    person_id: UUID, reason: str,
) -> Certificate:  # fmt: skip
    """Destroy these records of one person, certified and audited. Asks for no duty: `erase` and the purge do."""
    now = vault.clock()
    certificate = Certificate(
        uuid4(), principal.tenant_id or HOUSE_TENANT, person_id, tuple(r.label.record_id for r in records),
        tuple(r.commitment for r in records if r.commitment), reason, now, principal.principal_id,
        tuple(sorted(served(vault.keys.ids))),
    )  # fmt: skip
    repository.destroy(session, certificate.record_ids, now)
    standing.add_certificate(session, certificate)
    facts: Facts = {"records": len(records), "certificate": certificate_hash(certificate).hex(), "reason": reason}
    subject = f"erasures/{certificate.certificate_id}"
    audit.record(session, principal, operation="vault.erase", subject=subject, facts=facts)
    return certificate


def document(certificate: Certificate) -> dict[str, object]:
    """The certificate as it is handed out. Its hash stands in the audit log, and so under a head on the chain."""
    c = certificate
    return {
        "certificate_id": str(c.certificate_id), "tenant_id": str(c.tenant_id), "person_id": str(c.person_id),
        "destroyed_records": [str(record_id) for record_id in c.record_ids], "reason": c.reason,
        "commitments_left_on_chain": ["0x" + commitment.hex() for commitment in c.commitments],
        "destroyed_at": c.destroyed_at, "destroyed_by": str(c.destroyed_by) if c.destroyed_by else None,
        "keys_that_open_older_backups": list(c.key_ids),
    }  # fmt: skip


def certificate_hash(certificate: Certificate) -> bytes:
    """SHA-256 of the document's canonical JSON."""
    return hashlib.sha256(canonical_json(document(certificate))).digest()


def _require_no_duty(vault: Vault, record: SealedRecord, now: int) -> None:
    ends_at = record.term.ends_at
    if record.label.category == Category.CUSTODIAL_KEY and ends_at is not None and ends_at > now:
        raise Problem(
            "retention_running",
            "A key of this person is in custody: without it, money at its address is lost. Let the person export it, "
            "end custody (quittance custody end), and erase then.",
            keep_until=ends_at,
        )
    until = kept_until(vault.rules.categories[Category(record.label.category)], record.term)
    if until is not None and until > now:
        day = datetime.fromtimestamp(until, UTC).date()
        raise Problem(
            "retention_running",
            f"Category {record.label.category} must be kept until {day}, counted from the end of the contract (R9). "
            "Restrict processing instead, and erase after that day.",
            keep_until=until,
        )
