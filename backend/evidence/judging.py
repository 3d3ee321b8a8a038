"""Looks at a file as it passes: hashes, and what it is by its bytes. Never holds more of it than a text has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from domain.evidence.limits import MEBIBYTE
from domain.evidence.refusals import EvidenceRefused
from domain.evidence.sniff import JSON, PDF_WITHIN, TEXT, media_type_of
from domain.hashing import Keccak256

MOST_TEXT_BYTES: Final = 4 * MEBIBYTE
"""A text or JSON is known only when read to its end, in memory; a picture or PDF by how it begins."""
_TEXTS: Final = frozenset({TEXT, JSON})


class Judge:
    """One file, seen once.

    Args:
        name: For refusals.
        media_type: What it is said to be.
    """

    def __init__(self, name: str, media_type: str) -> None:
        self._name, self._media_type = name, media_type
        self._most = MOST_TEXT_BYTES if media_type in _TEXTS else PDF_WITHIN
        self._sha256, self._keccak = hashlib.sha256(), Keccak256()
        self._seen = bytearray()
        self.size = 0

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, looked at on their way."""
        for piece in pieces:
            self._sha256.update(piece)
            self._keccak.update(piece)
            self._seen += piece[: self._most - len(self._seen)]
            self.size += len(piece)
            yield piece

    def sha256(self) -> bytes:
        """Of all that passed."""
        return self._sha256.digest()

    def keccak256(self) -> bytes:
        """Of all that passed."""
        return self._keccak.digest()

    def require_type(self) -> None:
        """Raises:
        EvidenceRefused: `TYPE_DIFFERS`, or `FILE_TOO_LARGE` for a text that is not read to its end.
        """
        if self._media_type in _TEXTS and self.size > MOST_TEXT_BYTES:
            problem = f"is a text of more than {MOST_TEXT_BYTES} bytes"
            raise EvidenceRefused("FILE_TOO_LARGE", self._name, self.size, problem, "Split it, or hand in a PDF")
        found = media_type_of(bytes(self._seen))
        if found != self._media_type:
            problem = f"is said to be {self._media_type}, its bytes are {found}"
            raise EvidenceRefused("TYPE_DIFFERS", self._name, found, problem, "Say what it is, or convert it")
