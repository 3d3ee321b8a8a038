"""Files sealed for whoever holds the identity: age, X25519 and ChaCha20-Poly1305. Who makes a back-up cannot read it.

Source: age-encryption.org/v1.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import IO, BinaryIO

from pyrage import DecryptError, IdentityError, RecipientError, decrypt_io, encrypt_io
from pyrage.x25519 import Identity, Recipient

from backend.backups.errors import BackupInvalid, BackupKeyInvalid


class Hashed:
    """Counts and hashes what is written through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write all of it."""
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """See the file."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Of everything written so far, 64 hex digits."""
        return self._hash.hexdigest()


def make_identity(path: Path) -> str:
    """Write a new identity, readable by its owner only, never over one that is there. Returns its recipient.

    Raises:
        BackupKeyInvalid: The file exists or cannot be written.
    """
    identity = Identity.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupKeyInvalid(
            f"{path} exists already, and back-ups may be sealed for it. Choose another name."
        ) from None
    except OSError as error:
        raise BackupKeyInvalid(f"{path} cannot be written ({error.strerror}). Choose another folder.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{identity}\n")
    return str(identity.to_public())


def read_identity(path: Path) -> Identity:
    """The identity of a file.

    Raises:
        BackupKeyInvalid
    """
    try:
        mode = path.stat().st_mode
        identity = Identity.from_str(path.read_text("ascii").strip())
    except FileNotFoundError:
        raise BackupKeyInvalid(f"{path} does not exist. Give the file that `quittance backup key` wrote.") from None
    except (IdentityError, ValueError, OSError) as error:
        raise BackupKeyInvalid(
            f"{path} holds no age identity (AGE-SECRET-KEY-1…). Give the file that `quittance backup key` wrote."
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BackupKeyInvalid(f"{path} can be read by others. Run: chmod 600 {path}")
    return identity


def read_recipient(text: str) -> Recipient:
    """Who back-ups are sealed for.

    Raises:
        BackupKeyInvalid
    """
    try:
        return Recipient.from_str(text)
    except RecipientError as error:
        raise BackupKeyInvalid(
            f"QUITTANCE_BACKUP_RECIPIENT is {text[:70]!r}, which is no age recipient (age1…). Make a pair with "
            "`quittance backup key PATH`, keep the file elsewhere, and set the line it prints."
        ) from error


def seal(source: IO[bytes], target: BinaryIO, recipient: Recipient) -> Hashed:
    """Seal everything there is to read. Returns size and hash of what was written."""
    written = Hashed(target)
    encrypt_io(source, written, [recipient])
    return written


def unseal(source: BinaryIO, target: BinaryIO, identity: Identity) -> None:
    """Open what was sealed.

    Raises:
        BackupKeyInvalid: It was sealed for somebody else.
        BackupInvalid: It was changed, or cut off. What was written to the target must not be used.
    """
    try:
        decrypt_io(source, target, [identity])
    except DecryptError as error:
        raise BackupKeyInvalid(
            "the back-up was not sealed for this identity. Give the one whose recipient the manifest names."
        ) from error
    except OSError as error:
        raise BackupInvalid(f"a sealed file was changed or cut off ({error}). Take another back-up.") from error
