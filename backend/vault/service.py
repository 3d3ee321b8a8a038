"""Use cases of the vault: seal, open, agree, restrict. Every open and every refusal is audited.

Deleting a record's wrapped key erases its content: the commitment on chain then leads nowhere. Decision record 0043.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT, Outcome
from backend.database import as_worker
from backend.problems import Problem
from backend.vault import envelopes, erasure, guard, repository, standing
from backend.vault.envelopes import Label, RecordUnreadable
from backend.vault.guard import Refusal
from backend.vault.key_files import make_key_file
from backend.vault.keys import KeyUnknown, VaultKeyInvalid
from backend.vault.records import SCHEME, CitedNotice, Consent, SealedRecord, applicant_id, subject_of
from backend.vault.retention import Category, Purpose, Term
from backend.vault.sealing import SALT_BYTES, Vault, content_of, read_content, served

__all__ = ["SALT_BYTES", "RecordUnreadable", "Vault", "VaultKeyInvalid", "make_key_file"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Applicant:
    """What somebody without an account said in an application, and the salted hash of it that goes on the chain."""

    application_id: int
    salt: bytes
    data: Mapping[str, object]
    commitment: bytes


def seal_record(
    session: Session, vault: Vault, principal: Principal, *, person_id: UUID, category: Category, purpose: Purpose,
    data: Mapping[str, object], subject: bytes = b"", salt: bytes | None = None, commitment: bytes | None = None,
) -> UUID:  # fmt: skip
    """Seal a record of a person for a purpose. Returns its id.

    Args:
        subject: What it is about, at most 32 bytes; its contract's end is noted under the same name.
        salt: Kept with the data where a commitment to both stands on the chain.
    Raises:
        Problem: `purpose_not_allowed`, `consent_missing`, `key_service_unavailable`.
    """
    label = _label(principal, person_id, category, purpose)
    _raise(guard.check_sealing(session, vault.rules, label))
    record = vault.seal(label, content_of(data, salt), subject=subject, commitment=commitment)
    repository.add(session, [record])
    _tell(session, principal, "vault.seal", label)
    return label.record_id


def open_record(
    session: Session, vault: Vault, principal: Principal, record_id: UUID, *, purpose: Purpose
) -> dict[str, object]:
    """What a record says.

    Raises:
        Problem: `record_unknown`, `record_destroyed`, `record_is_file`, or why it may not be opened: see `guard.check`.
        RecordUnreadable: Its bytes were changed.
    """
    record = _permitted(session, vault, principal, record_id, purpose)
    if record.chunk_count is not None:
        raise Problem("record_is_file")
    record, plain = _with_key(session, record, vault.unseal)
    return read_content(record, plain)[0]


def seal_stream(
    session: Session, vault: Vault, principal: Principal, source: Iterable[bytes], *, person_id: UUID,
    category: Category, purpose: Purpose, subject: bytes = b"",
) -> UUID:  # fmt: skip
    """Seal a stream of a person for a purpose, a mebibyte at a time. Returns its id. Raises as `seal_record`."""
    label = _label(principal, person_id, category, purpose)
    _raise(guard.check_sealing(session, vault.rules, label))
    data_key, prefix = envelopes.new_data_key(), secrets.token_bytes(envelopes.PREFIX_BYTES)
    wrapped = served(lambda: vault.keys.wrap(data_key, label.bytes()))
    record = SealedRecord(label, subject, SCHEME, wrapped, prefix, None, 0, None, vault.clock(), Term(None))
    repository.add(session, [record])
    count = 0
    for chunk in envelopes.seal_stream(data_key, label, prefix, source):
        repository.add_chunk(session, label, count, chunk)
        count += 1
    repository.note_chunks(session, label.record_id, count)
    _tell(session, principal, "vault.seal", label)
    return label.record_id


def open_stream(
    session: Session, vault: Vault, principal: Principal, record_id: UUID, *, purpose: Purpose
) -> Iterator[bytes]:
    """The content of a stream, chunk by chunk, in the session's transaction. Raises as `open_record`, before the first
    chunk whatever forbids it, and `RecordUnreadable` where the stream was changed."""
    record = _permitted(session, vault, principal, record_id, purpose)
    prefix, count = record.nonce, record.chunk_count
    if count is None or prefix is None:
        raise RecordUnreadable(f"record {record_id} is no stream")
    record, data_key = _with_key(session, record, vault.data_key)
    chunks = repository.chunks(session, record_id, count)
    return envelopes.open_stream(data_key, record.label, prefix, chunks)


def let_go(
    session: Session, vault: Vault, principal: Principal, record_ids: Iterable[UUID], *, person_id: UUID, reason: str
) -> None:
    """Destroy records of one person that no contract came to rest on, such as a file taken back. Certified.

    Args:
        reason: A code.
    """
    found = [record for record_id in record_ids if (record := repository.get(session, record_id)) is not None]
    if found:
        erasure.destroy(session, vault, principal, found, person_id=person_id, reason=reason)


def keep_applicants(session: Session, vault: Vault, asker: Principal, applicants: Iterable[Applicant]) -> None:
    """Seal what applicants said, with salts and commitments, by application id. Applicants need no account.

    Args:
        asker: Who hands the applications in, and whose transaction this is; the records are not theirs to see.

    Raises:
        Problem: `key_service_unavailable`.
    """
    tenant_id = asker.tenant_id or HOUSE_TENANT
    principal = Principal.worker(tenant_id)
    with as_worker(session, tenant_id, asker):
        for applicant in applicants:
            seal_record(
                session, vault, principal, person_id=applicant_id(applicant.application_id), data=applicant.data,
                category=Category.APPLICATION, purpose=Purpose.UNDERWRITING, salt=applicant.salt,
                subject=subject_of(applicant.application_id), commitment=applicant.commitment,
            )  # fmt: skip
        session.flush()


def note_contract_end(session: Session, subject: bytes, ends_at: int, *, long_term: bool = False) -> int:
    """The contract about `subject` ends at unix second `ends_at`: retention counts from there.

    Returns:
        How many records that concerns.
    """
    return repository.note_term(session, subject, Term(ends_at, long_term))


def give_consent(
    session: Session, vault: Vault, principal: Principal, *, person_id: UUID, category: Category, purpose: Purpose,
    evidence_hash: bytes, notice: CitedNotice | None = None,
) -> UUID:  # fmt: skip
    """Note what a person agreed to; `evidence_hash` is of what proves it, 32 bytes; `notice` what they had read."""
    consent = Consent(uuid4(), person_id, category, purpose, evidence_hash, vault.clock(), None, notice)
    standing.add_consent(session, principal.tenant_id or HOUSE_TENANT, consent)
    facts = {"category": category.value, "purpose": purpose.value, "evidence": evidence_hash.hex()}
    if notice is not None:
        facts["privacy_notice"] = notice.version
    audit.record(session, principal, operation="consents.give", subject=f"people/{person_id}", facts=facts)
    return consent.consent_id


def withdraw_consent(
    session: Session, vault: Vault, principal: Principal, *, person_id: UUID, category: Category, purpose: Purpose
) -> int:
    """Note that a person withdrew. Returns how many consents that ended; what rests on them opens no more."""
    tenant_id = principal.tenant_id or HOUSE_TENANT
    ended = standing.withdraw_consents(session, tenant_id, person_id, category, purpose, vault.clock())
    facts = {"category": category.value, "purpose": purpose.value, "ended": ended}
    audit.record(session, principal, operation="consents.withdraw", subject=f"people/{person_id}", facts=facts)
    return ended


def restrict(session: Session, vault: Vault, principal: Principal, *, person_id: UUID, reason: str) -> None:
    """Restrict processing of a person's data: it is kept, and opened for legal claims only. `reason` is a code."""
    standing.restrict(session, principal.tenant_id or HOUSE_TENANT, person_id, reason, vault.clock())
    audit.record(
        session, principal, operation="vault.restrict", subject=f"people/{person_id}", facts={"reason": reason}
    )  # fmt: skip


