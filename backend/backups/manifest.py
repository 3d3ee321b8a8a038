"""What a back-up says of itself: one JSON file beside the sealed ones.

It is signed with the audit log's key where there is one: the seal lets anybody make a back-up for the recipient, the
signature says that this house did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.audit.checkpoints import HeadSigner
from backend.backups.errors import BackupInvalid
from domain.hashing import canonical_json
from ledger.atomic_file import write_atomically

FORMAT: Final = "quittance-backup/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
DATABASE: Final = "database.dump.age"
DOCUMENTS: Final = "documents.tar.age"
_CONTEXT: Final = b"quittance backup 1\n"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Size in bytes and SHA-256, 64 hex digits, of a sealed file as it lies there."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Of one back-up.

    Attributes:
        made_at: Unix second at which the database's snapshot was taken.
        schema: Revision of the schema.
        owner: Role that owned the database.
        recipient: Who it is sealed for, age1….
        rows: Of each table, `schema.table`, as the snapshot saw it.
        indexed_block: Newest block of the chain in the database; None: none.
        vault_keys: Ids of the keys its sealed records need.
    """

    made_at: int
    schema: str
    owner: str
    recipient: str
    rows: Mapping[str, int]
    files: Mapping[str, SealedFile]
    indexed_block: int | None
    vault_keys: tuple[str, ...]

    def text(self) -> bytes:
        """As written and signed."""
        return canonical_json({"format": FORMAT, **asdict(self), "vault_keys": list(self.vault_keys)}) + b"\n"

    def write(self, folder: Path, signer: HeadSigner | None) -> None:
        """Write it, and its signature."""
        text = self.text()
        write_atomically(folder / MANIFEST, text.decode(), mode=0o600)
        if signer is not None:
            write_atomically(folder / SIGNATURE, signer.sign_bytes(_CONTEXT + text).hex() + "\n", mode=0o600)


def read_manifest(folder: Path, public_key: bytes | None = None) -> Manifest:
    """The manifest of a back-up.

    Args:
        public_key: 32 bytes of the Ed25519 key that has to have signed it; None: whoever did.
    Raises:
        BackupInvalid
    """
    try:
        text = (folder / MANIFEST).read_bytes()
        manifest = _manifest(json.loads(text))
    except OSError as error:
        raise BackupInvalid(f"{folder} is no back-up: {MANIFEST} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupInvalid(f"{folder / MANIFEST} is not as a back-up writes it ({error}).") from error
    if manifest.text() != text:
        raise BackupInvalid(f"{folder / MANIFEST} has another spelling than a back-up writes.")
    if public_key is not None:
        _require_signed(folder, text, public_key)
    return manifest


def _require_signed(folder: Path, text: bytes, public_key: bytes) -> None:
    try:
        signature = bytes.fromhex((folder / SIGNATURE).read_text("ascii").strip())
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _CONTEXT + text)
    except OSError as error:
        raise BackupInvalid(f"{folder} is not signed: {SIGNATURE} cannot be read ({error.strerror}).") from error
    except (ValueError, InvalidSignature) as error:
        raise BackupInvalid(f"{folder} is not signed by key {public_key.hex()}. Do not restore it.") from error


def _manifest(found: Mapping[str, Any]) -> Manifest:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']!r}, not {FORMAT!r}")
    files = {str(name): SealedFile(int(f["size"]), str(f["sha256"])) for name, f in found["files"].items()}
    if set(files) != {DATABASE, DOCUMENTS}:
        raise ValueError(f"its files are {sorted(files)}")
    rows = {str(table): int(count) for table, count in found["rows"].items()}
    block = found["indexed_block"]
    return Manifest(
        int(found["made_at"]), str(found["schema"]), str(found["owner"]), str(found["recipient"]), rows, files,
        None if block is None else int(block), tuple(str(key) for key in found["vault_keys"]),
    )  # fmt: skip
