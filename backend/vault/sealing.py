"""The vault itself: keys and rules, and how records are sealed and unsealed with them. Asks nobody whether it may."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from backend.problems import Problem
from backend.vault import envelopes
from backend.vault.envelopes import Label, RecordUnreadable
from backend.vault.key_files import FileKeys
from backend.vault.keys import KeyProvider, KeyUnfit
from backend.vault.records import LEGACY_SCHEME, SCHEME, SealedRecord
from backend.vault.retention import RetentionRules, Term, house_rules
from backend.vault.transit import KeyServiceUnavailable
from domain.hashing import canonical_json

SALT_BYTES = 32
T = TypeVar("T")


class Vault:
    """Keys and rules with which records are sealed and opened.

    Args:
        clock: Wall clock, unix seconds.
    """

    def __init__(
        self, keys: KeyProvider, *, rules: RetentionRules | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:  # fmt: skip
        self.keys = keys
        self.rules = rules or house_rules()
        self.clock = clock

    @classmethod
    def load(cls, path: Path) -> Vault:
        """The vault of a key file.

        Raises:
            VaultKeyInvalid
        """
        return cls(FileKeys(path))

    def seal(
        self, label: Label, plain: bytes, *, subject: bytes = b"", commitment: bytes | None = None
    ) -> SealedRecord:
        """A record, sealed under a key of its own.

        Raises:
            Problem: `key_service_unavailable`.
        """
        data_key = envelopes.new_data_key()
        nonce, ciphertext = envelopes.seal(data_key, label, plain)
        wrapped = served(lambda: self.keys.wrap(data_key, label.bytes()))
        return SealedRecord(
            label, subject, SCHEME, wrapped, nonce, ciphertext, None, commitment, self.clock(), Term(None)
        )  # fmt: skip

    def unseal(self, record: SealedRecord) -> bytes:
        """The content of a record.

        Raises:
            RecordUnreadable, KeyUnknown
            Problem: `key_service_unavailable`.
        """
        if record.nonce is None or record.ciphertext is None:
            raise RecordUnreadable(f"record {record.label.record_id} holds no content")
        about = _legacy_label(record.subject) if record.scheme == LEGACY_SCHEME else record.label.bytes()
        return envelopes.open_sealed(self.data_key(record), about, record.nonce, record.ciphertext)

    def data_key(self, record: SealedRecord) -> bytes:
        """The key of a record. Raises as `unseal`."""
        wrapped = record.wrapped_key
        if wrapped is None:
            raise RecordUnreadable(f"the key of record {record.label.record_id} was destroyed")
        try:
            if record.scheme == LEGACY_SCHEME:
                return served(lambda: self.keys.unwrap_legacy(wrapped))
            return served(lambda: self.keys.unwrap(wrapped, record.label.bytes()))
        except KeyUnfit as error:
            raise RecordUnreadable(f"record {record.label.record_id}: {error}") from error


def served(ask: Callable[[], T]) -> T:
    """Ask the keys.

    Raises:
        Problem: `key_service_unavailable`.
    """
    try:
        return ask()
    except KeyServiceUnavailable as error:
        raise Problem("key_service_unavailable", str(error)) from error


def content_of(data: Mapping[str, object], salt: bytes | None) -> bytes:
    """What is sealed of a record."""
    return canonical_json({"data": dict(data), "salt": salt.hex() if salt else None})


def read_content(record: SealedRecord, plain: bytes) -> tuple[dict[str, object], bytes]:
    """Data and salt of an unsealed record; the salt is empty where there is none."""
    if record.scheme == LEGACY_SCHEME:
        return json.loads(plain[SALT_BYTES:]), plain[:SALT_BYTES]
    found = json.loads(plain)
    return found["data"], bytes.fromhex(found["salt"] or "")


def _legacy_label(application: bytes) -> bytes:
    return b"quittance/applicant/" + application