def lift_restriction(session: Session, vault: Vault, principal: Principal, *, person_id: UUID) -> int:
    """Lift a person's restrictions. Returns how many there were."""
    lifted = standing.lift(session, principal.tenant_id or HOUSE_TENANT, person_id, vault.clock())
    audit.record(session, principal, operation="vault.lift", subject=f"people/{person_id}", facts={"lifted": lifted})
    return lifted


def go_with(session: Session, record_id: UUID, application_id: int) -> None:
    """A record that led to an application is kept as long as that application's contract makes us."""
    repository.note_subject(session, record_id, subject_of(application_id))


def subject_about(session: Session, record_id: UUID) -> bytes:
    """What a record is about; empty: only its person, or there is no such record."""
    record = repository.get(session, record_id)
    return b"" if record is None else record.subject


def find_application(session: Session, application_id: int) -> SealedRecord | None:
    """The sealed record of an application, destroyed or not."""
    found = repository.of_subject(session, subject_of(application_id))
    return next((record for record in found if record.label.category == Category.APPLICATION), None)


def owner_of(session: Session, principal: Principal, record_id: UUID) -> UUID:
    """Whose record it is.

    Raises:
        Problem: `record_unknown`, also where it is not there for the asker.
    """
    record = repository.get(session, record_id)
    if record is None or not guard.may_see(principal, record.label):
        raise Problem("record_unknown", f"record_id {record_id} is not known. Take it from where it was sealed.")
    return record.label.person_id


