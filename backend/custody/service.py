"""Use cases of custody: a key of one's own, signatures under our own documents, a copy for the person. ADR 0052.

Keys are opened by this room alone, after it has asked everything; every signature is in the audit log.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from coincurve import PrivateKey
from eth_account import Account
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.entries import Facts, Outcome
from backend.custody import repository
from backend.custody.documents import Readable, read_document
from backend.custody.kinds import LEAST_PASSWORD, MOST_PASSWORD, CustodialKey, KeyKind
from backend.custody.models import CustodialKeyRow
from backend.custody.ports import Authorities, Contracts
from backend.database import Database, as_worker
from backend.problems import Problem
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose
from backend.vault.service import Vault
from ledger.typed_data import SECP256K1_ORDER, sign_digest
from ledger.typed_data import address_of as address_of_key

log = structlog.get_logger()
STRONG_SECONDS: Final = 300
IN_USE_UNTIL: Final = 7_258_118_400
"""2200-01-01: the vault keeps a key until its end is noted."""
STAFF: Final = frozenset({Role.ADJUSTER})
"""Who has a key to sign for the insurer with."""


@dataclass(frozen=True, slots=True)
class CustodyDesk:
    """Everything the use cases need. `clock`: wall clock, unix seconds.

    `authorities`: None: nothing is signed for anybody but by themselves.
    """

    vault: Vault
    contracts: Contracts
    database: Database
    clock: Callable[[], int]
    authorities: Authorities | None = None


def ensure_key(
    session: Session, desk: CustodyDesk, principal: Principal, person_id: uuid.UUID, *, kind: KeyKind = KeyKind.HOLDER
) -> CustodialKey:
    """A person's key; made if there is none.

    Raises:
        Problem: `forbidden`, `custody_ended`, `key_service_unavailable`.
    """
    tenant_id = _require_maker(principal, person_id, kind)
    with as_worker(session, tenant_id, principal):
        found = repository.find(session, tenant_id, person_id, kind)
        if found is None:
            _make(session, desk, tenant_id, person_id, kind)
            found = repository.find(session, tenant_id, person_id, kind)
            assert found is not None  # made here, or by another just now
            made = {"address": found.address, "kind": kind.value}
            subject = f"custody/{found.key_id}"
            audit.record(session, principal, operation="custody.open", subject=subject, facts=made)
    return _key(_live(found))


def address_of(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, kind: KeyKind = KeyKind.HOLDER
) -> str | None:
    """Address of a person's key, in custody now; None: there is none this transaction sees."""
    found = repository.find(session, tenant_id, person_id, kind)
    return None if found is None or found.ended_at is not None else found.address


def find_key(session: Session, principal: Principal, person_id: uuid.UUID, *, kind: KeyKind) -> CustodialKey:
    """What may be told of a person's key.

    Raises:
        Problem: `custody_unknown`, `custody_ended`.
    """
    return _key(_live(_required(session, principal, person_id, kind)))


def sign(
    session: Session, desk: CustodyDesk, principal: Principal, person_id: uuid.UUID, typed_data: Mapping[str, Any], *,
    kind: KeyKind = KeyKind.HOLDER, authority: uuid.UUID | None = None,
) -> bytes:  # fmt: skip
    """65 bytes: a person's signature under one of our own documents.

    Args:
        authority: Record of what the person gave customer service to act by; only what `on_behalf` allows, and only
            the very document it was given for.
    Raises:
        Problem: `custody_unknown`, `custody_ended`, `typed_data_refused`, `forbidden`, `step_up_required`.
        RpcUnavailable, RpcError: The chain does not say what the token is called.
    """
    row = _live(_required(session, principal, person_id, kind))
    document = read_document(
        session, desk.contracts, kind, typed_data, tenant_id=row.tenant_id, signer=row.address
    )  # fmt: skip
    try:
        _require_right(desk, principal, row, document)
        if principal.principal_id != person_id:
            _require_authority(session, desk, principal, row, document, authority)
    except Problem as problem:
        facts = {"why": problem.code, "type": document.signable.name}
        _tell_apart(desk, principal, row, facts)
        raise
    signature = sign_digest(_secret(session, desk, principal, row), document.digest)
    told = {"type": document.signable.name, "digest": document.digest.hex(), "contract": document.contract}
    if authority is not None:
        told["authority"] = str(authority)
    audit.record(session, principal, operation="custody.sign", subject=f"custody/{row.key_id}", facts=told)
    log.info("custody.signed", key_id=str(row.key_id), type=document.signable.name)
    return signature


