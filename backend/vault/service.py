"""Seals applicants' data: AES-256-GCM under a key of each record's own, wrapped by a key that is not in the database.

Deleting a record's row erases the person: the commitment on chain then leads nowhere.
Source: NIST SP 800-38D (GCM), RFC 3394 (key wrap).
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy.orm import Session

from backend.vault import repository
from backend.vault.records import SealedRecord
from domain.hashing import canonical_json, keccak256

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 32


class VaultKeyInvalid(Exception):
    """The key file is missing, readable by others, or does not hold a key. The text says what to do."""


class RecordUnreadable(Exception):
    """The record was sealed with another key, or its bytes were changed."""


class Vault:
    """Seals and opens records with one wrapping key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultKeyInvalid(f"A vault key has {KEY_BYTES} bytes, this has {len(key)}. Make one with vault-key.")
        self._key = key
        self.key_id = keccak256(b"vault-key/" + key).hex()[:16]

    @classmethod
    def load(cls, path: Path) -> Vault:
        """The vault of a key file: 64 hex digits, readable by its owner only.

        Raises:
            VaultKeyInvalid
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text("ascii").strip()
            key = bytes.fromhex(text)
        except FileNotFoundError:
            raise VaultKeyInvalid(f"{path} does not exist. Make it: quittance backend vault-key {path}") from None
        except (ValueError, OSError) as error:
            raise VaultKeyInvalid(f"{path} does not hold 64 hex digits ({error}). Restore it from backup.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise VaultKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
        return cls(key)

    def seal(self, application_id: int, salt: bytes, applicant: Mapping[str, object]) -> SealedRecord:
        """Encrypt one record. Its id is authenticated with it, so that records cannot be exchanged."""
        data_key = AESGCM.generate_key(bit_length=256)
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = salt + canonical_json(applicant)
        ciphertext = AESGCM(data_key).encrypt(nonce, plain, _about(application_id))
        wrapped = aes_key_wrap(self._key, data_key)
        return SealedRecord(application_id, self.key_id, wrapped, nonce, ciphertext)

    def open(self, record: SealedRecord) -> tuple[bytes, dict[str, object]]:
        """Salt and data of a record.

        Raises:
            RecordUnreadable
        """
        try:
            data_key = aes_key_unwrap(self._key, record.wrapped_key)
            plain = AESGCM(data_key).decrypt(record.nonce, record.ciphertext, _about(record.application_id))
        except (InvalidUnwrap, InvalidTag) as error:
            raise RecordUnreadable(f"record 0x{record.application_id:064x} does not open with this key") from error
        return plain[:SALT_BYTES], json.loads(plain[SALT_BYTES:])


def keep(session: Session, records: Sequence[SealedRecord]) -> None:
    """Keep sealed records, with whatever else the transaction keeps."""
    repository.add(session, records)


def find(session: Session, application_id: int) -> SealedRecord | None:
    """One sealed record, None when there is none or it was erased."""
    return repository.get(session, application_id)


def erase(session: Session, application_id: int) -> bool:
    """Erase a person: data, salt and data key. False when there was nothing."""
    return repository.erase(session, application_id)


def make_key_file(path: Path) -> None:
    """Write a new key, readable by its owner only. Never over one that is there.

    Raises:
        VaultKeyInvalid: The file exists or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise VaultKeyInvalid(f"{path} exists already, and records may depend on it. Choose another name.") from None
    except OSError as error:
        raise VaultKeyInvalid(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")


def _about(application_id: int) -> bytes:
    return b"quittance/applicant/" + application_id.to_bytes(32, "big")