def records_of(session: Session, principal: Principal, person_id: UUID) -> list[SealedRecord]:
    """What is sealed of a person and not destroyed, oldest first, as far as the asker sees it. Nothing is opened."""
    found = repository.of_person(session, principal.tenant_id or HOUSE_TENANT, person_id)
    return [record for record in found if guard.may_see(principal, record.label)]


def _label(principal: Principal, person_id: UUID, category: Category, purpose: Purpose) -> Label:
    return Label(uuid4(), principal.tenant_id or HOUSE_TENANT, person_id, category, purpose)


def _permitted(session: Session, vault: Vault, principal: Principal, record_id: UUID, purpose: Purpose) -> SealedRecord:
    """The record, after every question was asked; the answer is audited either way."""
    record = repository.get(session, record_id)
    if record is None or not guard.may_see(principal, record.label):
        raise Problem("record_unknown", f"record_id {record_id} is not known. Take it from where it was sealed.")
    refusal = guard.not_destroyed(record) or guard.check(
        session, vault.rules, principal, record.label, purpose, vault.clock()
    )
    if refusal is not None:
        _tell_apart(session, principal, record.label, purpose, refusal)
    _raise(refusal)
    _tell(session, principal, "vault.open", record.label, purpose)
    return record


def _with_key(session: Session, record: SealedRecord, use: Callable[[SealedRecord], T]) -> tuple[SealedRecord, T]:
    """Use a record's key. One that a rotation has just replaced and destroyed is looked up anew, once."""
    try:
        return record, use(record)
    except KeyUnknown as error:
        fresh = repository.get(session, record.label.record_id)
        if fresh is None or fresh.wrapped_key == record.wrapped_key:
            raise RecordUnreadable(f"record {record.label.record_id}: {error}") from error
        return fresh, use(fresh)


def _tell(session: Session, principal: Principal, operation: str, label: Label, purpose: Purpose | None = None) -> None:
    facts = {"category": label.category, "person": str(label.person_id), "purpose": purpose or label.purpose}
    audit.record(session, principal, operation=operation, subject=f"records/{label.record_id}", facts=facts)


def _tell_apart(session: Session, principal: Principal, label: Label, purpose: Purpose, refusal: Refusal) -> None:
    """In a transaction of its own: the request's is rolled back."""
    facts = {"category": label.category, "person": str(label.person_id), "purpose": purpose, "why": refusal.code}
    with Session(session.get_bind().engine) as own, own.begin():
        audit.record(
            own, principal, operation="vault.open", subject=f"records/{label.record_id}", facts=facts,
            outcome=Outcome.REFUSED.value,
        )  # fmt: skip


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal.problem()