def own_staff_key(session: Session, desk: CustodyDesk, principal: Principal) -> tuple[CustodialKeyRow, bytes]:
    """The asker's own key to sign for the insurer with, opened, for the room custody alone.

    Raises:
        Problem: `custody_unknown`, `custody_ended`, `forbidden`, `step_up_required`.
    """
    person_id = principal.principal_id
    if principal.kind is not PrincipalKind.PERSON or person_id is None or not principal.roles & STAFF:
        raise Problem("forbidden", f"Only {', '.join(STAFF)}, who are people, send what they decided.")
    row = _live(_required(session, principal, person_id, KeyKind.STAFF))
    _require_strong(desk, principal)
    return row, _secret(session, desk, principal, row)


def export(
    session: Session, desk: CustodyDesk, principal: Principal, password: str, *, kind: KeyKind
) -> dict[str, Any]:
    """The asker's own key as a keystore (version 3) under a password of their own. That it was taken is noted.
    Keys to sign for the insurer are not copied: what they sign is asked for here, person by person.

    Raises:
        Problem: `custody_unknown`, `custody_ended`, `forbidden`, `step_up_required`, `password_unfit`.
    """
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        sentence = f"password has not {LEAST_PASSWORD} to {MOST_PASSWORD} signs. Choose a longer one; it guards money."
        raise Problem("password_unfit", sentence)
    person_id = principal.principal_id
    if principal.kind is not PrincipalKind.PERSON or person_id is None:
        raise Problem("forbidden", "Only a person takes a copy of its own key.")
    if kind is KeyKind.STAFF:
        raise Problem("forbidden", "A key to sign for the insurer stays here. Use a wallet, and have it made adjuster.")
    _require_strong(desk, principal)
    tenant_id = _tenant_of(principal)
    row = _live(repository.find(session, tenant_id, person_id, kind, lock=True))
    keystore = Account.encrypt(_secret(session, desk, principal, row), password)
    row.exports, row.exported_at = row.exports + 1, desk.clock()
    session.flush()
    facts: Facts = {"address": row.address, "exports": row.exports}
    audit.record(session, principal, operation="custody.export", subject=f"custody/{row.key_id}", facts=facts)
    log.info("custody.exported", key_id=str(row.key_id))
    return dict(keystore)


def end(session: Session, desk: CustodyDesk, principal: Principal, person_id: uuid.UUID, *, kind: KeyKind) -> str:
    """Keep a key no longer: it signs nothing more, and the vault may destroy it. Returns its address.

    Raises:
        Problem: `custody_unknown`, `custody_ended`, `custody_not_exported`: money there would be lost.
    """
    tenant_id = _tenant_of(principal)
    row = _live(repository.find(session, tenant_id, person_id, kind, lock=True))
    if row.exported_at is None and kind is not KeyKind.STAFF:  # nothing is owned by those, and they are not copied
        sentence = f"Key of {row.address} was never exported, so money there would be lost. Let the person export it."
        raise Problem("custody_not_exported", sentence)
    row.ended_at = desk.clock()
    session.flush()
    vault.note_contract_end(session, _subject(row.key_id), row.ended_at)
    audit.record(session, principal, operation="custody.end", subject=f"custody/{row.key_id}")
    return row.address


def _make(session: Session, desk: CustodyDesk, tenant_id: uuid.UUID, person_id: uuid.UUID, kind: KeyKind) -> None:
    key_id, secret = uuid.uuid4(), _new_secret()
    record_id = vault.seal_record(
        session, desk.vault, Principal.worker(tenant_id), person_id=person_id, category=Category.CUSTODIAL_KEY,
        purpose=Purpose.SIGNING, data={"secret": secret.hex()}, subject=_subject(key_id),
    )  # fmt: skip
    vault.note_contract_end(session, _subject(key_id), IN_USE_UNTIL)
    address = address_of_key(PrivateKey(secret).public_key)
    row = {
        "key_id": key_id, "tenant_id": tenant_id, "person_id": person_id, "kind": kind, "address": address,
        "record_id": record_id, "made_at": desk.clock(), "exports": 0, "exported_at": None, "ended_at": None,
    }  # fmt: skip
    if not repository.add(session, row):  # somebody else was quicker; the record that is nobody's is let go
        vault.note_contract_end(session, _subject(key_id), desk.clock())


