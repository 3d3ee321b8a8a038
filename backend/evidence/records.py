"""Evidence as its use cases hand it on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class UploadState(StrEnum):
    """Where a file stands."""

    RECEIVING = "receiving"
    COMPLETE = "complete"


class ReadingState(StrEnum):
    """Whether the sealed reader has looked at a dossier. `UNREAD`: it tried in vain, a person has to look."""

    WAITING = "waiting"
    READ = "read"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is complete: what it is called, what it is, and where it is sealed.

    Args:
        size: Bytes.
        file_hash: Keccak-256 of the bytes as they came.
        upload_id: None of `claim.json`.
    """

    upload_id: uuid.UUID | None
    record_id: uuid.UUID
    name: str
    media_type: str
    size: int
    file_hash: bytes

    def told(self) -> dict[str, object]:
        """As a sealed record says it."""
        return {
            "name": self.name, "media_type": self.media_type, "size": self.size, "keccak256": self.file_hash.hex(),
        }  # fmt: skip

    @classmethod
    def of(cls, upload_id: uuid.UUID | None, record_id: uuid.UUID, told: Mapping[str, object]) -> HeldFile:
        """From a sealed record."""
        size, name, media_type = told["size"], str(told["name"]), str(told["media_type"])
        if not isinstance(size, int):
            raise TypeError("size is a whole number")
        return cls(upload_id, record_id, name, media_type, size, bytes.fromhex(str(told["keccak256"])))


@dataclass(frozen=True, slots=True)
class Clue:
    """A sign that a document may be forged, in words. It is a reason to look and decides nothing.

    Args:
        finding: What the fraud score of the nodes makes of it; None: told, not counted.
    """

    code: str
    file: str
    finding: str | None
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file, or a picture in it, that was handed in for another case of this insurer too.

    Args:
        exact: The same bytes; else a picture that looks the same.
        bits_apart: Of 256, between the two pictures; 0 where the bytes are the same.
    """

    file: str
    case_id: uuid.UUID
    exact: bool
    bits_apart: int


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a dossier's documents. Shown to people who decide; nothing is denied by it."""

    state: ReadingState
    clues: tuple[Clue, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedDossier:
    """Files under one root.

    Args:
        evidence_root: For notice and orders.
        manifest_hash: Keccak-256 of the manifest.
        files: In the order of the manifest, `claim.json` among them.
        clues: As far as known; files are read soon after sealing.
    """

    dossier_id: uuid.UUID
    evidence_root: bytes
    manifest_hash: bytes
    files: tuple[HeldFile, ...]
    clues: Clues
