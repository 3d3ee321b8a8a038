"""A sealed record, as the vault makes it and the repository keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """An applicant's data and salt, encrypted."""

    application_id: int
    key_id: str
    wrapped_key: bytes
    nonce: bytes
    ciphertext: bytes
