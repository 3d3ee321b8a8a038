"""Pieces of a file on its way in, sealed as they come: a key for each upload, a random nonce for each piece.

A piece may be written twice, when a checksum did not fit or a connection broke, so its number is no nonce. Number and
upload are authenticated with it: no piece passes for another. Source: NIST SP 800-38D.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from backend.evidence import repository
from backend.evidence.models import EvidenceUploadRow
from backend.problems import Problem
from backend.vault.envelopes import Label, new_data_key
from backend.vault.keys import NONCE_BYTES, KeyUnfit, KeyUnknown, WrappedKey
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import Vault, served

_DESCRIPTION = b"description"


@dataclass(frozen=True, slots=True)
class PieceKey:
    """The key of one upload."""

    secret: bytes
    about: bytes

    def seal(self, place: bytes, plain: bytes) -> bytes:
        """Encrypt for one place of this upload."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, plain, self.about + place)

    def open(self, place: bytes, sealed: bytes) -> bytes:
        """What was sealed for that place.

        Raises:
            Problem: `upload_gone`: its bytes were changed.
        """
        try:
            return AESGCM(self.secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.about + place)
        except (InvalidTag, ValueError) as error:
            raise Problem("upload_gone", "What was kept of the upload does not open. Begin again.") from error


def new_key(vault: Vault, row: EvidenceUploadRow) -> PieceKey:
    """A key for a new upload, wrapped into its row.

    Raises:
        Problem: `key_service_unavailable`.
    """
    secret, about = new_data_key(), _label(row)
    wrapped = served(lambda: vault.keys.wrap(secret, about))
    row.key_id, row.wrapped_key = wrapped.key_id, wrapped.blob
    return PieceKey(secret, about)


def key_of(vault: Vault, row: EvidenceUploadRow) -> PieceKey:
    """The key of an upload that is not complete.

    Raises:
        Problem: `upload_gone` where the key that wraps it was destroyed, `key_service_unavailable`.
    """
    if row.key_id is None or row.wrapped_key is None:
        raise Problem("upload_gone")
    wrapped, about = WrappedKey(row.key_id, row.wrapped_key), _label(row)
    try:
        return PieceKey(served(lambda: vault.keys.unwrap(wrapped, about)), about)
    except (KeyUnknown, KeyUnfit) as error:
        raise Problem("upload_gone", f"The key of upload {row.upload_id} is gone. Begin again.") from error


def describe(key: PieceKey, row: EvidenceUploadRow, told: Mapping[str, str]) -> None:
    """Seal what was said of the file into its row."""
    row.described = key.seal(_DESCRIPTION, json.dumps(dict(told)).encode("utf-8"))


def description(key: PieceKey, row: EvidenceUploadRow) -> dict[str, str]:
    """What was said of the file."""
    assert row.described is not None  # kept until the file is complete
    told: dict[str, str] = json.loads(key.open(_DESCRIPTION, row.described))
    return told


def put(session: Session, key: PieceKey, row: EvidenceUploadRow, number: int, plain: bytes) -> None:
    """Keep a piece."""
    repository.put_piece(session, row, number, key.seal(_place(number), plain))


def all_of(session: Session, key: PieceKey, row: EvidenceUploadRow) -> Iterator[bytes]:
    """Pieces in their order, opened one at a time.

    Raises:
        Problem: `upload_gone`.
    """
    for number, sealed in enumerate(repository.pieces(session, row.upload_id, row.pieces)):
        yield key.open(_place(number), sealed)


def _place(number: int) -> bytes:
    return b"piece" + number.to_bytes(4, "big")


def _label(row: EvidenceUploadRow) -> bytes:
    return Label(row.upload_id, row.tenant_id, row.person_id, Category.CLAIM_EVIDENCE, Purpose.CLAIMS).bytes()
