"""Sealed records and what is known of them, as the repository keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.vault.envelopes import Label
from backend.vault.keys import WrappedKey
from backend.vault.retention import Term

LEGACY_SCHEME, SCHEME = 1, 2
_APPLICATION_BYTES = 32

ContractTerms = Callable[[Session, Collection[bytes]], Mapping[bytes, Term]]
"""When the contracts end that records are about, by the records' subjects; what became no contract is left out."""


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """Something sealed. `wrapped_key` is None once it was destroyed.

    Args:
        subject: What it is about: an application's or a claim's id, at most 32 bytes; empty: only the person.
        nonce: Of a record; of a stream, the prefix of its nonces.
        ciphertext: None of a stream, whose chunks stand apart.
        chunk_count: Chunks of a stream.
        commitment: Salted hash that stands on the chain.
        sealed_at: Unix seconds.
    """

    label: Label
    subject: bytes
    scheme: int
    wrapped_key: WrappedKey | None
    nonce: bytes | None
    ciphertext: bytes | None
    chunk_count: int | None
    commitment: bytes | None
    sealed_at: int
    term: Term
    destroyed_at: int | None = None


@dataclass(frozen=True, slots=True)
class CitedNotice:
    """The edition of the privacy notice that something rests on: its version, and the hash of its texts, 32 bytes."""

    version: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent; `withdrawn_at` is None while it holds. Times in unix seconds. `notice` is None before editions."""

    consent_id: UUID
    person_id: UUID
    category: str
    purpose: str
    evidence_hash: bytes
    given_at: int
    withdrawn_at: int | None = None
    notice: CitedNotice | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an erasure destroyed. Until `keys_destroyed_at`, back-ups from before it can be opened with `key_ids`."""

    certificate_id: UUID
    tenant_id: UUID
    person_id: UUID
    record_ids: tuple[UUID, ...]
    commitments: tuple[bytes, ...]
    reason: str
    destroyed_at: int
    destroyed_by: UUID | None
    key_ids: tuple[str, ...]
    keys_destroyed_at: int | None = None


def applicant_id(application_id: int) -> UUID:
    """The person of an application that nobody with an account made."""
    return UUID(bytes=hashlib.sha256(subject_of(application_id)).digest()[:16])


def application_about(subject: bytes) -> int | None:
    """The application that is a record's subject, None when the subject is something else."""
    return int.from_bytes(subject, "big") if len(subject) == _APPLICATION_BYTES else None


def subject_of(application_id: int) -> bytes:
    """An application as the subject of a record."""
    return application_id.to_bytes(32, "big")