def _new_secret() -> bytes:
    return (secrets.randbelow(SECP256K1_ORDER - 1) + 1).to_bytes(32, "big")


def _secret(session: Session, desk: CustodyDesk, principal: Principal, row: CustodialKeyRow) -> bytes:
    with as_worker(session, row.tenant_id, principal):
        worker = Principal.worker(row.tenant_id)
        told = vault.open_record(session, desk.vault, worker, row.record_id, purpose=Purpose.SIGNING)
    return bytes.fromhex(str(told["secret"]))


def _require_maker(principal: Principal, person_id: uuid.UUID, kind: KeyKind) -> uuid.UUID:
    own = principal.kind is PrincipalKind.PERSON and principal.principal_id == person_id
    if kind is KeyKind.STAFF and not (own and principal.roles & STAFF):
        raise Problem("forbidden", f"A key to sign for the insurer is made by whom it is for: {', '.join(STAFF)}.")
    if not own and principal.kind is not PrincipalKind.WORKER and Role.CUSTOMER_SERVICE not in principal.roles:
        raise Problem("forbidden", "A key is made by the person it is for, or by customer service.")
    return _tenant_of(principal)


def _require_right(desk: CustodyDesk, principal: Principal, row: CustodialKeyRow, document: Readable) -> None:
    if principal.kind is not PrincipalKind.PERSON:
        raise Problem("forbidden", "Only people have documents signed. Let the person sign in.")
    served = Role.CUSTOMER_SERVICE in principal.roles and document.signable.on_behalf
    if principal.principal_id != row.person_id and not served:
        raise Problem("forbidden", f"{document.signable.name} is signed by the person itself and nobody else.")
    if row.kind == KeyKind.STAFF and not principal.roles & STAFF:
        raise Problem("forbidden", f"{document.signable.name} is signed by {', '.join(STAFF)} only.")
    if document.signable.strong:
        _require_strong(desk, principal)


def _require_authority(
    session: Session, desk: CustodyDesk, principal: Principal, row: CustodialKeyRow, document: Readable,
    authority: uuid.UUID | None,
) -> None:  # fmt: skip
    """Look the authority up, instead of believing whoever names it: of this person, and for this very document."""
    covered = False
    if authority is not None and desk.authorities is not None:
        with as_worker(session, row.tenant_id, principal):
            covered = desk.authorities.covers(
                session, authority, tenant_id=row.tenant_id, person_id=row.person_id, signer=row.address,
                digest=document.digest,
            )  # fmt: skip
    if not covered:
        sentence = (
            f"authority {authority} is not recorded as this person's word to sign this {document.signable.name}. "
            "Draft the case for them anew and record how they asked for it."
        )
        raise Problem("forbidden", sentence)


def _require_strong(desk: CustodyDesk, principal: Principal) -> None:
    age = principal.strong_age_seconds(desk.clock())
    if age is None or age > STRONG_SECONDS:
        raise Problem("step_up_required", "This moves money. Show a second factor again, and repeat within 5 minutes.")


def _required(session: Session, principal: Principal, person_id: uuid.UUID, kind: KeyKind) -> CustodialKeyRow | None:
    return repository.find(session, _tenant_of(principal), person_id, kind)


def _live(row: CustodialKeyRow | None) -> CustodialKeyRow:
    if row is None:
        raise Problem("custody_unknown", "No key is kept for this person. Make one: POST /v1/custody/keys.")
    if row.ended_at is not None:
        raise Problem("custody_ended", f"Custody of {row.address} has ended. Sign with your own copy of the key.")
    return row


def _tell_apart(desk: CustodyDesk, principal: Principal, row: CustodialKeyRow, facts: Mapping[str, str]) -> None:
    """In a transaction of its own: the request's is rolled back."""
    audit.record_apart(
        desk.database, principal, operation="custody.sign", subject=f"custody/{row.key_id}",
        outcome=Outcome.REFUSED.value, facts=dict(facts),
    )  # fmt: skip


def _tenant_of(principal: Principal) -> uuid.UUID:
    if principal.tenant_id is None:
        raise Problem("forbidden", "Keys are kept for people of an insurer. Sign in.")
    return principal.tenant_id


def _subject(key_id: uuid.UUID) -> bytes:
    return b"custody" + key_id.bytes


def _key(row: CustodialKeyRow) -> CustodialKey:
    return CustodialKey(row.address, KeyKind(row.kind), row.made_at, row.exports, row.exported_at)
