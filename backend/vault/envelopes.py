"""Envelopes: AES-256-GCM under a key of each record's own, and what binds a record to its place.

Source: NIST SP 800-38D (GCM); STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, "Online authenticated-encryption and its
nonce-reuse misuse-resistance" (2015), with a 32-bit counter and a byte that marks the last chunk.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.vault.keys import NONCE_BYTES
from domain.hashing import canonical_json

CHUNK_BYTES: Final = 1 << 20
PREFIX_BYTES: Final = 7
"""Random part of a stream's nonces; 4 bytes of counter and 1 of mark follow."""

_MOST_CHUNKS: Final = 1 << 32


class RecordUnreadable(Exception):
    """The record was sealed with another key, or its bytes were changed, cut or mixed."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a record is bound to: in another place, or for another purpose, it does not open."""

    record_id: UUID
    tenant_id: UUID
    person_id: UUID
    category: str
    purpose: str

    def bytes(self) -> bytes:
        """Authenticated with key and content."""
        return canonical_json(
            {
                "category": self.category, "person_id": str(self.person_id), "purpose": self.purpose,
                "record_id": str(self.record_id), "tenant_id": str(self.tenant_id), "vault": 2,
            }
        )  # fmt: skip


def new_data_key() -> bytes:
    """A key for one record."""
    return AESGCM.generate_key(bit_length=256)


def seal(data_key: bytes, label: Label, plain: bytes) -> tuple[bytes, bytes]:
    """Nonce and ciphertext of a record."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, AESGCM(data_key).encrypt(nonce, plain, label.bytes())


def open_sealed(data_key: bytes, label: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """The content of a record.

    Raises:
        RecordUnreadable
    """
    try:
        return AESGCM(data_key).decrypt(nonce, ciphertext, label)
    except (InvalidTag, ValueError) as error:
        raise RecordUnreadable("the record does not open with its key") from error


def seal_stream(data_key: bytes, label: Label, prefix: bytes, source: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of a stream, sealed one by one; never more than two are in memory.

    Args:
        prefix: 7 random bytes, kept with the record.
        source: Pieces of any size.
    """
    cipher, about = AESGCM(data_key), label.bytes()
    number = 0
    held: bytes | None = None
    for chunk in _rechunk(source):
        if held is not None:
            yield cipher.encrypt(_nonce(prefix, number, last=False), held, about)
            number += 1
        held = chunk
    yield cipher.encrypt(_nonce(prefix, number, last=True), held or b"", about)


def open_stream(data_key: bytes, label: Label, prefix: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a stream, chunk by chunk. What was yielded before an error was genuine, but not the whole.

    Raises:
        RecordUnreadable: A chunk was changed, moved, left out or added, or the end is missing.
    """
    cipher, about = AESGCM(data_key), label.bytes()
    number = 0
    held: bytes | None = None
    for chunk in chunks:
        if held is not None:
            yield _open_chunk(cipher, _nonce(prefix, number, last=False), held, about)
            number += 1
        held = chunk
    if held is None:
        raise RecordUnreadable("the stream has no chunk")
    yield _open_chunk(cipher, _nonce(prefix, number, last=True), held, about)


def _open_chunk(cipher: AESGCM, nonce: bytes, chunk: bytes, about: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, chunk, about)
    except (InvalidTag, ValueError) as error:
        raise RecordUnreadable("a chunk of the stream was changed, moved, left out or added") from error


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    if number >= _MOST_CHUNKS or len(prefix) != PREFIX_BYTES:
        raise RecordUnreadable("the stream is too long, or its prefix has another length")
    return prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _rechunk(source: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of any size as chunks of 1 MiB, the last one shorter."""
    buffer = bytearray()
    for piece in source:
        buffer += piece
        while len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer[:CHUNK_BYTES])
            del buffer[:CHUNK_BYTES]
    if buffer:
        yield bytes(buffer)
